"""Kraken's book channel: a snapshot, then changes, each with the checksum of the book it leads to.

Source: Kraken API documentation, WebSocket v2, book and book checksum.
"""

import zlib
from typing import Any

from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_words import instant
from bot.sandbox.exchange.limit_book import BookSide
from bot.sandbox.exchange.mishap import MishapKind
from bot.sandbox.exchange.orders import ZERO, BookChanged, Happening, Level
from bot.sandbox.exchange.trading_floor import Floor

DEPTHS = frozenset({10, 25, 100, 500, 1_000})
_SUMMED = 10  # levels a side that the checksum is of


class BookChannel:
    """One client's view of one book, `depth` levels a side."""

    def __init__(self, floor: Floor, socket: FrameSocket, pair: str, depth: int) -> None:
        self._floor, self._socket = floor, socket
        self._pair, self._depth = pair, depth
        market = floor.engine.markets[pair]
        self._decimals = market.price_decimals, market.size_decimals
        self._shown: dict[str, dict[Any, Any]] = {"bids": {}, "asks": {}}

    def open(self) -> None:
        """Send the book as it is."""
        bids, asks = (dict(levels) for levels in self._levels())
        self._shown = {"bids": bids, "asks": asks}
        self._say("snapshot", tuple(bids.items()), tuple(asks.items()))

    def note(self, happening: Happening) -> None:
        """Send what changed in view; a level that another pushes out of it is not told."""
        if not isinstance(happening, BookChanged) or happening.pair != self._pair:
            return
        book = self._floor.engine.books[self._pair]
        bids = self._changes("bids", book.bids)
        asks = self._changes("asks", book.asks)
        if bids or asks:
            self._say("update", bids, asks, at=happening.at)

    def _levels(self) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        book = self._floor.engine.books[self._pair]
        return book.bids.levels(self._depth), book.asks.levels(self._depth)

    def _changes(self, name: str, side: BookSide) -> tuple[Level, ...]:
        old, new = self._shown[name], dict(side.levels(self._depth))
        self._shown[name] = new
        gone = [(p, ZERO) for p in old if p not in new and side.size_at(p) == ZERO]
        return (*gone, *((price, size) for price, size in new.items() if old.get(price) != size))

    def _say(
        self, kind: str, bids: tuple[Level, ...], asks: tuple[Level, ...], at: int | None = None
    ) -> None:
        bids, asks = self._floor.mishaps.spoil_levels(self._pair, bids, asks)
        when = f',"timestamp":"{instant(at)}"' if at is not None else ""
        self._socket.say(  # as text: nothing is said as often as this
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{self._pair}",'
            f'"bids":[{self._text(bids)}],"asks":[{self._text(asks)}],'
            f'"checksum":{self._checksum()}{when}}}]}}',
            pair=self._pair,
        )

    def _text(self, levels: tuple[Level, ...]) -> str:
        prices, sizes = self._decimals
        return ",".join(
            f'{{"price":{price:.{prices}f},"qty":{size:.{sizes}f}}}' for price, size in levels
        )

    def _checksum(self) -> int:
        book = self._floor.engine.books[self._pair]
        crc = checksum(self._decimals, book.asks.levels(_SUMMED), book.bids.levels(_SUMMED))
        is_bad = self._floor.mishaps.take(MishapKind.BAD_CHECKSUM, pair=self._pair) is not None
        return crc ^ 1 if is_bad else crc


def checksum(decimals: tuple[int, int], asks: tuple[Level, ...], bids: tuple[Level, ...]) -> int:
    """Return the CRC32 of the best ten levels: asks from low to high, then bids from high to low.

    Every number is written with all decimals of its market (of prices, of sizes), without point
    and leading zeros.
    """
    prices, sizes = decimals
    text = "".join(
        f"{price:.{prices}f}".replace(".", "").lstrip("0")
        + f"{size:.{sizes}f}".replace(".", "").lstrip("0")
        for price, size in (*asks[:_SUMMED], *bids[:_SUMMED])
    )
    return zlib.crc32(text.encode())

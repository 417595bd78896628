"""Kraken's web socket, version 2: books with a checksum instead of numbers, and trades.

Source: Kraken's web socket API v2, channels `book`, `trade` and `heartbeat`.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from bot.domain.ticks import FaultKind
from bot.feeds.book_news import (
    BookUpdate,
    Flaw,
    Heartbeat,
    Level,
    News,
    Print,
    nanos_of,
    wad_of_text,
)

DEPTH = 100  # levels a side, as subscribed to; those beyond fall out without a word


class _Row(msgspec.Struct, gc=False):
    price: msgspec.Raw  # a number as it is written: every digit counts
    qty: msgspec.Raw


class _Book(msgspec.Struct, gc=False):
    symbol: str
    bids: list[_Row] = []
    asks: list[_Row] = []
    checksum: int | None = None
    timestamp: datetime | None = None


class _Trade(msgspec.Struct, gc=False):
    symbol: str
    price: msgspec.Raw
    qty: msgspec.Raw
    timestamp: datetime


class _Frame(msgspec.Struct, gc=False):
    channel: str = ""
    type: str = ""
    method: str = ""
    success: bool = True
    error: str = ""
    data: msgspec.Raw = msgspec.Raw()


class KrakenFrames:
    """Reads the channels of some pairs."""

    beats = True
    numbers = False

    def __init__(self, pairs: Sequence[str]) -> None:
        """Read messages of these pairs; the venue calls them as we do."""
        self._pairs = frozenset(pairs)
        self._frame = msgspec.json.Decoder(_Frame).decode
        self._books = msgspec.json.Decoder(list[_Book]).decode
        self._trades = msgspec.json.Decoder(list[_Trade]).decode

    def read(self, text: str | bytes) -> list[News] | None:
        """Return what a message says; pongs are ccxt's."""
        frame = self._frame(text)
        if frame.channel == "book":
            if frame.type not in {"snapshot", "update"}:
                raise ValueError(f"a book of type {frame.type!r:.40}")
            whole = frame.type == "snapshot"
            return [self._update(book, whole=whole) for book in self._books(frame.data)]
        if frame.channel == "trade":
            return [self._print(trade) for trade in self._trades(frame.data)]
        if frame.channel:
            return [Heartbeat()]
        if frame.method in {"subscribe", "unsubscribe"}:
            return [] if frame.success else [Flaw(what=FaultKind.REFUSED, detail=frame.error[:200])]
        return None if frame.method == "pong" else []

    def restart(self) -> None:
        """Nothing is remembered between connections."""

    def opening(self) -> tuple[object, ...]:
        """Trades of all pairs, from now on."""
        wanted = {"channel": "trade", "symbol": sorted(self._pairs), "snapshot": False}
        return ({"method": "subscribe", "params": wanted},)

    def again(self, pair: str) -> tuple[object, ...]:
        """Leave the book and subscribe to it anew: that brings a snapshot."""
        wanted = {"channel": "book", "symbol": [pair], "depth": DEPTH}
        return (
            {"method": "unsubscribe", "params": wanted},
            {"method": "subscribe", "params": wanted},
        )

    def _update(self, book: _Book, *, whole: bool) -> BookUpdate:
        if book.checksum is None:
            raise ValueError("a book without its checksum")
        return BookUpdate(
            pair=self._known(book.symbol),
            bids=_levels(book.bids),
            asks=_levels(book.asks),
            whole=whole,
            checksum=book.checksum,
            at=None if book.timestamp is None else nanos_of(book.timestamp),
        )

    def _print(self, trade: _Trade) -> Print:
        return Print(
            pair=self._known(trade.symbol),
            price=_wad(trade.price),
            size=_wad(trade.qty),
            at=nanos_of(trade.timestamp),
        )

    def _known(self, symbol: str) -> str:
        if symbol not in self._pairs:
            raise ValueError(f"no market {symbol!r:.40} was asked for")
        return symbol


def _levels(rows: list[_Row]) -> list[Level]:
    return [(_wad(row.price), _wad(row.qty)) for row in rows]


def _wad(number: msgspec.Raw) -> int:
    return wad_of_text(str(number, "ascii"))

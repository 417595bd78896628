"""Binance's spot streams: changes of depth that are numbered, and trades.

Source: Binance's web socket streams for spot, `<symbol>@depth@100ms` and `<symbol>@trade`.
"""

from collections.abc import Mapping

import msgspec

from bot.domain.ticks import FaultKind
from bot.domain.units import NANOS_PER_MS, Nanos
from bot.feeds.book_news import BookUpdate, Flaw, News, Print, levels_of, wad_of_text

_Rows = list[tuple[str, str]]


class _Frame(msgspec.Struct, gc=False):
    event: str = msgspec.field(name="e", default="")
    time_ms: int = msgspec.field(name="E", default=0)
    symbol: str = msgspec.field(name="s", default="")
    first: int = msgspec.field(name="U", default=0)
    last: int = msgspec.field(name="u", default=0)
    # one letter, two meanings: rows of a book, or the number of an order in a trade
    bids: _Rows | int = msgspec.field(name="b", default=0)
    asks: _Rows | int = msgspec.field(name="a", default=0)
    price: str = msgspec.field(name="p", default="")
    size: str = msgspec.field(name="q", default="")
    error: msgspec.Raw = msgspec.Raw()


class BinanceFrames:
    """Reads the streams of some pairs."""

    beats = False
    numbers = True

    def __init__(self, pairs: Mapping[str, str]) -> None:
        """Read frames of these markets: from the venue's id to the pair."""
        self._pairs = pairs
        self._decode = msgspec.json.Decoder(_Frame, strict=True).decode

    def read(self, text: str | bytes) -> list[News] | None:
        """Return what a frame says; what is not a market's news is an answer, and swallowed."""
        frame = self._decode(text)
        if frame.event == "depthUpdate":
            return [self._update(frame)]
        if frame.event == "trade":
            at = Nanos(frame.time_ms * NANOS_PER_MS)
            price, size = wad_of_text(frame.price), wad_of_text(frame.size)
            return [Print(pair=self._pair(frame), price=price, size=size, at=at)]
        if frame.error:
            return [Flaw(what=FaultKind.REFUSED, detail=bytes(frame.error).decode()[:200])]
        return []

    def restart(self) -> None:
        """Nothing is remembered between connections."""

    def opening(self) -> tuple[object, ...]:
        """Trades of all pairs."""
        streams = [f"{symbol.lower()}@trade" for symbol in self._pairs]
        return ({"method": "SUBSCRIBE", "params": streams, "id": 1_000_001},)

    def again(self, pair: str) -> tuple[object, ...]:  # noqa: ARG002 - REST is asked for any
        """Snapshots come by REST."""
        return ()

    def _update(self, frame: _Frame) -> BookUpdate:
        if isinstance(frame.bids, int) or isinstance(frame.asks, int):
            raise ValueError("a depth update without levels")  # noqa: TRY004 - of what they sent
        if not 0 < frame.first <= frame.last:
            raise ValueError(f"numbered from {frame.first} to {frame.last}")
        return BookUpdate(
            pair=self._pair(frame),
            bids=levels_of(frame.bids),
            asks=levels_of(frame.asks),
            whole=False,
            first=frame.first,
            last=frame.last,
            at=Nanos(frame.time_ms * NANOS_PER_MS),
        )

    def _pair(self, frame: _Frame) -> str:
        pair = self._pairs.get(frame.symbol)
        if pair is None:
            raise ValueError(f"no market {frame.symbol!r:.40} was asked for")
        return pair

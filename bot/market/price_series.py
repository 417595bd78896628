"""One price through time: candles of several lengths, in rings that never grow."""

from array import array
from collections.abc import Iterator, Sequence

from bot.domain.candles import Candle
from bot.domain.units import NANOS_PER_S, Nanos, Wad

EPOCH = Nanos(0)
GRID = 10**9  # wads: prices are kept to a billionth, so that eight bytes hold nine billion of them
_OPEN_AT, _OPEN, _HIGH, _LOW, _CLOSE, _DEPTH = range(6)
_FIELDS = 6


class CandleRing:
    """The newest candles of one length, oldest overwritten; a stretch nobody spoke in has none."""

    __slots__ = ("_begun", "_end", "_frame", "_kept", "_open", "_rows")

    def __init__(self, frame_s: int, kept: int) -> None:
        self._frame, self._kept = frame_s * NANOS_PER_S, kept
        self._rows = array("q")  # of candles that are over
        self._open = [0] * _FIELDS  # the newest, still changing
        self._end = 0  # when that is over
        self._begun = 0

    def hear(self, price: int, depth: int, at: Nanos) -> None:
        """Take a price and a depth in units of `GRID`, no older than the one before."""
        newest = self._open
        if at >= self._end:
            self._begin(price, at)
        elif price > newest[_HIGH]:
            newest[_HIGH] = price
        elif price < newest[_LOW]:
            newest[_LOW] = price
        newest[_CLOSE], newest[_DEPTH] = price, depth

    def rows(self, since: Nanos = EPOCH) -> Iterator[Sequence[int]]:
        """Yield open time, open, high, low, close, depth of candles that end after `since`."""
        for number in range(max(self._begun - self._kept, 0), self._begun - 1):
            start = number % self._kept * _FIELDS
            if self._rows[start] + self._frame > since:
                yield self._rows[start : start + _FIELDS]
        if self._end > since:
            yield tuple(self._open)

    @property
    def has_forgotten(self) -> bool:
        """Whether older candles are gone."""
        return self._begun > self._kept

    def _begin(self, price: int, at: Nanos) -> None:
        if self._begun:
            start = (self._begun - 1) % self._kept * _FIELDS
            self._rows[start : start + _FIELDS] = array("q", self._open)
        open_at = at - at % self._frame
        self._open[:] = (open_at, price, price, price, price, 0)
        self._end = open_at + self._frame
        self._begun += 1


class PriceSeries:
    """What one source said of one pair."""

    def __init__(self, venue: str, pair: str, frames: dict[int, int]) -> None:
        """Keep so many candles of each length in seconds."""
        self.venue, self.pair = venue, pair
        self._rings = {frame_s: CandleRing(frame_s, kept) for frame_s, kept in frames.items()}
        self.price = self.bid = self.ask = self.depth = Wad(0)
        self.at = Nanos(0)

    def hear(self, bid: Wad, ask: Wad, depth: Wad, at: Nanos) -> None:
        """Take the newest prices; older than the newest is ignored."""
        if at < self.at:
            return
        self.bid, self.ask, self.depth, self.at = bid, ask, depth, at
        self.price = Wad((bid + ask) // 2)
        units, deep = self.price // GRID, min(depth // GRID, 2**63 - 1)
        if units >= 2**63:
            return
        for ring in self._rings.values():
            ring.hear(units, deep, at)

    def candles(self, frame_s: int, since: Nanos = EPOCH) -> tuple[Candle, ...]:
        """Return the candles of that length that end after `since`, the oldest first.

        Of middle prices, so their volume is zero.

        Raises:
            KeyError: no candles of that length are kept.
        """
        return tuple(
            Candle(
                venue=self.venue,
                pair=self.pair,
                frame_s=frame_s,
                open_at=Nanos(row[_OPEN_AT]),
                open=Wad(row[_OPEN] * GRID),
                high=Wad(row[_HIGH] * GRID),
                low=Wad(row[_LOW] * GRID),
                close=Wad(row[_CLOSE] * GRID),
                volume=Wad(0),
            )
            for row in self._rings[frame_s].rows(since)
            if row[_LOW] > 0
        )

    def average(self, since: Nanos, now: Nanos) -> Wad | None:
        """Return the price by time from `since` to `now`, None where nothing was said before."""
        return self._by_time(_CLOSE, since, now)

    def typical_depth(self, since: Nanos) -> Wad:
        """Return the depth by time from `since` to the newest word."""
        return self._by_time(_DEPTH, since, self.at) or self.depth

    def _by_time(self, field: int, since: Nanos, now: Nanos) -> Wad | None:
        rows = [row for row in self._reaching(since) if row[_OPEN_AT] < now]
        ends = [*(row[_OPEN_AT] for row in rows[1:]), now][: len(rows)]
        total = weight = 0
        for row, end in zip(rows, ends, strict=True):
            held = max(end - max(row[_OPEN_AT], since), 0)
            total, weight = total + row[field] * held, weight + held
        return Wad(total * GRID // weight) if weight else None

    def _reaching(self, since: Nanos) -> list[Sequence[int]]:
        """Return the rows of the shortest candles that reach back, or else of the longest."""
        rows: list[Sequence[int]] = []
        for ring in self._rings.values():
            rows = list(ring.rows())
            if rows and (rows[0][_OPEN_AT] <= since or not ring.has_forgotten):
                return rows
        return rows

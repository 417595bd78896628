"""Candles: added up from trades, or told, kept per minute and joined to longer ones when asked."""

import bisect
from decimal import Decimal

import msgspec

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.orders import ZERO, OrderSide, Trade

MINUTE_S = 60


class Bar(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One candle; times in seconds since the epoch."""

    open_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = ZERO  # of the base
    value: Decimal = ZERO  # of the quote
    bought: Decimal = ZERO  # of the volume, by takers
    trades: int = 0

    def absorb(self, later: "Bar") -> None:
        """Add a later one."""
        self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        self.close = later.close
        self.volume, self.value = self.volume + later.volume, self.value + later.value
        self.bought, self.trades = self.bought + later.bought, self.trades + later.trades


class CandleBook:
    """The candles of one market."""

    def __init__(self) -> None:
        self._minutes: dict[int, Bar] = {}
        self._opens: list[int] = []  # ascending

    def add(self, trade: Trade) -> Bar:
        """Count a trade; return the minute it fell into."""
        value = trade.price * trade.size
        second = trade.at // NANOS_PER_S
        bar = Bar(
            open_s=second - second % MINUTE_S,
            open=trade.price,
            high=trade.price,
            low=trade.price,
            close=trade.price,
            volume=trade.size,
            value=value,
            bought=trade.size if trade.taker_side is OrderSide.BUY else ZERO,
            trades=1,
        )
        known = self._minutes.get(bar.open_s)
        if known is not None:
            known.absorb(bar)
            return known
        self.put(bar)
        return bar

    def put(self, bar: Bar) -> None:
        """Take a candle as it is told, instead of what is known of its minute."""
        if bar.open_s not in self._minutes:
            bisect.insort(self._opens, bar.open_s)
        self._minutes[bar.open_s] = bar

    def read(
        self, length_s: int, limit: int, *, start_s: int | None = None, end_s: int | None = None
    ) -> list[Bar]:
        """Return at most `limit` candles of `length_s`, whole minutes each, oldest first.

        From `start_s` on, or the newest up to `end_s`, both counting by the candle's opening.
        Minutes without trade make no candle.
        """
        low, high = 0, len(self._opens)
        if start_s is not None:
            low = bisect.bisect_left(self._opens, -(-start_s // length_s) * length_s)
        if end_s is not None:
            high = bisect.bisect_left(self._opens, end_s - end_s % length_s + length_s)
        found: list[Bar] = []
        opens = self._opens[low:high] if start_s is not None else self._opens[low:high][::-1]
        kept: dict[int, list[int]] = {}
        for open_s in opens:
            start = open_s - open_s % length_s
            if start not in kept and len(kept) == limit:
                break
            kept.setdefault(start, []).append(open_s)
        for start in sorted(kept):
            first, *rest = sorted(kept[start])
            bar = msgspec.structs.replace(self._minutes[first], open_s=start)
            for open_s in rest:
                bar.absorb(self._minutes[open_s])
            found.append(bar)
        return found

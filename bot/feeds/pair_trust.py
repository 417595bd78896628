"""What is told of one pair: prices while it is trusted, and when it is not."""

from bot.domain.ticks import Fault, Message, Restored, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.feeds.book_news import Flaw
from bot.feeds.order_book import OrderBook

_BAND = 1000  # 0.1 %: depth is what lies within a thousandth of the middle


class PairTrust:
    """Turns books and flaws into messages: a fault once, a restoration before the next price."""

    def __init__(self, venue: str, pair: str, repeat_s: float) -> None:
        """Tell an unchanged price again after `repeat_s`."""
        self.venue, self.pair = venue, pair
        self._asset, _, self._currency = pair.partition("/")
        self._repeat = int(repeat_s * NANOS_PER_S)
        self._told = (0, 0, 0)
        self._told_at = Nanos(0)  # monotonic
        self._behind = 0  # the venue's time less ours, when it last told it
        self._at = Nanos(0)
        self.fault: Fault | None = None

    def distrust(self, flaw: Flaw, now: Nanos) -> Fault | None:
        """Return the fault, or None where it is known that something is wrong."""
        if self.fault is not None:
            return None
        self._told = (0, 0, 0)
        self.fault = Fault(
            venue=self.venue, pair=self.pair, what=flaw.what, detail=flaw.detail, at=now
        )
        return self.fault

    def price(
        self, book: OrderBook, at: Nanos | None, now: Nanos, monotonic: Nanos
    ) -> tuple[Message, ...]:
        """Return what there is to be told of a good book; `at` is the venue's time, if told."""
        bid, ask = book.top or (0, 0)
        middle = (bid + ask) // 2
        depth = book.depth_within(middle - middle // _BAND, middle + middle // _BAND)
        told = (bid, ask, depth)
        if at is not None:
            self._behind, self._at = at - now, at
        if told == self._told and monotonic - self._told_at < self._repeat:
            return ()
        self._told, self._told_at = told, monotonic
        if at is None:  # as late as the venue's last word was, and never before it
            at = self._at = Nanos(max(self._at, now + self._behind))
        tick = Tick(
            venue=self.venue,
            kind=SourceKind.CEX,
            asset=self._asset,
            currency=self._currency,
            bid=Wad(bid),
            ask=Wad(ask),
            depth=Wad(depth),
            at=at,
            seen_at=now,
        )
        if self.fault is None:
            return (tick,)
        self.fault = None
        return Restored(venue=self.venue, pair=self.pair, at=now), tick

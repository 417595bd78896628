"""Measures every position that closes, and lets the size ramp count it."""

from bot.coin_prices import CoinPrices
from bot.control.size_ramp import RampResult, SizeRamp
from bot.domain.ledger_events import Decided, LedgerEvent, PositionClosed
from bot.domain.orders import Purpose
from bot.domain.units import WAD, Wad
from bot.execution.ledger_books import LedgerBooks
from bot.feeds.feed import Clock
from bot.slippage import slippage_bps
from bot.strategy.exposure import result_usd


class RampKeeper:
    """Hears the books, and writes what follows for the ramp."""

    def __init__(
        self, ramp: SizeRamp, books: LedgerBooks, prices: CoinPrices, clock: Clock
    ) -> None:
        self._ramp, self._books, self._prices, self._clock = ramp, books, prices, clock

    def hear(self, event: LedgerEvent) -> None:
        """Take what was written down."""
        if isinstance(event, Decided):
            self._ramp.apply(event)
        elif isinstance(event, PositionClosed):
            self._write(self._ramp.closed(self._result(event.position), self._clock.now()))

    def lost_the_day(self) -> None:
        """The day's loss is reached."""
        self._write(self._ramp.lost_the_day(self._clock.now()))

    def _write(self, decided: Decided | None) -> None:
        if decided is not None:
            self._books.write(decided)

    def _result(self, position: str) -> RampResult:
        ledger, dollars = self._books.ledger, self._prices.last
        held = ledger.held(position)
        entries = [r for r in ledger.orders_of(position) if r.order.purpose is Purpose.ENTRY]
        slipped = [
            found
            for record, planned in zip(entries, held.plan.orders, strict=False)
            if (found := slippage_bps(record, planned)) is not None
        ]
        traded = sum(
            record.filled * (record.average_price or 0) // WAD * (dollars(record.order.quote) or 0)
            for record in entries
        )
        return RampResult(
            position=position,
            net_usd=result_usd(held, dollars),
            beyond_bps=max(slipped, default=0.0),
            traded_usd=Wad(traded // WAD),
            is_whole=all(dollars(currency) is not None for currency in held.fees),
        )

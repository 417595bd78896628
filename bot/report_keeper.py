"""Keeps what a report of a position needs besides orders and fills, and tells it at the end."""

import msgspec
import structlog

from bot.coin_prices import CoinPrices
from bot.domain.ledger_events import Decided, LedgerEvent, PositionClosed
from bot.domain.units import WAD, Wad
from bot.execution.ledger_books import LedgerBooks
from bot.feeds.feed import Clock
from bot.history.position_report import report_of
from bot.strategy.ledger import Ledger

log = structlog.get_logger()
DOLLARS = "dollars"  # `Decided.what`: per 1.0 of each currency of a position, when it was closed
_USD = {"USD": Wad(WAD)}


class ReportKeeper:
    """Hears the books."""

    def __init__(self, books: LedgerBooks, prices: CoinPrices, clock: Clock) -> None:
        self._books, self._prices, self._clock = books, prices, clock

    def hear(self, event: LedgerEvent) -> None:
        """Note what currencies are worth when a position closes, and log how it went."""
        if not isinstance(event, PositionClosed):
            return
        name, now = event.position, self._clock.now()
        held = self._books.ledger.held(name)
        known = {
            currency: price
            for currency in {*held.cash, *held.fees, held.plan.asset}
            if (price := self._prices.last(currency)) is not None
        }
        detail = msgspec.json.encode(known).decode()
        self._books.write(Decided(what=DOLLARS, subject=name, detail=detail, at=now))
        report = report_of(self._books.ledger, name, _USD | known, now)
        log.info(
            "position_report",
            position=name,
            result_usd=None if report.result_usd is None else round(report.result_usd / WAD, 2),
            without_fees_in=tuple(report.unpriced_fees),
            fees_usd=None if report.fees_usd is None else round(report.fees_usd / WAD, 2),
            taken_of_best=report.taken_of_best,
            taken_of_par=report.taken_of_par,
            hours_held=round(report.hours_held, 2),
        )


def dollars_of(ledger: Ledger, position: str) -> dict[str, Wad]:
    """Return what currencies were worth when a position was closed; dollars alone if it is open."""
    for said in reversed(ledger.decided(DOLLARS)):
        if said.subject == position:
            return _USD | msgspec.json.decode(said.detail, type=dict[str, Wad])
    return dict(_USD)

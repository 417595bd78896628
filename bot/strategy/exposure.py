"""What is at risk now and what today brought, by the ledger and the prices of the moment."""

from collections.abc import Callable, Iterable

import msgspec

from bot.domain.depegs import Side
from bot.domain.issuers import issuer_of
from bot.domain.orders import Purpose
from bot.domain.trade_plans import Held, Style
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad, mul_div_up
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord

_DAY_NS = 86_400 * NANOS_PER_S

Dollars = Callable[[str], Wad | None]  # per 1.0 of a currency, as last known; None: never known


class Exposure(msgspec.Struct, kw_only=True):
    """Dollars; held and on order together, at the worst. Grows while it is added up."""

    coin_usd: dict[str, Wad] = {}
    venue_usd: dict[str, Wad] = {}
    issuer_usd: dict[str, Wad] = {}
    at_risk_usd: Wad = Wad(0)
    open_legs: int = 0
    day_entries_usd: Wad = Wad(0)
    day_result_usd: Wad = Wad(0)  # below 0: a loss; realised, and open at the prices of now

    def _add(self, coin: str, venue: str, usd: int) -> None:
        for sums, key in (
            (self.coin_usd, coin),
            (self.venue_usd, venue),
            (self.issuer_usd, issuer_of(coin)),
        ):
            sums[key] = Wad(sums.get(key, 0) + usd)
        self.at_risk_usd = Wad(self.at_risk_usd + usd)


class ExposureBook:
    """Adds up; remembers only which positions are over and need no second look."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._over: dict[str, Nanos] = {}  # when closed
        self._day: Nanos | None = None
        self._results: dict[str, Wad] = {}  # of each position in all, as last added up
        self._before: dict[str, Wad] = {}  # the same when the day began, where that was seen

    def now(self, dollars: Dollars, now: Nanos) -> Exposure:
        """Return the exposure at `now`, of the UTC day that it is in.

        What has no price counts with the one it was planned at; as a result it counts for nothing.
        """
        day = Nanos(now - now % _DAY_NS)
        if day != self._day:
            self._day, self._before = day, dict(self._results)
        found = Exposure()
        for name in self._ledger.positions:
            if self._over.get(name, day) < day:
                continue
            held = self._ledger.held(name)
            if held.closed_at is not None:
                self._over[name] = held.closed_at
                if held.closed_at < day:
                    continue
            records = self._ledger.orders_of(name)
            _add_position(found, held, records, dollars)
            found.day_entries_usd = Wad(
                found.day_entries_usd + _entries_since(day, records, dollars)
            )
            result = self._result_today(name, held, dollars)
            found.day_result_usd = Wad(found.day_result_usd + result)
        return found

    def _result_today(self, name: str, held: Held, dollars: Dollars) -> int:
        """What it brought since midnight; of what nobody saw then, the loss in all and no gain."""
        result = self._results[name] = result_usd(held, dollars)
        if name in self._before:
            return result - self._before[name]
        is_older = self._day is not None and held.opened_at < self._day
        return min(result, 0) if is_older else result


def result_usd(held: Held, dollars: Dollars) -> Wad:
    """Return what a position has brought so far, with what is left at the price of now."""
    way = 1 if held.plan.side is Side.DISCOUNT else -1  # a premium's is still to be bought back
    worth = sum(amount * (dollars(name) or 0) for name, amount in held.cash.items())
    worth += way * held.left * (dollars(held.plan.asset) or 0)
    return Wad(worth // WAD)


def _add_position(
    found: Exposure, held: Held, records: Iterable[OrderRecord], dollars: Dollars
) -> None:
    coin = held.plan.asset
    price = dollars(coin) or held.plan.exit.entry_price
    for venue, amount in _there(held).items():
        found._add(coin, venue, mul_div_up(abs(amount), price, WAD))  # noqa: SLF001 - this module's
    for record in records:
        order = record.order
        if order.purpose is Purpose.ENTRY and record.outstanding:
            usd = _worth_up(record.outstanding, order.price, dollars(order.quote))
            found._add(coin, order.venue, usd)  # noqa: SLF001 - this module's
        if order.purpose is Purpose.ENTRY and not record.state.is_final:
            found.open_legs += 1


def _there(held: Held) -> dict[str, Wad]:
    """What is where; two legs that are done moved holdings of ours from one place to the other."""
    is_done = held.plan.style is Style.HEDGED and held.closed_at is not None
    return {} if is_done else held.at_venues


def _entries_since(day: Nanos, records: Iterable[OrderRecord], dollars: Dollars) -> int:
    total = 0
    for record in records:
        order = record.order
        if order.purpose is not Purpose.ENTRY or order.made_at < day:
            continue
        entered = record.filled + record.outstanding
        total += _worth_up(Wad(entered), order.price, dollars(order.quote))
    return total


def _worth_up(amount: Wad, price: Wad, quote_usd: Wad | None) -> int:
    return mul_div_up(mul_div_up(amount, price, WAD), quote_usd or WAD, WAD)

"""What cannot be explained between the books and a venue, in words for a person."""

from collections.abc import Iterable, Mapping

from bot.domain.depegs import Side
from bot.domain.orders import Balance, ClientId
from bot.domain.units import human
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord


def order_differences(ledger: Ledger, venue: str, answers: Mapping[ClientId, bool]) -> list[str]:
    """Return what is wrong with the orders at a venue.

    `answers` are those that were asked for one by one, and whether the venue knows them.
    """
    found = []
    for name, record in ledger.orders.items():
        if record.order.venue == venue:
            about = f"{venue} {record.order.pair} order {name}"
            found += [f"{about} {words}" for words in _wrong(record, answers.get(name))]
    return found


def shortages(ledger: Ledger, balances: Iterable[Balance], at: tuple[str, int]) -> list[str]:
    """Return which coins a venue holds less of than positions say, by more than so many wads."""
    venue, dust = at
    there = {balance.currency: balance.total for balance in balances}
    wanted: dict[str, int] = {}
    for position in ledger.positions:
        held = ledger.held(position)
        if held.closed_at is not None:
            continue  # what is left of it is dust, or two legs are done: it may move on
        amount = held.at_venues.get(venue, 0)
        if amount > 0 and held.plan.side is Side.DISCOUNT:
            wanted[held.plan.asset] = wanted.get(held.plan.asset, 0) + amount
    return [
        f"{venue} holds {_told(there.get(coin, 0))} {coin},"
        f" positions there add up to {_told(amount)}"
        for coin, amount in wanted.items()
        if there.get(coin, 0) + dust < amount
    ]


def _wrong(record: OrderRecord, is_found: bool | None) -> list[str]:  # noqa: FBT001  # an answer
    """Return what is wrong with one order; `is_found` None: it was not asked for."""
    state, ordered = record.state, record.order.amount
    found = []
    if is_found is False and state.is_certain and not state.is_final:
        found.append(f"is {state.value} by our books, and not known there")
    if record.missing or (is_found and record.reported < record.filled):
        said, sums = _told(record.reported), _told(record.filled)
        found.append(f"filled {said} there, its trades add up to {sums}")
    if record.filled > ordered:
        found.append(f"has trades of {_told(record.filled)}, {_told(ordered)} was ordered")
    return found


def _told(amount: int) -> str:
    return human(amount, 18, 6)

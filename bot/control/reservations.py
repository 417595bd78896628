"""What was approved and is not in the facts yet, added to them."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from bot.control.worth import payment
from bot.domain.orders import Order, OrderSide, Purpose
from bot.domain.risk import Facts
from bot.domain.units import Wad


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """An approved order, as it counts until the ledger shows it."""

    order: Order
    worth: Wad  # dollars
    coin: str
    issuer: str

    @property
    def pays_with(self) -> str:
        """The currency that it spends."""
        return self.order.base if self.order.side is OrderSide.SELL else self.order.quote

    def is_of_coin(self, coin: str) -> bool:
        """Whether it may be the same coin: one that was not told may be any."""
        return not coin or not self.coin or coin == self.coin

    def is_of_issuer(self, issuer: str) -> bool:
        """Whether it may be the same issuer."""
        return not issuer or not self.issuer or issuer == self.issuer


def reserved(order: Order, facts: Facts, worth: Wad) -> Reservation:
    """Return what an approved order reserves."""
    return Reservation(order=order, worth=worth, coin=facts.coin, issuer=facts.issuer)


def with_reserved(order: Order, facts: Facts, others: Iterable[Reservation]) -> Facts:
    """Return the facts that `order` is judged by, with the `others` as if they were sent."""
    for other in others:
        facts = _with(order, facts, other)
    return facts


def _with(order: Order, facts: Facts, other: Reservation) -> Facts:
    facts = _without_means(order, facts, other)
    if other.order.purpose is not Purpose.ENTRY:
        if (other.order.position, other.order.base) != (order.position, order.base):
            return facts
        return replace(facts, pending_exit=Wad(facts.pending_exit + other.order.amount))
    worth = other.worth
    return replace(
        facts,
        coin_usd=facts.coin_usd + other.is_of_coin(facts.coin) * worth,
        venue_usd=facts.venue_usd + (other.order.venue == order.venue) * worth,
        issuer_usd=facts.issuer_usd + other.is_of_issuer(facts.issuer) * worth,
        day_entries_usd=facts.day_entries_usd + worth,
        at_risk_usd=facts.at_risk_usd + worth,
        open_legs=facts.open_legs + 1,
    )


def _without_means(order: Order, facts: Facts, other: Reservation) -> Facts:
    spends = order.base if order.side is OrderSide.SELL else order.quote
    if facts.free is None or (other.order.venue, other.pays_with) != (order.venue, spends):
        return facts
    return replace(facts, free=Wad(max(facts.free - payment(other.order), 0)))

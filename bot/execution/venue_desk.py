"""What the connector asks of the part that speaks one venue's language.

All raise `VenueFault` where the venue says no, and one of `MISSHAPEN` where its answer cannot be
read; `CcxtConnector` makes our errors of both.
"""

from collections.abc import Awaitable
from typing import Any, Protocol

from bot.domain.client_ids import is_ours
from bot.domain.orders import (
    Balance,
    ClientId,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderReport,
    OrderState,
    VenueBook,
)
from bot.domain.units import Nanos, Wad
from bot.execution.order_errors import Meaning, VenueFault


class OrderWords(Protocol):
    """Orders at one venue, in its words."""

    async def place(self, order: Order) -> OrderReport:
        """Send an order that fits the market's steps."""
        ...

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for its cancellation."""
        ...

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what it says of an order; by the venue's id alone, where that is known."""
        ...

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return what rests."""
        ...

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return the account's trades since then, in any order."""
        ...


class AccountWords(Protocol):
    """What else there is at one venue, in its words."""

    async def balances(self) -> tuple[Balance, ...]:
        """Return what is held."""
        ...

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken now."""
        ...

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book."""
        ...

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return the ways in and out."""
        ...

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may withdraw."""
        ...


async def unless_missing(asking: Awaitable[Any]) -> Any:
    """Return an answer, None where the venue does not know what it was asked about."""
    try:
        return await asking
    except VenueFault as fault:
        if fault.meaning is Meaning.MISSING:
            return None
        raise


def own_id(text: object) -> ClientId | None:
    """Return a client id that a venue tells, None where it is not one that we made."""
    found = ClientId(text) if isinstance(text, str) else None
    return found if is_ours(found) else None


def accepted(order: Order, order_id: str, now: Nanos) -> OrderReport:
    """Return what is known of an order whose venue took it and told no more."""
    return OrderReport(
        venue=order.venue,
        pair=order.pair,
        order_id=order_id,
        client_id=order.client_id,
        state=OrderState.OPEN,
        filled=Wad(0),
        at=now,
        side=order.side,
        amount=order.amount,
        price=order.price,
    )

"""What is asked of a venue, by role. All times, amounts and errors are ours, whatever it speaks."""

from collections.abc import AsyncIterator
from typing import Protocol

from bot.domain.orders import (
    Balance,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderReport,
    VenueBook,
)
from bot.domain.units import Nanos


class OrderDesk(Protocol):
    """Where orders are given and asked for, of one account."""

    venue: str

    async def place(self, order: Order) -> OrderReport:
        """Send an order, once; whatever happens it is never sent again in here.

        Raises:
            VenueUnavailable: certainly not accepted; safe to try again, after `retry_after_s`.
            OrderRejected: certainly not accepted, and never will be.
            OutcomeUnknown: it may rest or be filled there: find out before anything else.
        """
        ...

    async def cancel(self, order: Order, order_id: str) -> None:
        """Ask for the rest of an order to be cancelled; what became of it is for `find` to say.

        `order_id` is the venue's, empty where it was never told.

        Raises:
            VenueUnavailable: not done; safe to try again.
            OrderRejected: there is nothing to cancel: it is final, or not known there.
            OutcomeUnknown: it may be cancelled.
        """
        ...

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what the venue says of an order now, None where it does not know it.

        None is no proof within some seconds of sending: see `proof_s`.

        Raises:
            VenueUnavailable: no answer.
            VenueRefused: an answer that says nothing.
        """
        ...

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return everything that rests there, ours or not. Raises as `find` does."""
        ...

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return every trade of the account since then, oldest first, all pages.

        Raises as `find` does.
        """
        ...


class AccountDesk(Protocol):
    """What else an account and its markets tell. All raise as `OrderDesk.find` does."""

    venue: str

    async def balances(self) -> tuple[Balance, ...]:
        """Return every currency that is held."""
        ...

    async def rules(self, pair: str) -> MarketRules:
        """Return what is taken there now, with the account's own fees; asked afresh."""
        ...

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the book, at most so many levels a side."""
        ...

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return how a currency can be moved; empty where the venue does not tell."""
        ...

    async def can_withdraw(self) -> bool | None:
        """Return whether the key may withdraw; None: the venue does not tell."""
        ...


class OrderStream(Protocol):
    """What a venue tells of orders by itself."""

    def news(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield news until closed; a lost connection is reopened, what was missed is not told."""
        ...

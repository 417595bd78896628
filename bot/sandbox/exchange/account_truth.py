"""What venues know of their customers: what a client's own books are held against."""

import asyncio
import contextlib
from collections import deque
from decimal import Decimal
from functools import partial

import msgspec

from bot.sandbox.exchange.orders import Fill, Happening, Order, OrderChanged, OrderSide, OrderState
from bot.sandbox.exchange.trading_floor import Floor

_KEPT_ACTS = 10_000


class TrueOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order with all its fills; ids are the engine's, before a venue puts them in its words."""

    number: int
    client_id: str
    pair: str
    side: OrderSide
    state: OrderState
    size: Decimal
    price: Decimal | None  # None: a market order
    filled: Decimal
    fills: tuple[Fill, ...]


class TrueAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One customer of one venue."""

    orders: tuple[TrueOrder, ...]  # by number
    totals: dict[str, Decimal]  # by currency, what is held by orders included
    held: dict[str, Decimal]


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """An order was accepted, filled or closed."""

    number: int  # counts up over all venues, from 1
    venue: str
    client_id: str
    state: OrderState
    is_fill: bool


def account_truth(floor: Floor, account: str) -> TrueAccount:
    """Return all that one venue knows of an account.

    Raises:
        KeyError: it has no such customer.
    """
    balances = floor.engine.accounts[account].balances
    return TrueAccount(
        orders=tuple(_true_order(order) for order in floor.engine.orders_of(account)),
        totals={currency: balance.total for currency, balance in balances.items()},
        held={currency: balance.held for currency, balance in balances.items() if balance.held},
    )


class ActWatch:
    """The newest acts of all customers, and a wait for the next one; lives on one event loop."""

    def __init__(self, floors: list[Floor]) -> None:
        self._acts: deque[Act] = deque(maxlen=_KEPT_ACTS)
        self._more = asyncio.Event()
        for floor in floors:
            floor.engine.listen(partial(self._note, floor.venue))

    async def after(self, number: int, wait_s: float) -> list[Act]:
        """Return the acts beyond the `number`-th, at the latest after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not self._acts or self._acts[-1].number <= number:
                    self._more.clear()
                    await self._more.wait()
        return [act for act in self._acts if act.number > number]

    def _note(self, venue: str, what: Happening) -> None:
        if not isinstance(what, OrderChanged) or what.order.is_quiet:
            return
        self._acts.append(
            Act(
                number=self._acts[-1].number + 1 if self._acts else 1,
                venue=venue,
                client_id=what.order.request.client_id,
                state=what.order.state,
                is_fill=what.fill is not None,
            )
        )
        self._more.set()


def _true_order(order: Order) -> TrueOrder:
    request = order.request
    return TrueOrder(
        number=order.id,
        client_id=request.client_id,
        pair=request.pair,
        side=request.side,
        state=order.state,
        size=order.size,
        price=request.price,
        filled=order.filled,
        fills=tuple(order.fills),
    )

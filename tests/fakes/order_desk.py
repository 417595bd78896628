"""A venue in memory: it keeps what it accepted, and answers, or not, as a test wants.

It is honest about the one thing that matters: an order that is placed twice is there twice.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import Enum

import msgspec

from bot.domain.errors import OrderRejected, OutcomeUnknown, VenueUnavailable
from bot.domain.orders import (
    Balance,
    ClientId,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderReport,
    OrderSide,
    OrderState,
    VenueBook,
)
from bot.domain.risk import Approved, Breach, Denied
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad

START = Nanos(1_678_500_000 * NANOS_PER_S)


class FakeClock:
    """Stands still until it is moved; both clocks together, or the wall clock alone."""

    def __init__(self) -> None:
        self.wall, self.steady = START, Nanos(NANOS_PER_S)

    def now(self) -> Nanos:
        return self.wall

    def monotonic(self) -> Nanos:
        return self.steady

    def pass_s(self, seconds: float) -> None:
        self.wall = Nanos(self.wall + int(seconds * NANOS_PER_S))
        self.steady = Nanos(self.steady + int(seconds * NANOS_PER_S))

    def jump_s(self, seconds: float) -> None:
        self.wall = Nanos(self.wall + int(seconds * NANOS_PER_S))


class OpenGate:
    """Approves everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Order] = []
        self.released: list[ClientId] = []

    async def judge(self, order: Order) -> Approved | Denied:
        self.asked.append(order)
        return Approved(client_id=order.client_id, usd=order.amount, at=order.made_at)

    def release(self, client_id: ClientId) -> None:
        self.released.append(client_id)


class ShutGate(OpenGate):
    """Refuses everything."""

    async def judge(self, order: Order) -> Approved | Denied:
        self.asked.append(order)
        return Denied(
            client_id=order.client_id, breach=Breach.PAUSED, detail="shut", at=order.made_at
        )


class Trouble(Enum):
    """What happens to one request."""

    DONE_THEN_LOST = "carried out, the answer is lost"
    LOST = "never arrives"
    UNAVAILABLE = "certainly not taken"
    REJECTED = "refused"
    HANGS_AFTER = "carried out, no answer comes"
    HANGS_BEFORE = "never arrives, no answer comes"


class Resting(msgspec.Struct):
    """An order as the venue has it."""

    order: Order
    order_id: str
    state: OrderState = OrderState.OPEN
    fills: list[Fill] = msgspec.field(default_factory=list)
    client_id: ClientId | None = None

    @property
    def filled(self) -> int:
        return sum(fill.amount for fill in self.fills)


class FakeDesk:
    """OrderDesk and AccountDesk of one account; `orders` is its truth."""

    def __init__(self, clock: FakeClock, venue: str = "binance") -> None:
        self.venue, self._clock = venue, clock
        self.orders: list[Resting] = []
        self.arrived = 0  # requests to place or cancel
        self.asked: deque[str] = deque(maxlen=10_000)
        self.trouble: dict[str, deque[Trouble]] = {"place": deque(), "cancel": deque()}
        self.silent: set[str] = set()  # questions that get no answer: "find", "fills", ...
        self.hidden: set[str] = set()  # venue ids that no question shows yet
        self.fill_on_place: Callable[[Order], int] = lambda _order: 0
        self.tells_client_id = True  # in fills
        self.fee_in: tuple[str, int] | None = None  # what each trade costs besides
        self.money: dict[str, int] = {"USDC": 10**24, "USDT": 10**24}

    async def place(self, order: Order) -> OrderReport:
        trouble = self._next("place")
        await self._before(order, trouble)
        resting = self.accept(order)
        await self._after(trouble)
        return self.report(resting)

    async def cancel(self, order: Order, order_id: str) -> None:
        trouble = self._next("cancel")
        await self._before(order, trouble)
        resting = self._known(order, order_id)
        if resting is None or resting.state.is_final:
            raise OrderRejected(self.venue, order.client_id, "unknown order sent")
        resting.state = OrderState.CANCELED
        await self._after(trouble)

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        self._question("find")
        resting = self._known(order, order_id)
        return None if resting is None or self._is_hidden(resting) else self.report(resting)

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        self._question("open_orders")
        return tuple(
            self.report(one)
            for one in self.orders
            if one.order.pair == pair and not one.state.is_final and not self._is_hidden(one)
        )

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        self._question("fills")
        return tuple(
            fill
            for one in self.orders
            for fill in one.fills
            if fill.pair == pair and fill.at >= since and not self._is_hidden(one)
        )

    async def balances(self) -> tuple[Balance, ...]:
        self._question("balances")
        return tuple(
            Balance(venue=self.venue, currency=currency, free=Wad(amount), held=Wad(0))
            for currency, amount in self.money.items()
        )

    async def rules(self, pair: str) -> MarketRules:
        raise NotImplementedError(pair)

    async def book(self, pair: str, levels: int) -> VenueBook:
        raise NotImplementedError(pair, levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        raise NotImplementedError(currency)

    async def can_withdraw(self) -> bool | None:
        return False

    def accept(self, order: Order, client_id: ClientId | None = None) -> Resting:
        """Take an order, as if it had been placed by anyone."""
        resting = Resting(
            order=order,
            order_id=str(len(self.orders) + 1),
            client_id=client_id if client_id is not None else order.client_id,
        )
        self.orders.append(resting)
        amount = self.fill_on_place(order)
        if amount:
            self.trade(resting, amount)
        return resting

    def trade(self, resting: Resting, amount: int, fee_bps: int = 0) -> Fill:
        """Fill some of an order, fee in what is received."""
        order = resting.order
        is_buy = order.side is OrderSide.BUY
        quote = amount * order.price // WAD
        received, currency = (amount, order.base) if is_buy else (quote, order.quote)
        fill = Fill(
            venue=self.venue,
            trade_id=f"{resting.order_id}-{len(resting.fills) + 1}",
            order_id=resting.order_id,
            client_id=resting.client_id if self.tells_client_id else None,
            pair=order.pair,
            side=order.side,
            amount=Wad(amount),
            price=order.price,
            fee=Wad(received * fee_bps // 10_000 if self.fee_in is None else self.fee_in[1]),
            fee_currency=currency if self.fee_in is None else self.fee_in[0],
            at=self._clock.now(),
        )
        resting.fills.append(fill)
        sign = 1 if is_buy else -1
        self.money[order.base] = self.money.get(order.base, 0) + sign * amount
        self.money[order.quote] = self.money.get(order.quote, 0) - sign * quote
        self.money[fill.fee_currency] = self.money.get(fill.fee_currency, 0) - fill.fee
        if resting.filled >= order.amount:
            resting.state = OrderState.FILLED
        return fill

    def report(self, resting: Resting) -> OrderReport:
        return OrderReport(
            venue=self.venue,
            pair=resting.order.pair,
            order_id=resting.order_id,
            client_id=resting.client_id,
            state=resting.state,
            filled=Wad(resting.filled),
            at=self._clock.now(),
            side=resting.order.side,
            amount=resting.order.amount,
            price=resting.order.price,
        )

    def named(self, client_id: ClientId) -> list[Resting]:
        """Every order that the venue has under a client id."""
        return [one for one in self.orders if one.client_id == client_id]

    async def _before(self, order: Order, trouble: Trouble | None) -> None:
        if trouble is Trouble.UNAVAILABLE:
            raise VenueUnavailable(self.venue, "come back later")
        if trouble is Trouble.REJECTED:
            raise OrderRejected(self.venue, order.client_id, "no")
        if trouble is Trouble.LOST:
            raise OutcomeUnknown(self.venue, "no answer")
        if trouble is Trouble.HANGS_BEFORE:
            await asyncio.Event().wait()
        self.arrived += 1

    async def _after(self, trouble: Trouble | None) -> None:
        if trouble is Trouble.DONE_THEN_LOST:
            raise OutcomeUnknown(self.venue, "no answer")
        if trouble is Trouble.HANGS_AFTER:
            await asyncio.Event().wait()

    def _next(self, request: str) -> Trouble | None:
        return self.trouble[request].popleft() if self.trouble[request] else None

    def _question(self, name: str) -> None:
        self.asked.append(name)
        if name in self.silent:
            raise VenueUnavailable(self.venue, f"no answer to {name}")

    def _known(self, order: Order, order_id: str) -> Resting | None:
        for one in self.orders:
            if one.order_id == order_id or (not order_id and one.client_id == order.client_id):
                return one
        return None

    def _is_hidden(self, resting: Resting) -> bool:
        return resting.order_id in self.hidden

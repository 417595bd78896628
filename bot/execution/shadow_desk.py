"""A desk that sends nothing: orders are filled in thought, against the real book of the moment."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping

import msgspec

from bot.domain.errors import OrderRejected
from bot.domain.orders import (
    Balance,
    ClientId,
    Fill,
    Level,
    MarketRules,
    NetworkStatus,
    Order,
    OrderKind,
    OrderReport,
    OrderSide,
    OrderState,
    TimeInForce,
    VenueBook,
)
from bot.domain.units import BPS, WAD, Nanos, Wad, mul_div_up
from bot.execution.exchange_connector import AccountDesk
from bot.feeds.feed import Clock

_LEVELS = 100
_FEE_SCALE = 10**6
_RESTING = (TimeInForce.GTC, TimeInForce.POST_ONLY)


class _Resting(msgspec.Struct):
    order: Order
    state: OrderState
    filled: Wad = Wad(0)


class ShadowDesk:
    """OrderDesk, AccountDesk and OrderStream in one; books and rules are those of `source`."""

    def __init__(
        self, source: AccountDesk, balances: Mapping[str, Wad], past: Iterable[Fill], clock: Clock
    ) -> None:
        """`past`: what was filled in thought before, by the journal."""
        self.venue = source.venue
        self._source, self._clock = source, clock
        self._balances = dict(balances)
        self._orders: dict[ClientId, _Resting] = {}
        self._fills: list[Fill] = []
        self._news: asyncio.Queue[OrderReport | Fill] = asyncio.Queue()
        self._number = 0
        for fill in past:
            self._book_fill(fill)

    async def place(self, order: Order) -> OrderReport:
        """Fill what the book holds at the order's price or better."""
        book = await self._source.book(order.pair, _LEVELS)
        if order.time_in_force is TimeInForce.POST_ONLY and _crossing(order, book):
            raise OrderRejected(self.venue, order.client_id, "it would not rest")
        resting = _Resting(order=order, state=OrderState.OPEN)
        self._orders[order.client_id] = resting
        await self._match(resting, book)
        if resting.state is OrderState.OPEN and order.time_in_force not in _RESTING:
            resting.state = OrderState.EXPIRED
        return self._report(resting)

    async def cancel(self, order: Order, order_id: str) -> None:
        """End it."""
        del order_id
        resting = self._orders.get(order.client_id)
        if resting is None or resting.state is not OrderState.OPEN:
            raise OrderRejected(self.venue, order.client_id, "there is nothing to cancel")
        resting.state = OrderState.CANCELED
        self._news.put_nowait(self._report(resting))

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """Return what became of it; what rests is held against the book of now."""
        del order_id
        resting = self._orders.get(order.client_id)
        if resting is None:
            return None
        if resting.state is OrderState.OPEN:
            await self._match(resting, await self._source.book(order.pair, _LEVELS))
        return self._report(resting)

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """Return what rests in thought."""
        return tuple(
            self._report(one)
            for one in self._orders.values()
            if one.state is OrderState.OPEN and one.order.pair == pair
        )

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """Return what was filled in thought."""
        return tuple(fill for fill in self._fills if fill.pair == pair and fill.at >= since)

    async def balances(self) -> tuple[Balance, ...]:
        """Return the play money."""
        return tuple(
            Balance(venue=self.venue, currency=name, free=amount, held=Wad(0))
            for name, amount in self._balances.items()
        )

    async def rules(self, pair: str) -> MarketRules:
        """Return the venue's."""
        return await self._source.rules(pair)

    async def book(self, pair: str, levels: int) -> VenueBook:
        """Return the venue's."""
        return await self._source.book(pair, levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """Return the venue's."""
        return await self._source.networks(currency)

    async def can_withdraw(self) -> bool | None:
        """Nothing can be withdrawn that is not there."""
        return False

    async def news(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield what was filled and cancelled, for ever."""
        while True:
            yield await self._news.get()

    async def _match(self, resting: _Resting, book: VenueBook) -> None:
        order = resting.order
        rules = await self._source.rules(order.pair)
        left = Wad(order.amount - resting.filled)
        if order.time_in_force is TimeInForce.FOK and _takes(order, book) < left:
            return
        for level in _crossing(order, book):
            amount = Wad(min(left, level.amount))
            if amount <= 0:
                break
            self._fill(order, amount, level.price, rules)
            resting.filled = Wad(resting.filled + amount)
            left = Wad(left - amount)
        if left == 0:
            resting.state = OrderState.FILLED

    def _fill(self, order: Order, amount: Wad, price: Wad, rules: MarketRules) -> None:
        fee_scaled = round(rules.taker_fee_bps * _FEE_SCALE)
        fee = mul_div_up(mul_div_up(amount, price, WAD), fee_scaled, BPS * _FEE_SCALE)
        self._number += 1
        fill = Fill(
            venue=self.venue,
            trade_id=f"{order.client_id}-{self._number}",
            order_id=order.client_id,
            client_id=order.client_id,
            pair=order.pair,
            side=order.side,
            amount=amount,
            price=price,
            fee=Wad(fee),
            fee_currency=order.quote,
            at=self._clock.now(),
        )
        self._book_fill(fill)
        self._news.put_nowait(fill)

    def _book_fill(self, fill: Fill) -> None:
        base, _, quote = fill.pair.partition("/")
        way = 1 if fill.side is OrderSide.BUY else -1
        value = fill.amount * fill.price // WAD
        for currency, amount in ((base, way * fill.amount), (quote, -way * value)):
            self._balances[currency] = Wad(self._balances.get(currency, 0) + amount)
        known = self._balances.get(fill.fee_currency, 0)
        self._balances[fill.fee_currency] = Wad(known - fill.fee)
        self._fills.append(fill)

    def _report(self, resting: _Resting) -> OrderReport:
        order = resting.order
        return OrderReport(
            venue=self.venue,
            pair=order.pair,
            order_id=order.client_id,
            client_id=order.client_id,
            state=resting.state,
            filled=resting.filled,
            at=self._clock.now(),
        )


def _crossing(order: Order, book: VenueBook) -> tuple[Level, ...]:
    """Return the levels that an order takes, best first."""
    buys = order.side is OrderSide.BUY
    levels = book.asks if buys else book.bids
    if order.kind is OrderKind.MARKET:
        return levels
    return tuple(
        one for one in levels if (one.price <= order.price if buys else one.price >= order.price)
    )


def _takes(order: Order, book: VenueBook) -> int:
    return sum(level.amount for level in _crossing(order, book))

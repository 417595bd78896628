"""A shadow desk fills orders in thought, by the book of the moment, and sends nothing."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import msgspec
import pytest
from fakes.order_desk import FakeClock
from support.order_world import order_of, wad

from bot.domain.errors import OrderRejected
from bot.domain.orders import (
    Balance,
    Level,
    MarketRules,
    NetworkStatus,
    OrderSide,
    OrderState,
    TimeInForce,
    VenueBook,
)
from bot.execution.shadow_desk import ShadowDesk


class QuietSource:
    """A venue that is only looked at."""

    venue = "binance"

    def __init__(self) -> None:
        self.asks = [(0.95, 60.0), (0.96, 60.0)]
        self.bids = [(0.94, 60.0)]

    async def book(self, pair: str, levels: int) -> VenueBook:
        def side(told: list[tuple[float, float]]) -> tuple[Level, ...]:
            return tuple(Level(price=wad(p), amount=wad(a)) for p, a in told)[:levels]

        asks, bids = side(self.asks), side(self.bids)
        return VenueBook(venue=self.venue, pair=pair, bids=bids, asks=asks, at=FakeClock().now())

    async def rules(self, pair: str) -> MarketRules:
        return MarketRules(
            venue=self.venue,
            pair=pair,
            tick=wad(0.0001),
            step=wad(1),
            min_amount=wad(1),
            min_value=wad(5),
            maker_fee_bps=0.0,
            taker_fee_bps=10.0,
            is_trading=True,
        )

    async def balances(self) -> tuple[Balance, ...]:
        return ()

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        del currency
        return ()

    async def can_withdraw(self) -> bool | None:
        return None


@pytest.fixture
def source() -> QuietSource:
    return QuietSource()


@pytest.fixture
def desk(source: QuietSource) -> ShadowDesk:
    return ShadowDesk(source, {"USDT": wad(1_000)}, (), FakeClock())


def run(act: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(act)


def money(desk: ShadowDesk) -> dict[str, int]:
    return {one.currency: one.total for one in run(desk.balances())}


def test_an_order_takes_levels_down_to_its_price_and_the_rest_expires(desk: ShadowDesk) -> None:
    report = run(desk.place(order_of(time_in_force=TimeInForce.IOC)))
    assert (report.state, report.filled) == (OrderState.EXPIRED, wad(60))
    (fill,) = run(desk.fills("USDC/USDT", FakeClock().now()))
    assert (fill.amount, fill.price, fill.fee_currency) == (wad(60), wad(0.95), "USDT")
    assert money(desk) == {"USDC": wad(60), "USDT": wad(1_000 - 57 - 0.057)}


def test_a_deeper_price_takes_more_levels(desk: ShadowDesk) -> None:
    report = run(desk.place(order_of(price=0.96, time_in_force=TimeInForce.IOC)))
    assert (report.state, report.filled) == (OrderState.FILLED, wad(100))


def test_all_or_nothing_is_nothing_where_the_book_is_thin(desk: ShadowDesk) -> None:
    report = run(desk.place(order_of(time_in_force=TimeInForce.FOK)))
    assert (report.state, report.filled) == (OrderState.EXPIRED, 0)
    assert money(desk) == {"USDT": wad(1_000)}


def test_what_rests_is_filled_when_the_book_comes_to_it(
    desk: ShadowDesk, source: QuietSource
) -> None:
    order = order_of(price=0.945)
    assert run(desk.place(order)).state is OrderState.OPEN
    assert run(desk.open_orders("USDC/USDT"))[0].client_id == order.client_id
    source.asks = [(0.944, 500.0)]
    assert run(desk.find(order, "")).state is OrderState.FILLED


def test_a_maker_that_would_take_is_refused(desk: ShadowDesk) -> None:
    with pytest.raises(OrderRejected):
        run(desk.place(order_of(time_in_force=TimeInForce.POST_ONLY)))


def test_what_rests_can_be_cancelled_once(desk: ShadowDesk) -> None:
    order = order_of(price=0.9)
    run(desk.place(order))
    run(desk.cancel(order, ""))
    assert run(desk.find(order, "")).state is OrderState.CANCELED
    with pytest.raises(OrderRejected):
        run(desk.cancel(order, ""))


def test_an_order_that_was_never_given_is_not_known(desk: ShadowDesk) -> None:
    assert run(desk.find(order_of(), "")) is None


def test_after_a_restart_it_has_what_was_filled_before(
    desk: ShadowDesk, source: QuietSource
) -> None:
    run(desk.place(order_of(time_in_force=TimeInForce.IOC)))
    past = run(desk.fills("USDC/USDT", FakeClock().now()))
    again = ShadowDesk(source, {"USDT": wad(1_000)}, past, FakeClock())
    assert money(again) == money(desk)
    sold = msgspec.structs.replace(
        order_of(1, side=OrderSide.SELL, price=0.94, amount=60, time_in_force=TimeInForce.IOC)
    )
    assert run(again.place(sold)).state is OrderState.FILLED
    assert money(again)["USDC"] == 0

"""Our connector at three venues of the local exchange: everything that goes as it should."""

import asyncio

import pytest
from support.trader_fixtures import exchange, trader
from support.trading_accounts import Trader, wad

from bot.domain.errors import OrderRejected, VenueRefused
from bot.domain.orders import (
    Fill,
    OrderKind,
    OrderReport,
    OrderSide,
    OrderState,
    TimeInForce,
)
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.execution.ccxt_connector import CcxtConnector

__all__ = ["exchange", "trader"]


def test_a_purchase_is_found_filled_by_either_id_with_exact_fills(trader: Trader) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.IOC)

    async def script(desk: CcxtConnector) -> tuple[OrderReport | None, ...]:
        placed = await desk.place(order)
        found = await desk.find(order, placed.order_id), await desk.find(order, "")
        return placed, *found

    placed, by_theirs, by_ours = trader.run(script)
    assert placed.client_id == order.client_id
    assert by_theirs == by_ours
    assert by_theirs.order_id == placed.order_id
    assert by_theirs.state is OrderState.FILLED
    assert (by_theirs.filled, by_theirs.amount) == (order.amount, order.amount)
    assert (by_theirs.side, by_theirs.price) == (order.side, order.price)
    fills = trader.run(lambda desk: desk.fills(trader.pair, order.made_at))
    mine = [fill for fill in fills if fill.order_id == placed.order_id]
    (true,) = (
        one
        for one in trader.exchange.account(trader.venue).orders
        if one.client_id == order.client_id
    )
    told = [(fill.amount, fill.price, fill.fee, fill.fee_currency) for fill in mine]
    assert told == [
        (wad(str(f.size)), wad(str(f.price)), wad(str(f.fee)), f.fee_currency) for f in true.fills
    ]
    assert all(fill.side is OrderSide.BUY and fill.pair == trader.pair for fill in mine)
    now = trader.exchange.venue(trader.venue).now_ns
    assert all(abs(fill.at - now) < 60 * NANOS_PER_S for fill in mine)


def test_a_resting_order_is_open_with_its_client_id_until_it_is_cancelled(trader: Trader) -> None:
    order = trader.order()

    async def script(desk: CcxtConnector) -> OrderReport | None:
        placed = await desk.place(order)
        (rests,) = [one for one in await desk.open_orders(trader.pair) if one.client_id]
        assert rests.client_id == order.client_id
        assert (rests.side, rests.amount, rests.price) == (order.side, order.amount, order.price)
        await desk.cancel(order, placed.order_id)
        assert order.client_id not in {one.client_id for one in await desk.open_orders(trader.pair)}
        with pytest.raises(OrderRejected):
            await desk.cancel(order, placed.order_id)
        return await desk.find(order, "")

    found = trader.run(script)
    assert found is not None
    assert (found.state, found.filled) == (OrderState.CANCELED, 0)


def test_an_order_whose_id_was_never_told_is_cancelled_by_ours(trader: Trader) -> None:
    order = trader.order()

    async def script(desk: CcxtConnector) -> OrderReport | None:
        await desk.place(order)
        await desk.cancel(order, "")
        return await desk.find(order, "")

    found = trader.run(script)
    assert found is not None
    assert found.state is OrderState.CANCELED


def test_an_order_nobody_sent_is_not_known_and_cannot_be_cancelled(trader: Trader) -> None:
    order = trader.order()

    async def script(desk: CcxtConnector) -> None:
        assert await desk.find(order, "") is None
        assert await desk.find(order, "999999999") is None
        with pytest.raises(OrderRejected):
            await desk.cancel(order, "")

    trader.run(script)


def test_what_is_not_filled_at_once_expires_and_is_not_cancelled(trader: Trader) -> None:
    orders = [
        trader.order(time_in_force=TimeInForce.IOC),
        trader.order(time_in_force=TimeInForce.FOK),
    ]

    async def script(desk: CcxtConnector) -> list[OrderReport | None]:
        for order in orders:
            await desk.place(order)
        return [await desk.find(order, "") for order in orders]

    found = trader.run(script)
    assert [one.state for one in found] == [OrderState.EXPIRED] * 2


def test_a_market_order_and_a_partly_filled_one_are_told_as_they_are(trader: Trader) -> None:
    market = trader.order("sell", "1.0000", kind=OrderKind.MARKET)
    best_ask = str(1 + trader.market.tick)
    large = trader.order(price=best_ask, amount="100000", time_in_force=TimeInForce.GTC)

    async def script(desk: CcxtConnector) -> tuple[OrderReport | None, ...]:
        await desk.place(market)
        placed = await desk.place(large)
        found = await desk.find(market, ""), await desk.find(large, "")
        await desk.cancel(large, placed.order_id)
        return found

    sold, part = trader.run(script)
    assert (sold.state, sold.filled) == (OrderState.FILLED, market.amount)
    assert part.state is OrderState.OPEN
    assert 0 < part.filled < large.amount


def test_a_post_only_order_that_would_take_is_rejected_or_ends_unfilled(trader: Trader) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.POST_ONLY)

    async def script(desk: CcxtConnector) -> None:
        with pytest.raises(OrderRejected):
            await desk.place(order)

    trader.run(script)
    assert trader.placed(order) == 0


@pytest.mark.parametrize("change", [{"amount": "0.123456789123"}, {"price": "0.90000123"}])
def test_an_order_off_the_venues_steps_is_rejected_before_it_is_sent(
    trader: Trader, change: dict[str, str]
) -> None:
    order = trader.order(**change)

    async def script(desk: CcxtConnector) -> None:
        with pytest.raises(OrderRejected, match="no multiple"):
            await desk.place(order)

    trader.run(script)
    assert trader.placed(order) == 0


def test_an_order_for_another_venue_or_a_pair_that_is_not_listed_is_rejected(
    trader: Trader,
) -> None:
    async def script(desk: CcxtConnector) -> None:
        with pytest.raises(OrderRejected, match="meant for bitstamp"):
            await desk.place(trader.order(venue="bitstamp"))
        with pytest.raises(OrderRejected):
            await desk.place(trader.order(pair="UST/USDT"))
        with pytest.raises(VenueRefused):
            await desk.rules("UST/USDT")

    trader.run(script)


def test_more_than_is_there_is_rejected_for_lack_of_funds(trader: Trader) -> None:
    async def script(desk: CcxtConnector) -> None:
        with pytest.raises(OrderRejected, match=r"(?i)insufficient"):
            await desk.place(trader.order(amount="8000000"))

    trader.run(script)


def test_fills_of_many_pages_come_once_each_oldest_first(trader: Trader) -> None:
    orders = [
        trader.order(price="1.0100", amount="10", time_in_force=TimeInForce.IOC) for _ in range(60)
    ]

    async def script(desk: CcxtConnector) -> tuple[Fill, ...]:
        for order in orders:
            await desk.place(order)
        return await desk.fills(trader.pair, orders[0].made_at)

    fills = trader.run(script, burst=10_000, requests_per_s=1_000)
    truth = trader.exchange.account(trader.venue)
    ids = {order.client_id for order in orders}
    true = [fill for one in truth.orders if one.client_id in ids for fill in one.fills]
    assert len(fills) >= len(true) >= 60
    assert len({fill.key for fill in fills}) == len(fills)
    assert [fill.at for fill in fills] == sorted(fill.at for fill in fills)
    after = Nanos(fills[-1].at + 1)
    assert trader.run(lambda desk: desk.fills(trader.pair, after)) == ()


def test_balances_are_those_of_the_account_and_what_rests_is_held(trader: Trader) -> None:
    order = trader.order()
    base, _, quote = trader.pair.partition("/")

    async def script(desk: CcxtConnector) -> dict[str, tuple[Wad, Wad]]:
        placed = await desk.place(order)
        found = {one.currency: (one.total, one.held) for one in await desk.balances()}
        await desk.cancel(order, placed.order_id)
        return found

    before = trader.exchange.account(trader.venue).totals
    found = trader.run(script)
    assert found[base] == (wad(str(before[base])), 0)
    total, held = found[quote]
    assert total == wad(str(before[quote]))
    assert held >= wad("90")


def test_rules_are_the_markets_and_the_accounts_own_fees(trader: Trader) -> None:
    market, fees = trader.market, trader.floor.fees
    rules = trader.run(lambda desk: desk.rules(trader.pair))
    assert (rules.tick, rules.step) == (wad(str(market.tick)), wad(str(market.step)))
    assert rules.min_amount == wad(str(market.min_size))
    assert rules.min_value == wad(str(market.min_value))
    assert rules.maker_fee_bps == float(fees.maker * 10_000)
    assert rules.taker_fee_bps == float(fees.taker * 10_000)
    assert rules.is_trading


def test_the_book_is_best_first_and_no_longer_than_asked_for(trader: Trader) -> None:
    book = trader.run(lambda desk: desk.book(trader.pair, 5))
    assert len(book.bids) == len(book.asks) == 5
    assert [level.price for level in book.bids] == sorted(
        (level.price for level in book.bids), reverse=True
    )
    assert book.bids[0].price < wad("1") < book.asks[0].price


def test_the_venue_says_whether_its_key_may_withdraw(trader: Trader) -> None:
    assert trader.run(lambda desk: desk.can_withdraw()) is False


def test_many_orders_at_once_are_each_placed_once(trader: Trader) -> None:
    orders = [trader.order() for _ in range(20)]

    async def script(desk: CcxtConnector) -> None:
        placed = await asyncio.gather(*(desk.place(order) for order in orders))
        cancelling = zip(orders, placed, strict=True)
        await asyncio.gather(*(desk.cancel(order, one.order_id) for order, one in cancelling))

    trader.run(script)
    assert [trader.placed(order) for order in orders] == [1] * 20


def test_questions_and_orders_at_once_do_not_overtake_each_other(trader: Trader) -> None:
    orders = [trader.order() for _ in range(10)]

    async def script(desk: CcxtConnector) -> None:
        asking = [desk.balances() for _ in range(20)]
        told = await asyncio.gather(*asking, *(desk.place(order) for order in orders))
        placed = told[20:]
        cancelling = zip(orders, placed, strict=True)
        await asyncio.gather(*(desk.cancel(order, one.order_id) for order, one in cancelling))

    trader.run(script, burst=1_500)
    assert [trader.placed(order) for order in orders] == [1] * 10

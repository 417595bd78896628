"""Our connector when things go wrong: what is certain afterwards is what the error says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from support.trader_fixtures import exchange, trader
from support.trading_accounts import CANCELLING, PLACING, Trader, wad

from bot.domain.errors import (
    OrderRejected,
    OutcomeUnknown,
    RepegError,
    VenueRefused,
    VenueUnavailable,
)
from bot.domain.orders import Order, OrderReport, OrderState, TimeInForce
from bot.domain.units import NANOS_PER_S
from bot.execution.account_options import AccountOptions
from bot.execution.ccxt_connector import CcxtConnector
from bot.sandbox.exchange.mishap import MishapKind
from bot.sandbox.exchange.spot_market import MarketState

__all__ = ["exchange", "trader"]

NOT_TAKEN = (
    MishapKind.SERVER_ERROR,
    MishapKind.UNAVAILABLE,
    MishapKind.WEB_PAGE,
    MishapKind.HANG,
    MishapKind.CLOSE,
)
TAKEN = (
    MishapKind.DONE_THEN_TIMEOUT,
    MishapKind.DONE_THEN_CLOSE,
    MishapKind.TRUNCATED,
    MishapKind.GIANT,
)


async def error_from(act: Callable[[], Awaitable[Any]]) -> RepegError | None:
    """Return what an act raises."""
    try:
        await act()
    except RepegError as error:
        return error
    return None


@pytest.mark.parametrize("kind", TAKEN)
def test_an_order_taken_without_a_word_is_unknown_once_and_found(
    trader: Trader, kind: MishapKind
) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.IOC)
    trader.goes_wrong(kind, PLACING[trader.venue], times=1)

    async def script(desk: CcxtConnector) -> OrderReport | None:
        with pytest.raises(OutcomeUnknown):
            await desk.place(order)
        return await desk.find(order, "")

    found = trader.run(script)
    assert found is not None
    assert (found.state, found.filled) == (OrderState.FILLED, order.amount)
    assert trader.placed(order) == 1


@pytest.mark.parametrize("kind", NOT_TAKEN)
def test_an_order_that_was_cut_off_before_is_unknown_and_not_sent_again(
    trader: Trader, kind: MishapKind
) -> None:
    order = trader.order()
    trader.goes_wrong(kind, PLACING[trader.venue], times=1)

    async def script(desk: CcxtConnector) -> OrderReport | None:
        with pytest.raises(OutcomeUnknown):
            await desk.place(order)
        return await desk.find(order, "")

    assert trader.run(script, timeout_s=0.5) is None
    assert trader.placed(order) == 0


def test_a_venue_that_cannot_be_reached_has_certainly_taken_nothing(trader: Trader) -> None:
    async def script() -> None:
        options = AccountOptions(venue=trader.venue, url="http://127.0.0.1:9", timeout_s=1.0)
        async with CcxtConnector(options, trader.credentials) as desk:
            with pytest.raises(VenueUnavailable, match="no connection"):
                await desk.open()
            with pytest.raises(VenueUnavailable, match="no connection"):
                await desk.place(trader.order())

    asyncio.run(script())


@pytest.mark.parametrize("kind", [MishapKind.DONE_THEN_CLOSE, MishapKind.HANG])
def test_a_cancellation_without_an_answer_is_unknown(trader: Trader, kind: MishapKind) -> None:
    order = trader.order()

    async def script(desk: CcxtConnector) -> OrderReport | None:
        placed = await desk.place(order)
        trader.goes_wrong(kind, CANCELLING[trader.venue], times=2)
        with pytest.raises(OutcomeUnknown):
            await desk.cancel(order, placed.order_id)
        trader.exchange.mend()
        found = await desk.find(order, placed.order_id)
        if kind is MishapKind.HANG:
            await desk.cancel(order, placed.order_id)
        return found

    found = trader.run(script, timeout_s=0.5)
    assert found is not None
    is_done = kind is MishapKind.DONE_THEN_CLOSE
    assert found.state is (OrderState.CANCELED if is_done else OrderState.OPEN)


@pytest.mark.parametrize("kind", [*NOT_TAKEN, MishapKind.TRUNCATED, MishapKind.DOWN])
def test_a_question_without_an_answer_may_be_asked_again(trader: Trader, kind: MishapKind) -> None:
    async def script(desk: CcxtConnector) -> list[RepegError | None]:
        trader.goes_wrong(kind)
        questions: tuple[Callable[[], Awaitable[Any]], ...] = (
            desk.balances,
            lambda: desk.rules(trader.pair),
            lambda: desk.book(trader.pair, 5),
            lambda: desk.open_orders(trader.pair),
            lambda: desk.find(trader.order(), ""),
        )
        return [await error_from(ask) for ask in questions]

    errors = trader.run(script, timeout_s=0.3)
    assert {type(error) for error in errors} == {VenueUnavailable}


@pytest.mark.parametrize(
    ("kind", "wait_s"), [(MishapKind.LIMITED, 2.0), (MishapKind.BANNED, 120.0)]
)
def test_too_many_requests_take_nothing_and_nothing_leaves_for_a_while(
    trader: Trader, kind: MishapKind, wait_s: float
) -> None:
    first, second = trader.order(), trader.order()

    async def script(desk: CcxtConnector) -> tuple[RepegError | None, RepegError | None]:
        trader.goes_wrong(kind, PLACING[trader.venue], times=1, amount=wait_s)
        refused = await error_from(lambda: desk.place(first))
        return refused, await error_from(lambda: desk.place(second))

    # a limit is a key's, whoever uses it: an account of its own keeps it from other tests
    refused, held = trader.run(script, burst=1_001 + wait_s, timeout_s=1.0)
    assert isinstance(refused, VenueUnavailable)
    assert isinstance(held, VenueUnavailable)
    told = kind is MishapKind.BANNED or trader.venue == "binance"
    assert refused.retry_after_s == pytest.approx(wait_s if told else 2.0, abs=0.2)
    assert held.retry_after_s == pytest.approx(refused.retry_after_s, abs=0.5)
    assert (trader.placed(first), trader.placed(second)) == (0, 0)


@pytest.mark.parametrize("off_s", [300.0, 3_600.0, -300.0, -3_600.0])
def test_a_clock_that_jumps_costs_one_order_at_most_and_is_followed(
    trader: Trader, off_s: float
) -> None:
    first, second = trader.order(), trader.order()

    async def script(desk: CcxtConnector) -> RepegError | None:
        trader.goes_wrong(MishapKind.SKEW, amount=off_s)
        error = await error_from(lambda: desk.place(first))
        await desk.balances()
        placed = await desk.place(second)
        if trader.venue != "kraken" or off_s > 0:  # it says nothing of orders from its future
            off = desk.line.now() - trader.exchange.venue(trader.venue).now_ns
            assert abs(off) < 3 * NANOS_PER_S
        await desk.cancel(second, placed.order_id)
        return error

    error = trader.run(script)
    if trader.venue == "binance":
        assert isinstance(error, VenueUnavailable)
        assert "our clock was" in error.reason
        assert error.retry_after_s == 0
    assert trader.placed(first) == (error is None)
    assert trader.placed(second) == 1


@pytest.mark.parametrize("state", [MarketState.HALTED, MarketState.CANCEL_ONLY])
def test_a_closed_market_says_so_and_takes_no_order_but_cancels(
    trader: Trader, state: MarketState
) -> None:
    rests, late = trader.order(), trader.order()

    async def script(desk: CcxtConnector) -> bool:
        placed = await desk.place(rests)
        closed = msgspec.structs.replace(trader.market, state=state)
        trader.exchange.set_market(trader.venue, closed)
        with pytest.raises(OrderRejected):
            await desk.place(late)
        is_trading = (await desk.rules(trader.pair)).is_trading
        await desk.cancel(rests, placed.order_id)
        return is_trading

    assert trader.run(script) is False
    assert trader.placed(late) == 0


def test_a_least_value_that_rises_is_told_and_refuses(trader: Trader) -> None:
    async def script(desk: CcxtConnector) -> int:
        assert (await desk.rules(trader.pair)).min_value == wad(str(trader.market.min_value))
        stricter = msgspec.structs.replace(trader.market, min_value=trader.market.min_value * 100)
        trader.exchange.set_market(trader.venue, stricter)
        with pytest.raises(OrderRejected):
            await desk.place(trader.order(amount="10"))
        return (await desk.rules(trader.pair)).min_value

    assert trader.run(script) == wad(str(trader.market.min_value)) * 100


def test_withdrawals_that_are_suspended_are_told_where_the_venue_tells(trader: Trader) -> None:
    currency = trader.pair.partition("/")[0]

    async def script(desk: CcxtConnector) -> tuple[list[bool | None], list[bool | None]]:
        before = [way.withdrawals_open for way in await desk.networks(currency)]
        closed = [
            msgspec.structs.replace(network, withdrawals_open=False)
            for network in trader.floor.networks[currency]
        ]
        trader.exchange.set_networks(trader.venue, currency, closed)
        return before, [way.withdrawals_open for way in await desk.networks(currency)]

    before, after = trader.run(script)
    if trader.venue == "coinbase":
        assert before == after == []
    else:
        assert any(before)
        assert after
        assert not any(after)


def test_numbers_that_are_none_make_a_book_that_says_nothing(trader: Trader) -> None:
    for kind in (MishapKind.NOT_A_NUMBER, MishapKind.NEGATIVE, MishapKind.ZERO, MishapKind.CROSSED):
        trader.goes_wrong(kind)
        error = trader.run(lambda desk: error_from(lambda: desk.book(trader.pair, 5)))
        assert isinstance(error, VenueRefused), kind
        trader.exchange.mend()


def test_a_wrong_key_is_refused_and_no_order_of_it_is_taken(trader: Trader) -> None:
    order: Order = trader.order()

    async def script() -> None:
        credentials = trader.credentials
        credentials.key = credentials.key.replace("local", "other")
        async with CcxtConnector(trader.options(), credentials) as desk:
            with pytest.raises(VenueRefused):
                await desk.balances()
            with pytest.raises((OrderRejected, VenueRefused)):
                await desk.place(order)

    asyncio.run(script())
    assert trader.placed(order) == 0

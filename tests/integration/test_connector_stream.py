"""Order news of three venues over their private sockets, and what becomes of it in bad weather."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from support.trader_fixtures import exchange, trader
from support.trading_accounts import Trader

from bot.domain.errors import OutcomeUnknown
from bot.domain.orders import Fill, OrderReport, OrderState, TimeInForce
from bot.execution.ccxt_connector import CcxtConnector
from bot.execution.ccxt_order_stream import CcxtOrderStream
from bot.execution.order_news import News
from bot.sandbox.exchange.mishap import MishapKind

__all__ = ["exchange", "trader"]

PATIENCE_S = 15.0
Script = Callable[[CcxtConnector, CcxtOrderStream, list[News]], Awaitable[Any]]


def listening(trader: Trader, script: Script) -> Any:
    """Run a script beside a stream that is connected and whose news are kept."""

    async def running(desk: CcxtConnector) -> Any:
        stream, heard = CcxtOrderStream(desk), list[News]()

        async def listen() -> None:
            async for one in stream.news():
                heard.append(one)

        task = asyncio.create_task(listen())
        try:
            await connected(stream, trader)
            return await script(desk, stream, heard)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return trader.run(running)


async def connected(stream: CcxtOrderStream, trader: Trader) -> None:
    await until(lambda: trader.exchange.venue(trader.venue).sockets == 1)
    if trader.venue != "binance":  # which says nothing before something happens
        await until(lambda: stream.is_connected)
    else:
        await asyncio.sleep(0.3)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.02)


def reports(heard: list[News], order: Any) -> list[OrderReport]:
    return [
        one for one in heard if isinstance(one, OrderReport) and one.client_id == order.client_id
    ]


def fills(heard: list[News], order: Any) -> list[Fill]:
    return [one for one in heard if isinstance(one, Fill) and one.client_id == order.client_id]


def is_final(heard: list[News], order: Any) -> bool:
    return any(one.state.is_final for one in reports(heard, order))


def test_fills_and_ends_are_heard_as_rest_tells_them(trader: Trader) -> None:
    order = trader.order(price="1.0100", amount="30000", time_in_force=TimeInForce.IOC)

    async def script(desk: CcxtConnector, _: CcxtOrderStream, heard: list[News]) -> list[News]:
        placed = await desk.place(order)
        await until(lambda: is_final(heard, order))
        told = [
            one
            for one in await desk.fills(trader.pair, order.made_at)
            if one.order_id == placed.order_id
        ]
        mine = {one.key: one for one in fills(heard, order)}
        assert set(mine) == {one.key for one in told}
        for one in told:
            said = mine[one.key]
            assert (said.amount, said.price, said.side) == (one.amount, one.price, one.side)
            assert said.fee_currency == one.fee_currency
            assert said.fee == one.fee
        return heard

    heard = listening(trader, script)
    last = reports(heard, order)[-1]
    assert (last.state, last.filled) == (OrderState.FILLED, order.amount)
    assert last.side is order.side


def test_what_rests_and_is_cancelled_is_heard_with_our_id(trader: Trader) -> None:
    order = trader.order()

    async def script(desk: CcxtConnector, _: CcxtOrderStream, heard: list[News]) -> None:
        placed = await desk.place(order)
        await until(lambda: bool(reports(heard, order)))
        await desk.cancel(order, placed.order_id)
        await until(lambda: is_final(heard, order))
        states = [one.state for one in reports(heard, order)]
        assert states[0] is OrderState.OPEN
        assert states[-1] is OrderState.CANCELED
        assert {one.order_id for one in reports(heard, order)} == {placed.order_id}

    listening(trader, script)


def test_a_socket_that_is_cut_is_opened_again_and_heard(trader: Trader) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.IOC)

    async def script(desk: CcxtConnector, stream: CcxtOrderStream, heard: list[News]) -> None:
        trader.goes_wrong(MishapKind.DISCONNECT, times=1)
        await until(lambda: not stream.is_connected or trader.venue == "binance")
        await asyncio.sleep(0.5)
        await connected(stream, trader)
        await desk.place(order)
        await until(lambda: is_final(heard, order))
        assert sum(one.amount for one in fills(heard, order)) == order.amount

    listening(trader, script)


def test_a_venue_that_is_down_for_a_while_ends_no_stream(trader: Trader) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.IOC)

    async def script(desk: CcxtConnector, stream: CcxtOrderStream, heard: list[News]) -> None:
        trader.goes_wrong(MishapKind.DOWN)
        trader.goes_wrong(MishapKind.DISCONNECT, times=1)
        await asyncio.sleep(1.5)
        trader.exchange.mend()
        await connected(stream, trader)
        await desk.place(order)
        await until(lambda: is_final(heard, order))

    listening(trader, script)


@pytest.mark.parametrize("kind", [MishapKind.GARBAGE, MishapKind.TRUNCATED])
def test_messages_that_cannot_be_read_end_a_connection_and_no_stream(
    trader: Trader, kind: MishapKind
) -> None:
    spoiled, order = (
        trader.order(price="1.0100", time_in_force=TimeInForce.IOC),
        trader.order(price="1.0100", time_in_force=TimeInForce.IOC),
    )

    async def script(desk: CcxtConnector, stream: CcxtOrderStream, heard: list[News]) -> None:
        trader.goes_wrong(kind)
        with suppress(OutcomeUnknown):  # answers are cut, too
            await desk.place(spoiled)
        await asyncio.sleep(0.5)
        trader.exchange.mend()
        await connected(stream, trader)
        await asyncio.sleep(0.5)
        await connected(stream, trader)
        await desk.place(order)
        await until(lambda: is_final(heard, order))

    listening(trader, script)


@pytest.mark.slow
def test_a_socket_that_falls_silent_is_hung_up_and_opened_again(
    trader: Trader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = trader.order(price="1.0100", time_in_force=TimeInForce.IOC)

    async def script(desk: CcxtConnector, stream: CcxtOrderStream, heard: list[News]) -> None:
        monkeypatch.setattr(stream._words, "silence_s", 2.0)
        await asyncio.sleep(5.0)  # the watch takes its new rhythm
        trader.goes_wrong(MishapKind.STALL, for_s=4.0)
        await asyncio.sleep(6.0)
        await connected(stream, trader)
        await desk.place(order)
        await until(lambda: is_final(heard, order))

    listening(trader, script)

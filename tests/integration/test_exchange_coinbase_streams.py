"""Unmodified ccxt.pro, and a plain socket, against the local Coinbase's socket."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import pytest
from support.local_venues import (
    PATIENCE_S,
    falling_prices,
    mended_fixture,
    running_fixture,
    watch,
)

from bot.sandbox.exchange.exchange_options import COINBASE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind

PAIR, PRODUCT = "USDT/USD", "USDT-USD"
RECORDING = falling_prices("coinbase", PAIR)
running = running_fixture(LocalExchangeOptions(venues=(COINBASE,), breath_s=None))
exchange = mended_fixture(COINBASE, PAIR)
watched = partial(watch, "coinbase")


class PlainSocket:
    """One connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.numbers: list[int] = []

    async def say(self, kind: str, channel: str, *products: str, **more: Any) -> None:
        message = {"type": kind, "channel": channel, "product_ids": list(products), **more}
        await self._socket.send_json(message)

    async def hear(self, channel: str) -> dict[str, Any]:
        """Return the next message of a channel; errors are a channel of their own here."""
        while True:
            message: dict[str, Any] = await self._socket.receive_json()
            if "sequence_num" in message:
                self.numbers.append(message["sequence_num"])
            if message.get("channel", message.get("type")) == channel:
                return message


def spoken(exchange: LocalExchange, script: Callable[[PlainSocket], Awaitable[Any]]) -> Any:
    """Run a script with a plain socket."""

    async def run() -> Any:
        url = f"{exchange.url}/advanced-trade-ws.coinbase.com"
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            return await asyncio.wait_for(script(PlainSocket(socket)), PATIENCE_S)

    return asyncio.run(run())


def test_a_watched_book_ends_where_the_venue_is(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        for number in range(30):
            price = Decimal("0.9990") - Decimal("0.0003") * (number % 7)
            exchange.set_price("coinbase", PAIR, price)
        exchange.set_price("coinbase", PAIR, "0.9871")
        while True:
            book = await client.watch_order_book(PAIR)
            if book["bids"][0][0] == 0.98709:
                return book

    book = watched(exchange, script)
    ours = exchange.venue("coinbase").books[PAIR]
    for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
        told = [tuple(level) for level in book[side]]
        assert told == [(float(price), float(size)) for price, size in levels]
    assert book["timestamp"] is not None


def test_a_recording_comes_with_its_own_prices_and_times(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        exchange.play(RECORDING, speed=300)
        told = {}
        while len(told) < len(RECORDING):
            book = await client.watch_order_book(PAIR)
            told[book["timestamp"]] = book["bids"][0][0], book["asks"][0][0]
        return told

    told = watched(exchange, script)
    exchange.stop_playing()
    assert told == {row.at // 10**6: (float(row.bid), float(row.ask)) for row in RECORDING}


def test_messages_of_all_channels_are_numbered_together(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> list[int]:
        await socket.say("subscribe", "level2", PRODUCT, "DAI-USD")
        await socket.say("subscribe", "market_trades", PRODUCT)
        await socket.say("subscribe", "heartbeats")
        for number in range(5):
            exchange.set_price("coinbase", PAIR, Decimal("0.9980") - Decimal(number) / 1_000)
        await socket.hear("heartbeats")
        return socket.numbers

    numbers = spoken(exchange, script)
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 10


def test_a_lost_message_leaves_a_hole_in_the_numbers(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> list[int]:
        await socket.say("subscribe", "level2", PRODUCT)
        await socket.hear("subscriptions")
        exchange.misbehave(Mishap(kind=MishapKind.GAP, venue="coinbase", pair=PAIR, times=1))
        exchange.set_price("coinbase", PAIR, "0.9950")
        exchange.set_price("coinbase", PAIR, "0.9940")
        await socket.hear("l2_data")
        return socket.numbers

    *_, before, after = spoken(exchange, script)
    assert after == before + 2


def test_subscribing_anew_gives_a_new_snapshot_and_numbers_go_on(
    exchange: LocalExchange,
) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", "level2", PRODUCT)
        first = await socket.hear("l2_data")
        await socket.hear("subscriptions")
        await socket.say("unsubscribe", "level2", PRODUCT)
        over = await socket.hear("subscriptions")
        exchange.set_price("coinbase", PAIR, "0.9910")
        await socket.say("subscribe", "level2", PRODUCT)
        return first, over, await socket.hear("l2_data"), socket.numbers

    first, over, second, numbers = spoken(exchange, script)
    assert over["events"] == [{"subscriptions": {}}]
    assert [first["events"][0]["type"], second["events"][0]["type"]] == ["snapshot", "snapshot"]
    assert second["events"][0]["updates"][0]["price_level"] == "0.99099"
    assert numbers == list(range(len(numbers)))


def test_levels_that_are_gone_are_told_with_nothing_left(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", "level2", PRODUCT)
        await socket.hear("subscriptions")
        exchange.set_price("coinbase", PAIR, "0.9500")
        return (await socket.hear("l2_data"))["events"][0]

    event = spoken(exchange, script)
    gone = {row["price_level"] for row in event["updates"] if row["new_quantity"] == "0"}
    assert event["type"] == "update"
    assert {"0.99899", "0.99901"} <= gone


@pytest.mark.parametrize(
    ("channel", "products", "text"),
    [
        ("level2", ("UST-USD",), "valid product_id"),
        ("gossip", (PRODUCT,), "failure to subscribe"),
        ("user", (PRODUCT,), "authentication failure"),
    ],
)
def test_what_is_not_served_is_refused_and_the_socket_goes_on(
    exchange: LocalExchange, channel: str, products: tuple[str, ...], text: str
) -> None:
    async def script(socket: PlainSocket) -> str:
        await socket.say("subscribe", channel, *products)
        refused = await socket.hear("error")
        await socket.say("subscribe", "level2", PRODUCT)
        await socket.hear("l2_data")
        return str(refused["message"])

    assert text in spoken(exchange, script)


def test_heartbeats_come_each_second_until_the_venue_stalls(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", "heartbeats")
        first = await socket.hear("heartbeats")
        second = await socket.hear("heartbeats")
        exchange.misbehave(Mishap(kind=MishapKind.STALL, venue="coinbase"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.hear("heartbeats"), 2.5)
        return first, second

    first, second = spoken(exchange, script)
    counts = [int(one["events"][0]["heartbeat_counter"]) for one in (first, second)]
    assert counts[1] == counts[0] + 1


def test_the_tape_and_the_ticker_follow_a_trade(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "market", "sell", 77)
        await client.watch_trades(PAIR)
        await client.watch_ticker(PAIR)
        trades = asyncio.create_task(client.watch_trades(PAIR))
        ticker = asyncio.create_task(client.watch_ticker(PAIR))
        await asyncio.sleep(0.1)
        await client.create_order(PAIR, "market", "buy", 123, 0.9991)
        return (await trades)[-1], await ticker

    trade, ticker = watched(exchange, script)
    assert (trade["price"], trade["side"]) == (0.99901, "sell")  # the side that rested
    assert ticker["last"] == 0.99901
    assert (ticker["bid"], ticker["ask"]) == (0.99899, 0.99901)


def test_my_orders_are_told_from_resting_over_filling_to_cancelled(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        told = asyncio.create_task(client.watch_orders(PAIR))
        await asyncio.sleep(0.3)
        order = await client.create_order(PAIR, "limit", "buy", 20_000, 0.9985)
        seen = [next(one for one in await told if one["id"] == order["id"])]
        exchange.set_price("coinbase", PAIR, "0.99849")
        while not seen[-1]["filled"]:
            seen = [one for one in await client.watch_orders(PAIR) if one["id"] == order["id"]]
        await client.cancel_order(order["id"])
        while seen[-1]["status"] == "open":
            seen = [one for one in await client.watch_orders(PAIR) if one["id"] == order["id"]]
        return seen[-1], await client.fetch_order(order["id"])

    last, seen = watched(exchange, script)
    assert (last["status"], seen["status"]) == ("canceled", "canceled")
    assert last["filled"] == seen["filled"] == 10_000
    assert last["remaining"] == 10_000

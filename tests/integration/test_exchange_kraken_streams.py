"""Unmodified ccxt.pro, and a plain socket, against the local Kraken's version 2 sockets."""

import asyncio
import json
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest
from support.local_venues import (
    PATIENCE_S,
    falling_prices,
    mended_fixture,
    running_fixture,
    watch,
)

from bot.sandbox.exchange.exchange_options import KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind

PAIR = "USDC/USD"
RECORDING = falling_prices("kraken", PAIR)
running = running_fixture(LocalExchangeOptions(venues=(KRAKEN,), breath_s=None))
exchange = mended_fixture(KRAKEN, PAIR)
watched = partial(watch, "kraken")


async def _until(holds: Callable[[], bool]) -> None:
    """Wait for what ccxt keeps; its own futures miss what comes between two calls."""
    while not holds():  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.02)


class PlainSocket:
    """One connection; numbers stay as they were written."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, method: str, **params: Any) -> None:
        await self._socket.send_json({"method": method, "params": params, "req_id": 7})

    async def hear(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next message of this kind."""
        while True:
            frame = await self._socket.receive()
            assert frame.type is aiohttp.WSMsgType.TEXT, frame
            message: dict[str, Any] = json.loads(frame.data, parse_float=str, parse_int=str)
            if holds(message):
                return message

    async def book(self) -> dict[str, Any]:
        """Return the next data of the book channel."""
        message = await self.hear(lambda message: message.get("channel") == "book")
        return {"type": message["type"], **message["data"][0]}


def spoken(exchange: LocalExchange, script: Callable[[PlainSocket], Awaitable[Any]]) -> Any:
    """Run a script with a plain socket."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[PlainSocket]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{exchange.url}/ws.kraken.com/v2") as socket,
        ):
            yield PlainSocket(socket)

    async def run() -> Any:
        async with connected() as socket:
            return await asyncio.wait_for(script(socket), PATIENCE_S)

    return asyncio.run(run())


class Copy:
    """A book as Kraken's guide says it is kept: changed, cut to its depth, summed."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}

    def apply(self, data: dict[str, Any]) -> None:
        for name, side in self.sides.items():
            if data["type"] == "snapshot":
                side.clear()
            for level in data[name]:
                side.pop(level["price"], None)
                if Decimal(level["qty"]):
                    side[level["price"]] = level["qty"]
            for price in self.prices(name)[self.depth :]:
                del side[price]

    def prices(self, name: str) -> list[str]:
        return sorted(self.sides[name], key=Decimal, reverse=name == "bids")

    def crc(self) -> int:
        text = ""
        for name in ("asks", "bids"):
            for price in self.prices(name)[:10]:
                for number in (price, self.sides[name][price]):
                    text += re.sub(r"^0+", "", number.replace(".", ""))
        return zlib.crc32(text.encode())


def test_a_watched_book_ends_where_the_venue_is(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        for number in range(30):
            exchange.set_price("kraken", PAIR, Decimal("0.9990") - Decimal("0.0003") * (number % 7))
        exchange.set_price("kraken", PAIR, "0.9871")
        while True:
            book = await client.watch_order_book(PAIR)
            if book["bids"][0][0] == 0.9870:
                return book

    book = watched(exchange, script)
    ours = exchange.venue("kraken").books[PAIR]
    for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
        told = [tuple(level) for level in book[side]]
        assert told == [(float(price), float(size)) for price, size in levels[:10]]


@pytest.mark.parametrize("depth", [10, 25])
def test_every_checksum_is_that_of_a_copy_kept_by_the_guide(
    exchange: LocalExchange, depth: int
) -> None:
    async def script(socket: PlainSocket) -> list[tuple[int, int]]:
        copy, sums = Copy(depth), []
        await socket.say("subscribe", channel="book", symbol=[PAIR], depth=depth)
        for number in range(60):
            data = await socket.book()
            copy.apply(data)
            sums.append((copy.crc(), int(data["checksum"])))
            step = Decimal((number + 1) % 9) / 10_000
            exchange.set_price("kraken", PAIR, Decimal("0.9990") + step)
        return sums

    sums = spoken(exchange, script)
    assert [kept for kept, _ in sums] == [told for _, told in sums]
    assert len({told for _, told in sums}) > 5


def test_a_recording_comes_with_its_own_prices_and_times(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> Any:
        copy = Copy(10)
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        copy.apply(await socket.book())
        exchange.play(RECORDING, speed=300)
        told = {}
        while len(told) < len(RECORDING):
            data = await socket.book()
            copy.apply(data)
            told[data["timestamp"]] = copy.prices("bids")[0], copy.prices("asks")[0]
        return told

    told = spoken(exchange, script)
    exchange.stop_playing()
    assert told == {
        "2023-03-11T07:00:00.000000Z": ("0.9900", "0.9903"),
        "2023-03-11T07:01:00.000000Z": ("0.9500", "0.9503"),
        "2023-03-11T07:02:00.000000Z": ("0.8800", "0.8803"),
    }


def test_prices_and_sizes_are_bare_numbers_with_all_their_decimals(
    exchange: LocalExchange,
) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        return await socket.book()

    data = spoken(exchange, script)
    assert data["bids"][0] == {"price": "0.9989", "qty": "10000.00000000"}


@pytest.mark.parametrize("kind", [MishapKind.GAP, MishapKind.BAD_CHECKSUM])
def test_a_lost_message_or_a_wrong_sum_shows_in_the_checksum(
    exchange: LocalExchange, kind: MishapKind
) -> None:
    async def script(socket: PlainSocket) -> Any:
        copy = Copy(10)
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        copy.apply(await socket.book())
        exchange.misbehave(Mishap(kind=kind, venue="kraken", pair=PAIR, times=1))
        exchange.set_price("kraken", PAIR, "0.9950")
        if kind is MishapKind.GAP:
            exchange.set_price("kraken", PAIR, "0.9949")
        data = await socket.book()
        copy.apply(data)
        return copy.crc(), int(data["checksum"])

    kept, told = spoken(exchange, script)
    assert kept != told


def test_subscribing_anew_gives_a_new_snapshot(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        first = await socket.book()
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        refused = await socket.hear(lambda message: "error" in message)
        await socket.say("unsubscribe", channel="book", symbol=[PAIR])
        await socket.hear(lambda message: message.get("method") == "unsubscribe")
        exchange.set_price("kraken", PAIR, "0.9920")
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        return first, refused, await socket.book()

    first, refused, second = spoken(exchange, script)
    assert (first["type"], second["type"]) == ("snapshot", "snapshot")
    assert second["bids"][0]["price"] == "0.9919"
    assert refused["error"] == "Already subscribed"
    assert refused["req_id"] == "7"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"channel": "book", "symbol": ["UST/USD"]}, "Currency pair not supported UST/USD"),
        ({"channel": "book", "symbol": [PAIR], "depth": 11}, "depth not supported"),
        ({"channel": "ohlc", "symbol": [PAIR], "interval": 7}, "interval not supported"),
        ({"channel": "gossip", "symbol": [PAIR]}, "Unsupported channel"),
        ({"channel": "book", "symbol": PAIR, "depth": []}, "depth not supported"),
    ],
)
def test_what_is_not_served_is_refused_and_the_socket_goes_on(
    exchange: LocalExchange, params: dict[str, Any], text: str
) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", **params)
        refused = await socket.hear(lambda message: "error" in message)
        await socket.say("ping")
        await socket.hear(lambda message: message.get("method") == "pong")
        return refused

    refused = spoken(exchange, script)
    assert text in refused["error"]
    assert refused["success"] is False


def test_a_quiet_socket_beats_once_a_second_until_it_stalls(exchange: LocalExchange) -> None:
    async def script(socket: PlainSocket) -> Any:
        await socket.say("subscribe", channel="book", symbol=[PAIR])
        await socket.hear(lambda message: message.get("channel") == "heartbeat")
        exchange.misbehave(Mishap(kind=MishapKind.STALL, venue="kraken"))
        exchange.set_price("kraken", PAIR, "0.9500")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.hear(lambda _: True), 2.5)

    spoken(exchange, script)


def test_the_tape_the_best_prices_and_candles_follow_a_trade(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "market", "sell", 77)
        trades = asyncio.create_task(client.watch_trades(PAIR))
        tickers = [await client.watch_ticker(PAIR)]
        candles = [(await client.watch_ohlcv(PAIR))[-1:]]
        await asyncio.sleep(0.2)
        await client.create_order(PAIR, "market", "buy", 123)
        tickers.append(await client.watch_ticker(PAIR))
        candles.append((await client.watch_ohlcv(PAIR))[-1:])
        return await trades, tickers, candles

    trades, tickers, candles = watched(exchange, script)
    told = trades[-1]
    assert (told["price"], told["amount"], told["side"]) == (0.9991, 123.0, "buy")
    assert told["type"] == "market"
    assert tickers[-1]["last"] == 0.9991
    assert tickers[-1]["baseVolume"] - tickers[0]["baseVolume"] == pytest.approx(123)
    assert candles[-1][0][4] == 0.9991


def test_best_prices_are_told_when_they_change(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        first = await client.watch_bids_asks([PAIR])
        exchange.set_price("kraken", PAIR, "0.9700")
        return first, await client.watch_bids_asks([PAIR])

    first, second = watched(exchange, script)
    assert (first[PAIR]["bid"], first[PAIR]["ask"]) == (0.9989, 0.9991)
    assert (second[PAIR]["bid"], second[PAIR]["ask"]) == (0.9699, 0.9701)


def test_an_order_over_the_socket_is_told_until_it_is_cancelled(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        told = asyncio.create_task(client.watch_orders())
        await asyncio.sleep(0.2)
        params = {"clientOrderId": "by-socket"}
        order = await client.create_order_ws(PAIR, "limit", "sell", 100, 1.2, params)
        first = await told
        await client.cancel_order_ws(order["id"])
        await _until(lambda: client.orders[-1]["status"] == "canceled")
        return order, first[0], client.orders[-1], await client.fetch_order(order["id"])

    order, first, last, seen = watched(exchange, script)
    assert (first["id"], first["symbol"], first["price"]) == (order["id"], PAIR, 1.2)
    assert first["info"]["cl_ord_id"] == "by-socket"
    assert (last["id"], last["info"]["reason"]) == (order["id"], "User requested")
    assert last["symbol"] is None  # Kraken names the market in an order's first event alone
    assert seen["status"] == "canceled"


def test_my_trades_and_balances_follow_a_fill(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        before = await client.watch_balance()
        first = asyncio.create_task(client.watch_my_trades())  # may end with the snapshot
        await asyncio.sleep(0.2)
        order = await client.create_order(PAIR, "market", "sell", 500)
        after = await client.watch_balance()
        await first
        await _until(lambda: client.myTrades[-1]["order"] == order["id"])
        return client.myTrades[-1], before["USDC"]["total"] - after["USDC"]["total"]

    trade, spent = watched(exchange, script)
    told = (trade["amount"], trade["price"], trade["takerOrMaker"])
    assert told == (500.0, 0.9989, "taker")
    assert trade["fee"] == {"cost": pytest.approx(500 * 0.9989 * 0.002), "currency": "USD"}
    assert spent == 500


def test_an_order_by_cost_is_told_as_filled_at_its_end(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        told = asyncio.create_task(client.watch_orders())
        await asyncio.sleep(0.2)
        order = await client.create_market_buy_order_with_cost(PAIR, 250)
        await told
        await _until(lambda: client.orders[-1]["status"] != "open")
        return order["id"], client.orders[-1]

    order_id, last = watched(exchange, script)
    assert (last["id"], last["status"]) == (order_id, "closed")
    assert 249 < last["cost"] <= 250


def test_an_order_over_the_socket_is_refused_in_kraken_s_words(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        with pytest.raises(ccxt.ExchangeError, match="EOrder:Insufficient funds"):
            await client.create_order_ws(PAIR, "limit", "buy", 8_000_000, 0.95)
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order_ws("OAAAAA-AAAAA-AAAAAA")

    watched(exchange, script)


def test_a_private_channel_wants_a_token_that_the_venue_gave(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        url = client.urls["api"]["ws"]["privateV2"]
        async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
            plain = PlainSocket(socket)
            await plain.say("subscribe", channel="executions", token="made-up")  # noqa: S106 - a wrong one
            return await plain.hear(lambda message: "error" in message)

    assert watched(exchange, script)["error"] == "ESession:Invalid session"

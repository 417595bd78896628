"""Unmodified ccxt.pro against the local Binance: both sockets, in good days and bad ones."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import ccxt.async_support as ccxt
import pytest
from support.local_venues import mended_fixture, running_fixture, watch

from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind

PAIR = "USDC/USDT"
STREAM = "stream.binance.com:9443/ws/usdcusdt@depth@100ms"
running = running_fixture(LocalExchangeOptions(venues=(BINANCE,), breath_s=0.15))
exchange = mended_fixture(BINANCE, PAIR)
watched = partial(watch, "binance")


async def _until(client: Any, holds: Callable[[Any], bool]) -> Any:
    while True:
        book = await client.watch_order_book(PAIR)
        if holds(book):
            return book


async def _until_broken(client: Any, exchange: LocalExchange) -> None:
    """Lose a message, and again: a socket that just closed may have lost it in our place."""
    while True:
        exchange.misbehave(Mishap(kind=MishapKind.GAP, venue="binance", pair=PAIR, times=1))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_until(client, lambda _: False), 2)


@contextlib.asynccontextmanager
async def raw_stream(exchange: LocalExchange) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    address = f"{exchange.url}/{STREAM}"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(address, max_msg_size=0) as socket,
    ):
        yield socket


def top_of(book: Any) -> tuple[float, float]:
    return book["bids"][0][0], book["asks"][0][0]


def test_a_watched_book_ends_where_the_venue_is(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        for number in range(40):
            price = Decimal("0.9990") - Decimal("0.0003") * (number % 7)
            exchange.set_price("binance", PAIR, price)
            await asyncio.sleep(0.02)
        exchange.set_price("binance", PAIR, "0.9871")
        while True:
            book = await client.watch_order_book(PAIR)
            ours = exchange.venue("binance").books[PAIR]
            if book["nonce"] == ours.version:
                return ours, book

    ours, book = watched(exchange, script)
    assert top_of(book) == (0.987, 0.9872)
    for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
        assert [tuple(level) for level in book[side]] == [(float(p), float(s)) for p, s in levels]


def test_a_lost_message_breaks_the_book_and_a_new_snapshot_heals_it(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        with pytest.raises(ccxt.ChecksumError):
            await _until_broken(client, exchange)
        exchange.set_price("binance", PAIR, "0.9700")
        return await _until(client, lambda book: top_of(book) == (0.9699, 0.9701))

    watched(exchange, script)


def test_in_a_stall_the_connection_stays_and_nothing_comes(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        await client.watch_order_book(PAIR)
        await client.watch_order_book(PAIR)
        exchange.misbehave(Mishap(kind=MishapKind.STALL, venue="binance"))
        await asyncio.sleep(0.3)  # what was on its way
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.watch_order_book(PAIR), 1.0)
        assert exchange.venue("binance").sockets == 1

    watched(exchange, script)


def test_a_cut_connection_is_an_error_and_the_next_watch_connects_again(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        await client.watch_order_book(PAIR)
        exchange.misbehave(Mishap(kind=MishapKind.DISCONNECT, venue="binance"))
        with pytest.raises(ccxt.NetworkError):
            await _until(client, lambda _: False)
        exchange.set_price("binance", PAIR, "0.9600")
        return await _until(client, lambda book: top_of(book) == (0.9599, 0.9601))

    watched(exchange, script)


def test_trades_candles_and_best_prices_are_watched(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        trades = await client.watch_trades(PAIR)
        assert trades[-1]["price"] in {0.9989, 0.9991}
        candles = await client.watch_ohlcv(PAIR, "1m")
        assert candles[-1][4] in {0.9989, 0.9991}
        best = await client.watch_bids_asks([PAIR])
        assert (best[PAIR]["bid"], best[PAIR]["ask"]) == (0.9989, 0.9991)

    watched(exchange, script)


def test_orders_and_balances_are_told_as_they_change(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        orders = asyncio.create_task(client.watch_orders(PAIR))
        balance = asyncio.create_task(client.watch_balance())
        await asyncio.sleep(0.3)
        placed = await client.create_order(PAIR, "limit", "buy", 100, 0.9900)
        assert [(one["id"], one["status"]) for one in await orders] == [(placed["id"], "open")]
        assert (await balance)["USDT"]["used"] == 99.0
        orders = asyncio.create_task(client.watch_orders(PAIR))
        exchange.set_price("binance", PAIR, "0.9800")
        filled = (await orders)[-1]
        assert (filled["status"], filled["filled"], filled["id"]) == ("closed", 100, placed["id"])

    watched(exchange, script)


def test_orders_are_placed_told_and_cancelled_over_the_socket(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        placed = await client.create_order_ws(PAIR, "limit", "buy", 100, 0.9900)
        assert (await client.fetch_order_ws(placed["id"], PAIR))["status"] == "open"
        cancelled = await client.cancel_order_ws(placed["id"], PAIR)
        assert cancelled["status"] == "canceled"
        with pytest.raises(ccxt.BaseError, match="-2011"):
            await client.cancel_order_ws(placed["id"], PAIR)

    watched(exchange, script)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (MishapKind.CROSSED, lambda bids, asks: float(bids[0][0]) > float(asks[0][0])),
        (MishapKind.ZERO, lambda bids, _: float(bids[0][0]) == 0),
        (MishapKind.NEGATIVE, lambda bids, _: float(bids[0][0]) < 0),
        (MishapKind.NOT_A_NUMBER, lambda bids, _: bids[0][0] == "NaN"),
        (MishapKind.SHIFTED, lambda bids, _: 9 < float(bids[0][0]) < 11),
        (MishapKind.EMPTY, lambda bids, asks: (bids, asks) == ([], [])),
    ],
)
def test_a_spoiled_book_goes_out_as_it_was_told_and_the_next_is_right(
    exchange: LocalExchange, kind: MishapKind, wrong: Callable[[Any, Any], bool]
) -> None:
    async def script() -> tuple[Any, Any]:
        async with raw_stream(exchange) as socket:
            exchange.misbehave(Mishap(kind=kind, venue="binance", pair=PAIR, times=1))
            return await socket.receive_json(), await socket.receive_json()

    spoiled, right = asyncio.run(script())
    assert wrong(spoiled["b"], spoiled["a"])
    assert not wrong(right["b"], right["a"])
    assert right["U"] == spoiled["u"] + 1


def test_frames_are_cut_and_blown_up_on_demand(exchange: LocalExchange) -> None:
    async def script() -> list[str]:
        async with raw_stream(exchange) as socket:
            exchange.misbehave(Mishap(kind=MishapKind.TRUNCATED, times=1))
            exchange.misbehave(Mishap(kind=MishapKind.GIANT, times=1, amount=5_000_000))
            return [await socket.receive_str() for _ in range(3)]

    half, giant, whole = asyncio.run(script())
    assert half.startswith('{"e":"depthUpdate"')
    assert not half.endswith("}")
    assert len(giant) > 5_000_000
    assert whole.endswith("}")


def test_a_flood_of_ten_thousand_maimed_frames_arrives_and_true_ones_follow(
    exchange: LocalExchange,
) -> None:
    async def script() -> int:
        async with raw_stream(exchange) as socket:
            before = (await socket.receive_json())["u"]
            exchange.flood("binance", 10_000)
            for _ in range(10_000):
                await socket.receive()
            after: int = (await socket.receive_json())["u"]
            return after - before

    assert asyncio.run(script()) > 0

"""Unmodified ccxt against the local Binance: REST, from the list of markets to the last balance."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import ccxt.async_support as ccxt
import pytest
from support.local_venues import ask

from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.spot_market import Market, MarketState, Network

PAIR = "USDC/USDT"
OPTIONS = LocalExchangeOptions(venues=(BINANCE,), prices={PAIR: Decimal("0.9990")}, breath_s=None)
asked = partial(ask, "binance")


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(OPTIONS) as running:
        yield running


def test_markets_have_their_own_ticks_steps_and_least_values(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        return client.markets

    markets = asked(exchange, script)
    assert set(markets) == {market.pair for market in BINANCE.markets}
    assert markets[PAIR]["precision"]["price"] == 0.0001
    assert markets[PAIR]["precision"]["amount"] == 1.0
    assert markets[PAIR]["limits"]["cost"]["min"] == 5.0
    assert markets["EUR/USDT"]["precision"]["amount"] == 0.1
    assert all(market["active"] for market in markets.values())


def test_a_halted_market_is_told_as_inactive_and_takes_no_order(exchange: LocalExchange) -> None:
    exchange.set_market("binance", Market(base="USDC", quote="USDT", state=MarketState.HALTED))

    async def script(client: Any) -> None:
        assert client.markets[PAIR]["active"] is False
        with pytest.raises(ccxt.ExchangeError, match="Market is closed"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.99)

    asked(exchange, script)


def test_the_book_is_the_ladder_around_the_price(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        return await client.fetch_order_book(PAIR, 5)

    book = asked(exchange, script)
    assert book["bids"][:2] == [[0.9989, 10_000.0], [0.9988, 11_500.0]]
    assert book["asks"][0] == [0.9991, 10_000.0]
    assert len(book["bids"]) == 5
    assert book["nonce"] == exchange.venue("binance").books[PAIR].version


def test_an_order_rests_fills_in_parts_and_pays_its_fee(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        placed = await client.create_order(PAIR, "limit", "buy", 25_000, 0.9990)
        assert (placed["status"], placed["filled"]) == ("open", 0.0)
        exchange.set_price("binance", PAIR, "0.9980")  # asks from 0.9981 on
        order = await client.fetch_order(placed["id"], PAIR)
        assert (order["status"], order["filled"], order["cost"]) == ("closed", 25_000, 24_975)
        trades = await client.fetch_my_trades(PAIR)
        assert sum(trade["amount"] for trade in trades) == 25_000
        assert {trade["takerOrMaker"] for trade in trades} == {"maker"}
        assert sum(trade["fee"]["cost"] for trade in trades) == pytest.approx(25)
        balance = await client.fetch_balance()
        assert balance["USDC"]["free"] == 1_024_975
        assert balance["USDT"] == {"free": 975_025.0, "used": 0.0, "total": 975_025.0}

    asked(exchange, script)


def test_a_partly_filled_order_keeps_its_rest_until_it_is_cancelled(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> None:
        order = await client.create_order(PAIR, "limit", "buy", 30_000, 0.9992)
        assert (order["status"], order["filled"]) == ("open", 21_500)  # two levels
        assert (await client.fetch_balance())["USDT"]["used"] == pytest.approx(8_500 * 0.9992)
        assert [one["id"] for one in await client.fetch_open_orders(PAIR)] == [order["id"]]
        await client.cancel_order(order["id"], PAIR)
        found = await client.fetch_order(order["id"], PAIR)
        assert (found["status"], found["filled"], found["remaining"]) == ("canceled", 21_500, 8_500)
        assert (await client.fetch_balance())["USDT"]["used"] == 0
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order(order["id"], PAIR)

    asked(exchange, script)


@pytest.mark.parametrize(
    ("changes", "status", "filled"),
    [
        ({"timeInForce": "IOC"}, "expired", 10_000),
        ({"timeInForce": "FOK"}, "expired", 0),
        ({"timeInForce": "GTC"}, "open", 10_000),
    ],
)
def test_lifetimes_are_kept(
    exchange: LocalExchange, changes: dict[str, str], status: str, filled: float
) -> None:
    async def script(client: Any) -> Any:
        return await client.create_order(PAIR, "limit", "buy", 20_000, 0.9991, changes)

    order = asked(exchange, script)
    assert (order["status"], order["filled"]) == (status, filled)


def test_refusals_are_the_exceptions_that_ccxt_has_for_them(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        with pytest.raises(ccxt.OrderImmediatelyFillable):
            await client.create_order(PAIR, "limit", "buy", 100, 0.9991, {"postOnly": True})
        with pytest.raises(ccxt.InsufficientFunds):
            await client.create_order(PAIR, "limit", "buy", 1_500_000, 0.9)
        with pytest.raises(ccxt.BadRequest, match="NOTIONAL"):
            await client.create_order(PAIR, "limit", "buy", 2, 0.9)
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            await client.fetch_order("99999", PAIR)
        assert await client.fetch_open_orders(PAIR) == []

    asked(exchange, script)


def test_a_client_id_finds_its_order_and_is_free_again_when_that_is_closed(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> None:
        named = {"clientOrderId": "ours-1"}
        first = await client.create_order(PAIR, "limit", "buy", 100, 0.99, named)
        found = await client.fetch_order(None, PAIR, {"origClientOrderId": "ours-1"})
        assert found["id"] == first["id"]
        with pytest.raises(ccxt.InvalidOrder, match="Duplicate order sent"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.99, named)
        await client.cancel_order(first["id"], PAIR)
        second = await client.create_order(PAIR, "limit", "buy", 100, 0.99, named)
        found = await client.fetch_order(None, PAIR, {"origClientOrderId": "ours-1"})
        assert found["id"] == second["id"] != first["id"]

    asked(exchange, script)


def test_a_market_order_by_cost_buys_what_that_pays_for(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        return await client.create_market_buy_order_with_cost(PAIR, 999)

    order = asked(exchange, script)
    assert (order["status"], order["filled"]) == ("closed", 999)  # at 0.9991: 999.9 cut to steps
    assert order["cost"] == pytest.approx(998.1009)


def test_the_tape_the_candles_and_the_tickers_tell_the_same_trades(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> None:
        await client.create_order(PAIR, "market", "buy", 12_000)
        await client.create_order(PAIR, "market", "sell", 1_000)
        trades = await client.fetch_trades(PAIR)
        assert [(t["side"], t["amount"], t["price"]) for t in trades] == [
            ("buy", 10_000, 0.9991),
            ("buy", 2_000, 0.9992),
            ("sell", 1_000, 0.9989),
        ]
        candles = await client.fetch_ohlcv(PAIR, "1d")
        assert candles[-1][1:] == [0.9991, 0.9992, 0.9989, 0.9989, 13_000]
        ticker = await client.fetch_ticker(PAIR)
        assert (ticker["last"], ticker["high"], ticker["baseVolume"]) == (0.9989, 0.9992, 13_000)
        assert set(await client.fetch_tickers()) == set(client.markets)

    asked(exchange, script)


def test_seeded_candles_come_in_pages_from_a_start(exchange: LocalExchange) -> None:
    start_s = 1_678_500_000 // 60 * 60
    price = Decimal("0.99")
    bars = [
        Bar(open_s=start_s + 60 * n, open=price, high=price, low=price, close=price + n)
        for n in range(2_500)
    ]
    exchange.seed_candles("binance", PAIR, bars)

    async def script(client: Any) -> Any:
        first = await client.fetch_ohlcv(PAIR, "1m", since=start_s * 1_000, limit=1_000)
        since = first[-1][0] + 60_000
        return [*first, *await client.fetch_ohlcv(PAIR, "1m", since=since, limit=1_000)]

    rows = asked(exchange, script)
    assert [row[0] // 1_000 for row in rows] == [start_s + 60 * n for n in range(2_000)]
    assert rows[1_500][4] == pytest.approx(1_500.99)


def test_networks_tell_their_fees_and_whether_they_are_open(exchange: LocalExchange) -> None:
    closed = Network(name="ETH", withdraw_fee=Decimal("7.5"), withdrawals_open=False)
    exchange.set_networks("binance", "USDC", [closed])

    async def script(client: Any) -> Any:
        return (
            await client.fetch_deposit_withdraw_fees(["USDC", "USDT"]),
            (await client.fetch_currencies())["USDC"]["networks"],
            await client.fetch_trading_fees(),
        )

    fees, networks, trading = asked(exchange, script)
    assert fees["USDC"]["networks"]["ERC20"]["withdraw"]["fee"] == 7.5
    assert [(one["deposit"], one["withdraw"]) for one in networks.values()] == [(True, False)]
    assert len(fees["USDT"]["networks"]) == 3
    assert trading[PAIR]["taker"] == 0.001


def test_a_wrong_secret_and_an_unknown_key_are_refused(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        client.secret = "another"  # noqa: S105 - of the sandbox
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await client.fetch_balance()
        client.apiKey = "nobody"
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.fetch_balance()

    asked(exchange, script)

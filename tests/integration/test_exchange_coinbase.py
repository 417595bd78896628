"""Unmodified ccxt against the local Coinbase: REST, signed by tokens for one request each."""

import asyncio
import time
from decimal import Decimal
from functools import partial
from typing import Any

import ccxt.async_support as ccxt
import msgspec
import pytest
from support.local_venues import ask, mended_fixture, running_fixture

from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.exchange_options import COINBASE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.spot_market import MarketState, Network

PAIR = "USDT/USD"
MARKET = next(market for market in COINBASE.markets if market.pair == PAIR)
OPTIONS = LocalExchangeOptions(venues=(COINBASE,), breath_s=None)
running = running_fixture(OPTIONS)
exchange = mended_fixture(COINBASE, PAIR)
asked = partial(ask, "coinbase")


async def placed(client: Any, name: str, **params: Any) -> Any:
    """Place a buy of 100 at 0.95 under a client id, which ccxt takes as a raw field alone."""
    return await client.create_order(
        PAIR, "limit", "buy", 100, 0.95, {"client_order_id": name, **params}
    )


def test_markets_have_their_own_ticks_steps_and_least_values(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        return client.markets, client.currencies

    markets, currencies = asked(exchange, script)
    assert set(markets) == {market.pair for market in COINBASE.markets}
    assert markets[PAIR]["precision"] == {"amount": 0.01, "price": 0.00001}
    assert markets[PAIR]["limits"]["cost"]["min"] == float(MARKET.min_value)
    assert currencies["USD"]["type"] == "fiat"
    assert currencies["USDT"]["type"] == "crypto"


def test_a_halted_market_is_inactive_and_takes_no_order(exchange: LocalExchange) -> None:
    halted = msgspec.structs.replace(MARKET, state=MarketState.HALTED)
    exchange.set_market("coinbase", halted)

    async def script(client: Any) -> None:
        assert client.markets[PAIR]["active"] is False
        with pytest.raises(ccxt.ExchangeError, match="not enabled for trading"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.95)

    asked(exchange, script)


def test_a_book_is_the_venue_s_and_says_of_when_it_is(exchange: LocalExchange) -> None:
    book = asked(exchange, lambda client: client.fetch_order_book(PAIR))
    ours = exchange.venue("coinbase").books[PAIR]
    for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
        told = [(level[0], level[1]) for level in book[side]]
        assert told == [(float(price), float(size)) for price, size in levels]
    assert book["timestamp"] / 1_000 == pytest.approx(time.time(), abs=20)


def test_candles_come_for_the_span_that_is_asked_for_and_no_longer_one(
    exchange: LocalExchange,
) -> None:
    now_s = int(time.time())
    first_s = now_s - now_s % 300 - 600 * 60
    bars = [
        Bar(
            open_s=first_s + 60 * number,
            open=Decimal("0.9990"),
            high=Decimal("0.9995"),
            low=Decimal("0.9000"),
            close=Decimal("0.9100") + Decimal(number) / 100_000,
            volume=Decimal(10),
        )
        for number in range(600)
    ]
    exchange.seed_candles("coinbase", "DAI/USD", bars)

    async def script(client: Any) -> Any:
        since = first_s * 1_000
        one = await client.fetch_ohlcv("DAI/USD", "1m", since, 100)
        five = await client.fetch_ohlcv("DAI/USD", "5m", since, 3)
        with pytest.raises(ccxt.ExchangeError, match="less than 350"):
            await client.fetch_ohlcv("DAI/USD", "1m", since, 400, {"until": now_s * 1_000})
        return one, five

    one, five = asked(exchange, script)
    assert [row[0] for row in one[:2]] == [first_s * 1_000, (first_s + 60) * 1_000]
    assert len(one) == 100
    assert five[0] == [first_s * 1_000, 0.999, 0.9995, 0.9, 0.91004, 50.0]


def test_the_tape_tells_the_side_that_had_been_resting(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "market", "sell", 12)
        return (await client.fetch_trades(PAIR))[-1], await client.fetch_ticker(PAIR)

    trade, ticker = asked(exchange, script)
    assert (trade["amount"], trade["side"]) == (12.0, "buy")
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == (0.99899, 0.99901, 0.99899)


def test_a_resting_order_holds_its_value_and_fee_until_it_is_cancelled(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        order = await client.create_order(PAIR, "limit", "buy", 1_000, 0.95)
        held = (await client.fetch_balance({"v3": True}))["USD"]["used"]
        old = (await client.fetch_balance())["USD"]
        seen = await client.fetch_order(order["id"])
        found = await client.fetch_open_orders(PAIR)
        await client.cancel_order(order["id"])
        freed = (await client.fetch_balance({"v3": True}))["USD"]["used"]
        return order, seen, found, (held, freed), old

    order, seen, found, (held, freed), old = asked(exchange, script)
    assert order["status"] is None
    assert (seen["status"], seen["price"], seen["amount"]) == ("open", 0.95, 1_000.0)
    assert order["id"] in {one["id"] for one in found}
    assert held - freed == pytest.approx(950 * 1.001)
    assert old["free"] == old["total"]  # the older call knows no holds


def test_an_order_filled_in_part_tells_its_average_price_fee_and_fills(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        order = await client.create_order(PAIR, "limit", "buy", 20_000, 0.9980)
        exchange.set_price("coinbase", PAIR, "0.99799")  # the best ask of 10,000 crosses it
        seen = await client.fetch_order(order["id"])
        fills = await client.fetch_my_trades(PAIR)
        await client.cancel_order(order["id"])
        return seen, [fill for fill in fills if fill["order"] == order["id"]]

    seen, fills = asked(exchange, script)
    filled = sum(fill["amount"] for fill in fills)
    value = sum(fill["cost"] for fill in fills)
    assert filled == 10_000
    assert seen["filled"] == pytest.approx(filled)
    assert seen["average"] == pytest.approx(value / filled)
    assert {fill["takerOrMaker"] for fill in fills} == {"maker"}
    assert float(seen["fee"]["cost"]) == 0


def test_the_same_client_id_again_returns_the_first_order(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        first, again = await placed(client, "mine"), await placed(client, "mine")
        await client.cancel_order(first["id"])
        return first["id"], again["id"], (await placed(client, "mine"))["id"]

    first, again, later = asked(exchange, script)
    assert first == again == later


def test_an_unknown_outcome_is_cleared_by_sending_the_same_client_id(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        kind = MishapKind.DONE_THEN_TIMEOUT
        exchange.misbehave(Mishap(kind=kind, venue="coinbase", request="POST", times=1))
        with pytest.raises(ccxt.ExchangeError, match="internal_server_error"):
            await placed(client, "lost")
        found = await client.fetch_open_orders(PAIR)
        return (await placed(client, "lost"))["id"], [
            one["id"] for one in found if one["clientOrderId"] == "lost"
        ]

    resent, found = asked(exchange, script)
    assert found == [resent]


@pytest.mark.parametrize(
    ("order", "kind", "text"),
    [
        (("limit", "buy", 100, 0.9995, {"postOnly": True}), ccxt.ExchangeError, "POST_ONLY"),
        (("limit", "buy", 0.5, 0.95, {}), ccxt.ExchangeError, "QUOTE_SIZE_TOO_SMALL"),
        (("limit", "buy", 8_000_000, 0.95, {}), ccxt.InsufficientFunds, "Insufficient balance"),
        (("limit", "sell", 100, 0.95, {"side": "SIDEWAYS"}), ccxt.ExchangeError, "INVALID_SIDE"),
        (("limit", "buy", 100, 0.95, {"product_id": "UST-USD"}), ccxt.ExchangeError, "PRODUCT_ID"),
        (
            ("limit", "buy", 100, 0.95, {"order_configuration": {"twap": {}}}),
            ccxt.ExchangeError,
            "UNSUPPORTED_ORDER_CONFIGURATION",
        ),
    ],
)
def test_orders_against_the_rules_are_refused_with_coinbase_s_words(
    exchange: LocalExchange, order: Any, kind: type[Exception], text: str
) -> None:
    name, side, size, price, params = order

    async def script(client: Any) -> Any:
        before = len(await client.fetch_orders(PAIR))
        with pytest.raises(kind, match=text):
            await client.create_order(PAIR, name, side, size, price, params)
        return len(await client.fetch_orders(PAIR)) - before

    assert asked(exchange, script) == 0


def test_a_market_buy_spends_no_more_than_its_cost_fee_included(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        before = (await client.fetch_balance())["USD"]["total"]
        order = await client.create_market_buy_order_with_cost(PAIR, 500)
        seen = await client.fetch_order(order["id"])
        return seen, before - (await client.fetch_balance())["USD"]["total"]

    seen, spent = asked(exchange, script)
    assert 499.9 < spent <= 500
    assert seen["status"] == "closed"
    assert seen["info"]["order_configuration"] == {"market_market_ioc": {"quote_size": "500"}}
    assert float(seen["fee"]["cost"]) == pytest.approx(500 / 1.001 * 0.001, abs=1e-3)


@pytest.mark.parametrize(("lifetime", "filled"), [("IOC", 10_000.0), ("FOK", 0.0)])
def test_an_immediate_order_leaves_nothing_in_the_book(
    exchange: LocalExchange, lifetime: str, filled: float
) -> None:
    async def script(client: Any) -> Any:
        order = await client.create_order(
            PAIR, "limit", "buy", 30_000, 0.99901, {"timeInForce": lifetime}
        )
        return await client.fetch_order(order["id"])

    order = asked(exchange, script)
    assert (order["status"], order["filled"]) == ("canceled", filled)
    assert order["timeInForce"] == lifetime


def test_orders_come_in_pages_and_by_state(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        ids = [(await placed(client, f"page {number}"))["id"] for number in range(5)]
        await client.cancel_order(ids[0])
        first = await client.fetch_orders(PAIR, None, 2)
        cursor = first[-1]["info"].get("cursor") or first[0]["info"]["cursor"]
        second = await client.fetch_orders(PAIR, None, 2, {"cursor": cursor})
        canceled = await client.fetch_canceled_orders(PAIR)
        open_orders = await client.fetch_open_orders(PAIR)
        await client.cancel_orders(ids[1:])
        return ids, first, second, canceled, open_orders

    ids, first, second, canceled, open_orders = asked(exchange, script)
    assert {one["id"] for one in (*first, *second)} == set(ids[1:])
    assert ids[0] in {one["id"] for one in canceled}
    assert ids[0] not in {one["id"] for one in open_orders}
    assert set(ids[1:]) <= {one["id"] for one in open_orders}


def test_cancelling_what_is_over_fails_and_says_so(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        order = await placed(client, "once")
        await client.cancel_order(order["id"])
        with pytest.raises(ccxt.BadRequest, match="has failed"):
            await client.cancel_order(order["id"])
        with pytest.raises(ccxt.ExchangeError, match="was not found"):
            await client.fetch_order("never-placed")

    asked(exchange, script)


def test_a_token_opens_only_the_request_that_it_names(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        url = f"{exchange.url}/api.coinbase.com/api/v3/brokerage"
        token = client.create_auth_token(client.seconds(), "GET", f"{url}/accounts")
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.fetch(f"{url}/accounts", "GET", headers)
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch(f"{url}/orders/historical/batch", "GET", headers)
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch(f"{url}/accounts", "GET", {"Authorization": f"Bearer {token}x"})
        return answer

    assert asked(exchange, script)["accounts"]


def test_a_token_of_another_key_opens_nothing(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        client.apiKey = "organizations/another/apiKeys/one"
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()

    asked(exchange, script)


@pytest.mark.parametrize("skew_s", [300.0, -300.0])
def test_a_token_is_over_or_not_yet_due_on_a_clock_that_is_off(
    exchange: LocalExchange, skew_s: float
) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=MishapKind.SKEW, venue="coinbase", amount=skew_s))
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()
        assert await client.fetch_time() / 1_000 == pytest.approx(time.time() + skew_s, abs=5)

    asked(exchange, script)


def test_requests_beyond_the_second_s_allowance_are_answered_429() -> None:
    venue = msgspec.structs.replace(COINBASE, limits=RequestLimits(weight_per_minute=600))

    async def script(client: Any) -> Any:
        await asyncio.sleep(1)
        requests = (client.fetch_time() for _ in range(25))
        answers = await asyncio.gather(*requests, return_exceptions=True)
        return [type(answer) for answer in answers if isinstance(answer, Exception)]

    with start_exchange(msgspec.structs.replace(OPTIONS, venues=(venue,))) as exchange:
        refused = asked(exchange, script)
    assert set(refused) == {ccxt.RateLimitExceeded}
    assert 5 <= len(refused) <= 15


def test_a_currency_without_an_open_way_out_says_so(exchange: LocalExchange) -> None:
    closed = Network(name="ETH", withdrawals_open=False)
    exchange.set_networks("coinbase", "USDT", (closed,))

    async def script(client: Any) -> Any:
        answer = await client.v2_private_get_accounts()
        return {row["currency"]["code"]: row for row in answer["data"]}

    wallets = asked(exchange, script)
    ways = [wallets["USDT"][name] for name in ("allow_deposits", "allow_withdrawals")]
    assert ways == [True, False]
    assert wallets["DAI"]["allow_withdrawals"] is True


def test_fees_are_those_of_the_account(exchange: LocalExchange) -> None:
    fees = asked(exchange, lambda client: client.fetch_trading_fees())
    assert (fees[PAIR]["maker"], fees[PAIR]["taker"]) == (0.0, 0.001)

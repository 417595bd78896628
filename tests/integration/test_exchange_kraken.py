"""Unmodified ccxt against the local Kraken: REST, from the list of markets to the last fee."""

import asyncio
import time
from collections.abc import Awaitable
from decimal import Decimal
from functools import partial
from typing import Any

import ccxt.async_support as ccxt
import msgspec
import pytest
from support.local_venues import ask, mended_fixture, running_fixture

from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.exchange_options import KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.request_meter import RequestLimits
from bot.sandbox.exchange.spot_market import MarketState, Network

PAIR = "USDC/USD"
MARKET = next(market for market in KRAKEN.markets if market.pair == PAIR)
OPTIONS = LocalExchangeOptions(venues=(KRAKEN,), prices={PAIR: Decimal("0.9990")}, breath_s=None)
running = running_fixture(OPTIONS)
mended = mended_fixture(KRAKEN, PAIR)
asked = partial(ask, "kraken")


@pytest.fixture
def exchange(mended: LocalExchange) -> LocalExchange:
    asked(mended, lambda client: client.cancel_all_orders())
    return mended


def test_markets_have_their_own_ticks_steps_and_least_sizes(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        return client.markets

    markets = asked(exchange, script)
    assert set(markets) == {market.pair for market in KRAKEN.markets}
    assert markets[PAIR]["precision"] == {"amount": 1e-8, "price": 0.0001}
    assert markets["USDT/USD"]["precision"]["price"] == 0.00001
    assert markets["USDT/USD"]["id"] == "USDTZUSD"
    assert markets[PAIR]["limits"]["amount"]["min"] == float(MARKET.min_size)
    assert markets[PAIR]["limits"]["cost"]["min"] == float(MARKET.min_value)
    assert all(market["active"] for market in markets.values())


@pytest.mark.parametrize(
    ("state", "text"),
    [(MarketState.CANCEL_ONLY, "cancel_only"), (MarketState.POST_ONLY, "post_only")],
)
def test_a_restricted_market_is_inactive_and_refuses_in_its_own_mode(
    exchange: LocalExchange, state: MarketState, text: str
) -> None:
    exchange.set_market("kraken", msgspec.structs.replace(MARKET, state=state))

    async def script(client: Any) -> None:
        assert client.markets[PAIR]["active"] is False
        with pytest.raises(ccxt.OnMaintenance, match=f"Market in {text} mode"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.9)

    asked(exchange, script)


def test_a_book_has_the_venue_s_prices_and_sizes_of_three_decimals(
    exchange: LocalExchange,
) -> None:
    book = asked(exchange, lambda client: client.fetch_order_book(PAIR, 25))
    ours = exchange.venue("kraken").books[PAIR]
    for side, levels in (("bids", ours.bids), ("asks", ours.asks)):
        assert [level[0] for level in book[side]] == [float(price) for price, _ in levels]
        told = [level[1] for level in book[side]]
        assert told == pytest.approx([float(size) for _, size in levels], abs=6e-4)
        assert all(round(size, 3) == size for size in told)
    assert all(abs(level[2] - time.time()) < 60 for level in book["bids"])


def test_an_untouched_level_keeps_the_time_of_its_last_change(exchange: LocalExchange) -> None:
    async def script(client: Any) -> tuple[Any, Any]:
        before = await client.fetch_order_book(PAIR, 3)
        await asyncio.sleep(1.1)
        await client.create_order(PAIR, "limit", "buy", 7, before["bids"][1][0])
        return before, await client.fetch_order_book(PAIR, 3)

    before, after = asked(exchange, script)
    assert after["bids"][0][2] == before["bids"][0][2]
    assert after["bids"][1][2] > before["bids"][1][2]
    assert after["bids"][1][1] == before["bids"][1][1] + 7


def test_candles_from_the_past_come_back_and_only_the_newest_720(exchange: LocalExchange) -> None:
    now_s = int(time.time())
    first_s = now_s - now_s % 60 - 1_000 * 60
    bars = [
        Bar(
            open_s=first_s + 60 * number,
            open=Decimal("0.9990"),
            high=Decimal("0.9995"),
            low=Decimal("0.9000"),
            close=Decimal("0.9100") + Decimal(number) / 100_000,
            volume=Decimal(10),
            value=Decimal("9.5"),
            trades=3,
        )
        for number in range(1_000)
    ]
    exchange.seed_candles("kraken", "EUR/USD", bars)

    async def script(client: Any) -> tuple[Any, Any]:
        since = bars[990].open_s * 1_000
        every = await client.fetch_ohlcv("EUR/USD", "1m", bars[0].open_s * 1_000)
        return every, await client.fetch_ohlcv("EUR/USD", "1m", since)

    every, newest = asked(exchange, script)
    assert len(every) == 720
    assert newest[0][:5] == [bars[990].open_s * 1_000, 0.999, 0.9995, 0.9, 0.9199]
    assert len(newest) == 10


def test_trades_after_a_moment_leave_earlier_ones_out(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "market", "buy", 11)
        first = (await client.fetch_trades(PAIR))[-1]
        await asyncio.sleep(1.1)
        await client.create_order(PAIR, "market", "sell", 12)
        since = {"since": str(first["timestamp"] * 1_000_000 + 999_999)}
        return first, await client.fetch_trades(PAIR, params=since)

    first, later = asked(exchange, script)
    assert (first["amount"], first["side"], first["type"]) == (11.0, "buy", "market")
    assert [(trade["amount"], trade["side"]) for trade in later] == [(12.0, "sell")]


def test_a_resting_order_holds_its_value_and_fee_until_it_is_cancelled(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        order = await client.create_order(PAIR, "limit", "buy", 1_000, 0.95)
        assert order["status"] is None  # Kraken answers with an id and no word of its state
        held = (await client.fetch_balance())["USD"]
        open_orders = await client.fetch_open_orders(PAIR)
        await client.cancel_order(order["id"])
        freed = (await client.fetch_balance())["USD"]
        closed = await client.fetch_closed_orders(PAIR)
        return order, held, open_orders, freed, closed

    order, held, open_orders, freed, closed = asked(exchange, script)
    assert held["used"] == pytest.approx(950 * 1.002)
    assert freed["used"] == 0
    assert [(one["id"], one["status"]) for one in open_orders] == [(order["id"], "open")]
    last = next(one for one in closed if one["id"] == order["id"])
    assert (last["status"], last["filled"]) == ("canceled", 0)
    assert last["info"]["reason"] == "User requested"


def test_an_order_filled_in_part_tells_its_average_price_fee_and_trades(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        order = await client.create_order(PAIR, "limit", "buy", 50_000, 0.9970)
        exchange.set_price("kraken", PAIR, "0.9968")  # asks from 0.9969 up cross it
        seen = await client.fetch_order(order["id"])
        trades = await client.fetch_my_trades(PAIR)
        return order, seen, [trade for trade in trades if trade["order"] == order["id"]]

    order, seen, trades = asked(exchange, script)
    filled = sum(Decimal(str(trade["amount"])) for trade in trades)
    value = sum(Decimal(trade["info"]["cost"]) for trade in trades)
    assert 0 < filled < 50_000
    assert (seen["status"], seen["filled"]) == ("open", float(filled))
    assert seen["average"] == pytest.approx(float(value / filled), abs=1e-5)
    assert float(seen["fee"]["cost"]) == pytest.approx(float(value) * 0.002, abs=1e-4)
    assert set(seen["info"]["trades"]) == {trade["id"] for trade in trades}
    assert {trade["takerOrMaker"] for trade in trades} == {"maker"}
    assert seen["id"] == order["id"]


def test_a_client_id_is_refused_while_its_order_is_open_and_free_afterwards(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        named = {"clientOrderId": "one-of-mine"}
        first = await client.create_order(PAIR, "limit", "buy", 100, 0.95, named)
        with pytest.raises(ccxt.ExchangeError, match="Duplicate"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.95, named)
        found = await client.fetch_open_orders(PAIR, params=named)
        await client.cancel_order("", params=named)
        second = await client.create_order(PAIR, "limit", "buy", 100, 0.95, named)
        return first["id"], [one["id"] for one in found], second["id"]

    first, found, second = asked(exchange, script)
    assert found == [first]
    assert second != first


def test_a_client_id_of_an_unknown_form_is_refused(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        named = {"clientOrderId": "longer-than-eighteen-characters"}
        with pytest.raises(ccxt.ExchangeError, match="cl_ord_id"):
            await client.create_order(PAIR, "limit", "buy", 100, 0.95, named)

    asked(exchange, script)


def test_a_user_reference_cancels_all_orders_that_carry_it(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        for price in (0.95, 0.94, 0.93):
            reference = {"userref": 7 if price < 0.95 else 8}
            await client.create_order(PAIR, "limit", "buy", 100, price, reference)
        await client.cancel_order("", params={"userref": 7})
        return await client.fetch_open_orders(PAIR)

    assert [order["price"] for order in asked(exchange, script)] == [0.95]


@pytest.mark.parametrize(
    ("order", "kind", "text"),
    [
        (("limit", "buy", 100, 0.9995, {"postOnly": True}), ccxt.ExchangeError, "Post only"),
        (("limit", "buy", 0.001, 0.95, {}), ccxt.InvalidOrder, "minimum not met"),
        (("limit", "buy", 2, 0.95, {}), ccxt.ExchangeError, "Cost minimum"),
        (("limit", "buy", 5_000_000, 0.95, {}), ccxt.InsufficientFunds, "Insufficient funds"),
        (("limit", "buy", 100, 0.95, {"timeInForce": "GTD"}), ccxt.ExchangeError, "timeinforce"),
        (("limit", "buy", 100, 0.95, {"price": "0.95555"}), ccxt.ExchangeError, "4 decimals"),
        (
            ("limit", "buy", 100, 0.95, {"deadline": "2020-01-01T00:00:00Z"}),
            ccxt.ExchangeError,
            "Deadline",
        ),
    ],
)
def test_orders_against_the_rules_are_refused_with_kraken_s_words(
    exchange: LocalExchange, order: Any, kind: type[Exception], text: str
) -> None:
    name, side, size, price, params = order

    async def script(client: Any) -> Any:
        with pytest.raises(kind, match=text):
            await client.create_order(PAIR, name, side, size, price, params)
        return await client.fetch_open_orders(PAIR)

    assert asked(exchange, script) == []


def test_an_order_to_be_validated_is_described_and_not_taken(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        params = {"validate": "true"}
        order = await client.create_order(PAIR, "limit", "buy", 100, 0.95, params)
        return order, await client.fetch_open_orders(PAIR)

    order, open_orders = asked(exchange, script)
    assert (order["id"], order["amount"], order["price"]) == (None, 100.0, 0.95)
    assert open_orders == []


def test_a_market_order_by_cost_spends_no_more_than_that_and_the_fee(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        before = (await client.fetch_balance())["USD"]["total"]
        order = await client.create_market_buy_order_with_cost(PAIR, 500)
        seen = await client.fetch_order(order["id"])
        after = (await client.fetch_balance())["USD"]["total"]
        return seen, before - after

    seen, spent = asked(exchange, script)
    assert seen["status"] == "closed"
    assert 499.9 < spent - float(seen["fee"]["cost"]) <= 500
    assert float(seen["fee"]["cost"]) == pytest.approx(500 * 0.002, abs=1e-3)


def test_an_immediate_order_leaves_nothing_in_the_book(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        params = {"timeInForce": "IOC"}
        order = await client.create_order(PAIR, "limit", "buy", 30_000, 0.9991, params)
        return await client.fetch_order(order["id"])

    order = asked(exchange, script)
    assert order["status"] == "canceled"
    assert order["filled"] == 10_000


def test_the_fee_that_is_told_is_the_fee_that_is_taken(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        told = await client.fetch_trading_fee(PAIR)
        order = await client.create_order(PAIR, "market", "buy", 1_000)
        return told, await client.fetch_order(order["id"])

    told, order = asked(exchange, script)
    assert order["fee"]["currency"] == "USD"
    taken = float(order["fee"]["cost"])
    assert taken == pytest.approx(told["taker"] * order["cost"], abs=1e-4)


def test_wrong_keys_signatures_and_nonces_are_told_apart(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        await client.fetch_balance()
        client.incrementing_nonce = lambda: 1
        with pytest.raises(ccxt.InvalidNonce):
            await client.fetch_balance()
        del client.incrementing_nonce
        secret, client.secret = client.secret, "bm90IGl0"
        with pytest.raises(ccxt.ExchangeError, match="Invalid signature"):
            await client.fetch_balance()
        client.secret, client.apiKey = secret, "nobody"
        with pytest.raises(ccxt.AuthenticationError, match="Invalid key"):
            await client.fetch_balance()

    asked(exchange, script)


def test_orders_are_cancelled_when_the_timer_is_not_set_again(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "limit", "buy", 100, 0.95)
        await client.cancel_all_orders_after(1_000)
        await client.cancel_all_orders_after(0)
        await asyncio.sleep(1.2)
        kept = len(await client.fetch_open_orders(PAIR))
        await client.cancel_all_orders_after(1_000)
        await asyncio.sleep(1.2)
        return kept, len(await client.fetch_open_orders(PAIR))

    assert asked(exchange, script) == (1, 0)


def test_a_timeout_that_ccxt_takes_for_a_refusal_leaves_an_order_that_its_name_finds(
    exchange: LocalExchange,
) -> None:
    async def script(client: Any) -> Any:
        kind = MishapKind.DONE_THEN_TIMEOUT
        exchange.misbehave(Mishap(kind=kind, venue="kraken", request="AddOrder", times=1))
        named = {"clientOrderId": "lost"}
        with pytest.raises(ccxt.ExchangeError, match="EService:Timeout") as caught:
            await client.create_order(PAIR, "limit", "buy", 100, 0.95, named)
        return caught.value, await client.fetch_open_orders(PAIR, params=named)

    error, found = asked(exchange, script)
    assert not isinstance(error, ccxt.NetworkError)
    assert [order["clientOrderId"] for order in found] == ["lost"]


def test_a_ban_is_answered_by_the_wall_before_kraken(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=MishapKind.LIMITED, venue="kraken", times=1))
        with pytest.raises(ccxt.DDoSProtection, match="EAPI:Rate limit exceeded"):
            await client.fetch_order_book(PAIR)
        exchange.misbehave(Mishap(kind=MishapKind.BANNED, venue="kraken", times=1, amount=9))
        with pytest.raises(ccxt.RateLimitExceeded):
            await client.fetch_order_book(PAIR)
        assert client.last_response_headers["Retry-After"] == "9"

    asked(exchange, script)


def test_ways_in_and_out_that_are_closed_are_not_offered(exchange: LocalExchange) -> None:
    closed = Network(name="TRX", withdrawals_open=False, deposits_open=False)
    half = Network(name="ETH", withdraw_fee=Decimal(3), deposits_open=False)
    exchange.set_networks("kraken", "USDT", (closed, half))

    async def script(client: Any) -> Any:
        out = await client.private_post_withdrawmethods({"asset": "USDT"})
        return await client.fetch_deposit_methods("USDT"), out["result"]

    ways_in, ways_out = asked(exchange, script)
    assert ways_in == []
    assert [(way["network"], way["fee"]["fee"]) for way in ways_out] == [("Ethereum", "3")]


async def _answered(request: Awaitable[Any]) -> bool:
    try:
        await request
    except ccxt.DDoSProtection:
        return False
    return True


def test_the_private_counter_fills_and_drains_as_its_tier_says() -> None:
    limits = RequestLimits(weight_per_minute=60)  # Kraken's "pro": 20 at most, 1 a second off
    venue = msgspec.structs.replace(KRAKEN, limits=limits)

    async def script(client: Any) -> int:
        answers = [await _answered(client.fetch_balance()) for _ in range(30)]
        taken = answers.index(False)
        await asyncio.sleep(1.1)
        assert await _answered(client.fetch_balance())
        return taken

    options = msgspec.structs.replace(OPTIONS, venues=(venue,))
    with start_exchange(options) as exchange:
        assert 19 <= asked(exchange, script) <= 22


def test_a_market_that_is_not_listed_is_unknown(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        with pytest.raises(ccxt.ExchangeError, match="Unknown asset pair"):
            await client.public_get_depth({"pair": "USTUSD"})
        with pytest.raises(ccxt.BadRequest, match="EGeneral:Invalid arguments"):
            await client.public_get_ohlc({"pair": "USDCUSD", "interval": "7"})

    asked(exchange, script)


def test_a_ticker_sums_the_trades_of_the_day() -> None:
    async def script(client: Any) -> Any:
        await client.create_order(PAIR, "market", "buy", 100)
        await client.create_order(PAIR, "market", "sell", 300)
        return await client.fetch_ticker(PAIR), await client.fetch_tickers()

    with start_exchange(OPTIONS) as exchange:
        one, every = asked(exchange, script)
    assert (one["bid"], one["ask"], one["last"]) == (0.9989, 0.9991, 0.9989)
    assert (one["low"], one["high"], one["baseVolume"]) == (0.9989, 0.9991, 400.0)
    assert set(every) == {market.pair for market in KRAKEN.markets}


def test_a_market_named_by_any_of_its_three_names_is_the_same(exchange: LocalExchange) -> None:
    async def script(client: Any) -> Any:
        names = ("USDTZUSD", "USDTUSD", "USDT/USD")
        return [await client.public_get_ticker({"pair": name}) for name in names]

    answers = asked(exchange, script)
    assert [list(answer["result"]) for answer in answers] == [["USDTZUSD"]] * 3


def test_its_clock_goes_as_it_is_told(exchange: LocalExchange) -> None:
    exchange.misbehave(Mishap(kind=MishapKind.SKEW, venue="kraken", amount=-90))
    told = asked(exchange, lambda client: client.fetch_time())
    assert told / 1_000 == pytest.approx(time.time() - 90, abs=5)

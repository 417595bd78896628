"""What the local Binance does to requests on command, as unmodified ccxt sees it."""

from functools import partial
from typing import Any

import ccxt.async_support as ccxt
import msgspec
import pytest
import urllib3
from support.local_venues import ask, mended_fixture, running_fixture

from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.request_meter import RequestLimits

PAIR = "USDC/USDT"
ORDER = "POST /api.binance.com/api/v3/order"
running = running_fixture(LocalExchangeOptions(venues=(BINANCE,), breath_s=None))
exchange = mended_fixture(BINANCE, PAIR)
asked = partial(ask, "binance", timeout_ms=1_000)


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (MishapKind.SERVER_ERROR, ccxt.ExchangeNotAvailable, "500"),
        (MishapKind.UNAVAILABLE, ccxt.ExchangeNotAvailable, "503"),
        (MishapKind.WEB_PAGE, ccxt.ExchangeNotAvailable, "502"),
        (MishapKind.HANG, ccxt.RequestTimeout, "GET"),
        (MishapKind.LIMITED, ccxt.DDoSProtection, "429"),
        (MishapKind.BANNED, ccxt.DDoSProtection, "418"),
        (MishapKind.TRUNCATED, ccxt.BaseError, "GET"),
    ],
)
def test_a_mishap_spoils_one_request_and_no_more(
    exchange: LocalExchange, kind: MishapKind, error: type[Exception], words: str
) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=kind, venue="binance", times=1))
        with pytest.raises(error, match=words):
            await client.fetch_order_book(PAIR)
        assert (await client.fetch_order_book(PAIR))["bids"]

    asked(exchange, script)


def test_a_question_cut_off_twice_fails(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=MishapKind.CLOSE, times=2))  # the first is asked again
        with pytest.raises(ccxt.NetworkError):
            await client.fetch_order_book(PAIR)
        assert (await client.fetch_order_book(PAIR))["bids"]

    asked(exchange, script)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (MishapKind.DONE_THEN_TIMEOUT, ccxt.RequestTimeout),  # -1007
        (MishapKind.DONE_THEN_CLOSE, ccxt.NetworkError),
    ],
)
def test_an_order_of_unknown_outcome_was_accepted_and_is_found_by_its_client_id(
    exchange: LocalExchange, kind: MishapKind, error: type[Exception]
) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=kind, request=ORDER, times=1))
        named = {"clientOrderId": f"ours-{kind}"}
        with pytest.raises(error):
            await client.create_order(PAIR, "limit", "buy", 100, 0.99, named)
        found = await client.fetch_order(None, PAIR, {"origClientOrderId": f"ours-{kind}"})
        assert (found["status"], found["amount"]) == ("open", 100)

    asked(exchange, script)


def test_a_refused_order_was_not_accepted(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        before = len(await client.fetch_orders(PAIR))
        exchange.misbehave(Mishap(kind=MishapKind.UNAVAILABLE, request=ORDER, times=1))
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await client.create_order(PAIR, "limit", "buy", 100, 0.99)
        assert len(await client.fetch_orders(PAIR)) == before

    asked(exchange, script)


@pytest.mark.parametrize("skew_s", [30, -30])
def test_a_clock_that_is_off_refuses_signed_requests_and_serves_the_others(
    exchange: LocalExchange, skew_s: float
) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=MishapKind.SKEW, amount=skew_s))
        with pytest.raises(ccxt.InvalidNonce, match="-1021"):
            await client.fetch_balance()
        server_ms = await client.fetch_time()
        assert skew_s * 1_000 - 2_000 < server_ms - client.milliseconds() < skew_s * 1_000 + 2_000
        exchange.mend()
        await client.fetch_balance()

    asked(exchange, script)


def test_a_venue_that_is_down_answers_nobody_until_it_is_up_again(exchange: LocalExchange) -> None:
    async def script(client: Any) -> None:
        exchange.misbehave(Mishap(kind=MishapKind.DOWN, venue="binance"))
        for _ in range(2):
            with pytest.raises(ccxt.NetworkError):
                await client.fetch_order_book(PAIR)
        exchange.mend()
        await client.fetch_order_book(PAIR)

    asked(exchange, script)


def test_too_much_weight_is_refused_with_a_wait_and_insisting_with_a_ban() -> None:
    limits = RequestLimits(weight_per_minute=100, refusals_before_ban=2, ban_s=150)
    venue = msgspec.structs.replace(BINANCE, limits=limits)
    options = LocalExchangeOptions(venues=(venue,), breath_s=None)
    pool = urllib3.PoolManager(retries=False)
    with start_exchange(options) as exchange:
        address = f"{exchange.url}/api.binance.com/api/v3/depth?symbol=USDCUSDT&limit=1000"
        answers = [pool.request("GET", address) for _ in range(5)]
    pool.clear()
    assert [one.status for one in answers] == [200, 200, 429, 429, 418]  # 50 each
    assert [one.headers.get("X-MBX-USED-WEIGHT-1M") for one in answers[:2]] == ["50", "100"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert int(answers[4].headers["Retry-After"]) == 150
    assert msgspec.json.decode(answers[4].data)["code"] == -1003


def test_too_many_orders_in_ten_seconds_are_refused() -> None:
    limits = RequestLimits(orders_per_ten_s=3)
    venue = msgspec.structs.replace(BINANCE, limits=limits)

    async def script(client: Any) -> int:
        placed = 0
        while placed < 7:  # the ten seconds may turn once
            try:
                await client.create_order(PAIR, "limit", "buy", 100, 0.99)
            except ccxt.DDoSProtection as refused:  # HTTP 429
                assert "-1015" in str(refused)  # noqa: PT017 - the loop ends with it or fails
                break
            placed += 1
        return placed

    with start_exchange(LocalExchangeOptions(venues=(venue,), breath_s=None)) as exchange:
        assert 3 <= asked(exchange, script) <= 6

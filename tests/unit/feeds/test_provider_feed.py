"""A provider of prices over a real socket, honest and hostile."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from random import Random
from typing import Any

import pytest
from aiohttp import web
from support.memory import resident_bytes

from bot.domain.errors import BadConfiguration
from bot.domain.ticks import Fault, FaultKind, Message, Restored, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.chain_options import ProviderOptions
from bot.feeds.llama_prices import LlamaPrices
from bot.feeds.provider_feed import ProviderFeed

NOW_S = 1_700_000_000
QUICK = ProviderOptions(slowest_s=0.001, fastest_s=0.0005, last_retry_s=0.001)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class StillClock:
    """Always the same second; silence is measured by the loop."""

    def now(self) -> Nanos:
        return Nanos(NOW_S * NANOS_PER_S)

    def monotonic(self) -> Nanos:
        return Nanos(int(asyncio.get_running_loop().time() * NANOS_PER_S))


def coin(price: Any, **changes: Any) -> dict[str, Any]:
    return {"price": price, "timestamp": NOW_S - 10, "confidence": 0.99, **changes}


def body(**coins: dict[str, Any]) -> str:
    names = {"USDC": "coingecko:usd-coin", "DAI": "coingecko:dai"}
    return json.dumps({"coins": {names[name]: told for name, told in coins.items()}})


@asynccontextmanager
async def provider(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/prices/current/{coins}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def scripted(*answers: web.Response | str) -> Handler:
    """Give one answer after the other, the last again and again."""
    left = list(answers)

    async def handle(_: web.Request) -> web.StreamResponse:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, str):
            return web.Response(text=answer)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    return handle


async def said(handler: Handler, count: int, coins: tuple[str, ...] = ("USDC",)) -> list[Message]:
    """Return the first messages."""
    async with provider(handler) as url, asyncio.timeout(20):
        feed = ProviderFeed(LlamaPrices(coins, url=url, timeout_s=5), QUICK, StillClock())
        found: list[Message] = []
        async with aclosing(aiter(feed)) as messages:  # type: ignore[type-var]
            async for message in messages:
                found.append(message)
                if len(found) == count:
                    break
        return found


def first(handler: Handler, count: int = 1, coins: tuple[str, ...] = ("USDC",)) -> list[Message]:
    return asyncio.run(said(handler, count, coins))


def test_a_price_is_told_to_its_last_digit_and_dated_by_the_provider() -> None:
    (tick,) = first(scripted(body(USDC=coin(0.999_812_345_678_9))))
    assert isinstance(tick, Tick)
    assert (tick.venue, tick.pair, tick.kind) == ("DefiLlama", "USDC/USD", SourceKind.ORACLE)
    assert tick.bid == tick.ask == 999_812_345_678_900_000
    assert tick.at == (NOW_S - 10) * NANOS_PER_S
    assert tick.seen_at == NOW_S * NANOS_PER_S


def test_all_coins_are_asked_for_in_one_request() -> None:
    asked = []

    async def handle(request: web.Request) -> web.StreamResponse:
        asked.append(request.match_info["coins"])
        return web.Response(text=body(USDC=coin(1), DAI=coin(0.5)))

    found = first(handle, 2, ("USDC", "DAI"))
    assert asked[0] == "coingecko:usd-coin,coingecko:dai"
    assert [(t.pair, t.bid) for t in found if isinstance(t, Tick)] == [
        ("USDC/USD", WAD),
        ("DAI/USD", WAD // 2),
    ]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ("{", FaultKind.MALFORMED),
        ("[]", FaultKind.MALFORMED),
        ('{"coins": {"coingecko:usd-coin": {"price": "x", "timestamp": 1}}}', FaultKind.MALFORMED),
        ("[" * 100_000, FaultKind.MALFORMED),
        ('{"coins": {}}', FaultKind.EMPTY),
        (body(USDC=coin(1, confidence=0.5)), FaultKind.EMPTY),
        (body(USDC=coin(0)), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin(-1)), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin("NaN")), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin("Infinity")), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin("1e400000")), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin("0." + "1" * 500_000)), FaultKind.NOT_A_NUMBER),
        (body(USDC=coin(1e12)), FaultKind.SHIFTED),
        (body(USDC=coin(1e-9)), FaultKind.SHIFTED),
        (body(USDC=coin(1, timestamp=NOW_S + 61)), FaultKind.CLOCK),
        (body(USDC=coin(1, timestamp=NOW_S - 601)), FaultKind.STALLED),
        (web.Response(status=429), FaultKind.LIMITED),
        (web.Response(status=500), FaultKind.DISCONNECTED),
        (web.Response(status=404), FaultKind.REFUSED),
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}), FaultKind.REFUSED),
        (web.Response(body=b" " * 2_000_000), FaultKind.OVERSIZED),
    ],
    ids=lambda value: value.name if isinstance(value, FaultKind) else "",
)
def test_what_is_no_price_is_a_fault_and_a_price_afterwards_restores(
    answer: web.Response | str, what: FaultKind
) -> None:
    fault, tick, restored = first(scripted(answer, body(USDC=coin(1))), 3)
    assert isinstance(fault, Fault)
    assert (fault.venue, fault.pair, fault.what) == ("DefiLlama", "USDC/USD", what)
    assert isinstance(tick, Tick)
    assert isinstance(restored, Restored)


def test_a_provider_that_hangs_up_is_a_fault_of_every_pair() -> None:
    async def hang_up(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    found = first(hang_up, 2, ("USDC", "DAI"))
    assert [(f.pair, f.what) for f in found if isinstance(f, Fault)] == [
        ("USDC/USD", FaultKind.DISCONNECTED),
        ("DAI/USD", FaultKind.DISCONNECTED),
    ]


def test_one_bad_price_leaves_the_other_pair_trusted() -> None:
    found = first(scripted(body(USDC=coin(0), DAI=coin(1))), 2, ("USDC", "DAI"))
    assert [type(message) for message in found] == [Fault, Tick]


def test_it_waits_as_long_as_it_is_told_to() -> None:
    asked: list[float] = []

    async def handle(_: web.Request) -> web.StreamResponse:
        asked.append(asyncio.get_running_loop().time())
        if len(asked) == 1:
            return web.Response(status=429, headers={"Retry-After": "1"})
        return web.Response(text=body(USDC=coin(1)))

    first(handle, 2)
    assert asked[1] - asked[0] >= 1.0


def test_it_asks_more_often_while_prices_move() -> None:
    options = ProviderOptions(slowest_s=0.2, fastest_s=0.01)

    async def count(*prices: float) -> int:
        asked = 0

        async def handle(_: web.Request) -> web.StreamResponse:
            nonlocal asked
            asked += 1
            return web.Response(text=body(USDC=coin(prices[asked % len(prices)])))

        async with provider(handle) as url:
            feed = ProviderFeed(LlamaPrices(("USDC",), url=url), options, StillClock())

            async def take() -> None:
                async for _ in feed:
                    pass

            task = asyncio.create_task(take())
            await asyncio.sleep(2)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return asked

    assert asyncio.run(count(1.0, 0.9)) > 2 * asyncio.run(count(1.0))


def test_a_coin_that_the_provider_is_not_known_to_list_is_a_configuration_error() -> None:
    with pytest.raises(BadConfiguration, match="UNHEARD"):
        LlamaPrices(("USDC", "UNHEARD"))


def hostile(random: Random) -> bytes:
    """Return one maimed or forged answer."""
    true = body(USDC=coin(random.choice((1, "1", -1, 0, "NaN", 1e300, None, [], {}))))
    kind = random.randrange(4)
    if kind == 0:
        return random.randbytes(random.randrange(300))
    if kind == 1:
        return true.encode()[: random.randrange(len(true))]
    if kind == 2:
        return json.dumps(random.choice((None, 1, "", [], {}, {"coins": None}))).encode()
    return true.encode()


@pytest.mark.slow
def test_ten_thousand_hostile_answers_raise_nothing_and_leave_no_memory() -> None:
    random = Random(7)  # noqa: S311 - repeatable hostility
    left = 10_000

    async def handle(_: web.Request) -> web.StreamResponse:
        nonlocal left
        left -= 1
        if left < 0:
            return web.Response(text=body(USDC=coin(0.97)))
        return web.Response(status=random.choice((200, 200, 200, 503)), body=hostile(random))

    async def last() -> tuple[Message, int]:
        fast = ProviderOptions(slowest_s=1e-5, fastest_s=1e-6, last_retry_s=1e-5)
        async with provider(handle) as url, asyncio.timeout(120):
            feed = ProviderFeed(LlamaPrices(("USDC",), url=url), fast, StillClock())
            before = resident_bytes()
            async for message in feed:
                assert isinstance(message, Tick | Fault | Restored)
                if left < 0 and isinstance(message, Tick):
                    return message, resident_bytes() - before
        raise AssertionError

    tick, grown = asyncio.run(last())
    assert isinstance(tick, Tick)
    assert tick.bid == WAD * 97 // 100
    assert grown < 50_000_000

"""Paper trading: local books that follow those of another venue."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from decimal import Decimal

import ccxt.pro  # noqa: F401 - takes seconds, which are not to be the mirror's
import msgspec
import pytest
import urllib3

from bot.domain.ticks import Fault, FaultKind, Restored, SourceKind, Supply, Tick
from bot.domain.units import Nanos, Wad
from bot.sandbox.exchange.control import EmptyBook, SetPrice
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.price_mirror import lever_of, mirror_all

PAIR = "USDC/USDT"
VENUE = msgspec.structs.replace(BINANCE, markets=BINANCE.markets[:1])
OPTIONS = LocalExchangeOptions(venues=(VENUE,), breath_s=0.2)
PATIENCE_S = 40.0
AT = Nanos(1)


def tick(bid: int, ask: int, kind: SourceKind = SourceKind.CEX) -> Tick:
    return Tick(
        venue="binance",
        kind=kind,
        asset="USDC",
        currency="USDT",
        bid=Wad(bid * 10**14),
        ask=Wad(ask * 10**14),
        depth=Wad(7_000 * 10**18),
        at=AT,
        seen_at=AT,
    )


def test_prices_move_a_book_and_faults_empty_it() -> None:
    moved = SetPrice(
        venue="binance", pair=PAIR, bid=Decimal("0.99"), ask=Decimal("0.991"), depth=Decimal(7_000)
    )
    assert lever_of(tick(9_900, 9_910)) == moved
    assert lever_of(tick(9_900, 9_900)) == SetPrice(
        venue="binance", pair=PAIR, price=Decimal("0.99")
    )
    fault = Fault(venue="binance", pair=PAIR, what=FaultKind.STALLED, at=AT)
    assert lever_of(fault) == EmptyBook(venue="binance", pair=PAIR)


def test_what_is_no_exchange_price_moves_nothing() -> None:
    assert lever_of(tick(9_900, 9_900, SourceKind.ORACLE)) is None
    assert lever_of(Supply(asset="USDC", total=Wad(1), at=AT, seen_at=AT)) is None
    assert lever_of(Restored(venue="binance", pair=PAIR, at=AT)) is None


def test_a_mirror_follows_and_shows_nothing_while_the_venue_is_silent() -> None:
    with start_exchange(OPTIONS) as real, start_exchange(OPTIONS) as paper:
        seen: list[bool] = []

        async def watch() -> None:
            for price in ("0.9700", "0.9200"):
                real.set_price("binance", PAIR, price)
                seen.append(await _comes_true(lambda: top(paper) == top(real) != ()))
            real.misbehave(Mishap(kind=MishapKind.DOWN, venue="binance"))
            seen.append(await _comes_true(lambda: top(paper) == ()))
            real.mend()
            seen.append(await _comes_true(lambda: top(paper) == top(real) != ()))

        refused: list[str] = []
        asyncio.run(_while_mirrored(paper, real.url, watch, refused))
        assert (seen, refused) == ([True, True, True, True], [])


def test_a_pair_that_the_venue_does_not_have_stays_empty_and_is_told() -> None:
    two = msgspec.structs.replace(BINANCE, markets=BINANCE.markets[:2])
    wider = msgspec.structs.replace(OPTIONS, venues=(two,))
    with start_exchange(OPTIONS) as real, start_exchange(wider) as paper:

        async def watch() -> None:
            assert await _comes_true(lambda: top(paper) == top(real) != ())
            await _comes_true(lambda: bool(refused))

        refused: list[str] = []
        asyncio.run(_while_mirrored(paper, real.url, watch, refused))
        assert ["FDUSD/USDT" in error for error in refused] == [True]
        assert paper.venue("binance").books["FDUSD/USDT"].bids == ()


async def _while_mirrored(
    paper: LocalExchange,
    url: str,
    watch: Callable[[], Coroutine[None, None, None]],
    refused: list[str],
) -> None:
    following = asyncio.create_task(
        mirror_all(paper, url, lambda error: refused.append(str(error)))
    )
    await watch()
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following


def top(exchange: LocalExchange) -> tuple[Decimal, ...]:
    book = exchange.venue("binance").books[PAIR]
    return tuple(side[0][0] for side in (book.bids, book.asks) if side)


async def _comes_true(holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if holds():
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.slow
def test_the_command_mirrors_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "bot", "sandbox", "exchange", "--venue", "binance"]
    with start_exchange(LocalExchangeOptions(venues=(BINANCE,), breath_s=0.2)) as real:
        real.set_price("binance", PAIR, "0.9123")
        with subprocess.Popen(
            [*command, "--json", "--mirror", real.url], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            url = msgspec.json.decode(process.stdout.readline())["url"]
            address = f"{url}/api.binance.com/api/v3/ticker/bookTicker?symbol=USDCUSDT"
            bid = asyncio.run(
                _comes_true(
                    lambda: urllib3.request("GET", address).json()["bidPrice"][:6] == "0.9122"
                )
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        assert bid

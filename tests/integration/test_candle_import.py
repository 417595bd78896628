"""Imports from the local exchange and from a loopback, through unmodified ccxt."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fakes.loopback_kraken import MOST_CANDLES, LoopbackKraken

from bot.domain.candles import Candle
from bot.domain.errors import BadConfiguration, VenueRefused, VenueUnavailable
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.candle_feed import CandleFeed
from bot.feeds.exchange_feed import ExchangeOptions
from bot.history.candle_store import CandleStore, Series
from bot.history.database import HistoryDatabase
from bot.operations.candle_import import CandleImport, Imported
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind

PAIR = "USDC/USDT"
MINUTES = 2_500  # three pages of Binance's
NOW_S = int(time.time()) // 60 * 60
START_S = NOW_S - 60 * (MINUTES + 60)
HOLE = range(700, 760)  # minutes without a trade
SERIES = Series(venue="binance", pair=PAIR, frame_s=60)
TRADED = [minute for minute in range(MINUTES) if minute not in HOLE]


def at(minute: int) -> Nanos:
    return Nanos((START_S + 60 * minute) * NANOS_PER_S)


NOW = at(MINUTES)


def bar(minute: int) -> Bar:
    close = Decimal("0.9990") + Decimal(minute % 7) / 10_000
    return Bar(
        open_s=START_S + 60 * minute,
        open=Decimal("0.9991"),
        high=Decimal("1.0003"),
        low=Decimal("0.9876"),
        close=close,
        volume=Decimal(minute + 1),
    )


@pytest.fixture(scope="module")
def exchange() -> Iterator[LocalExchange]:
    with start_exchange(LocalExchangeOptions(venues=(BINANCE,), breath_s=None)) as started:
        started.seed_candles("binance", PAIR, [bar(minute) for minute in TRADED])
        yield started


@pytest.fixture(autouse=True)
def mended(exchange: LocalExchange) -> Iterator[None]:
    yield
    exchange.mend()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CandleStore]:
    with HistoryDatabase(str(tmp_path / "history.sqlite")) as database:
        yield CandleStore(database)


class Waits:
    """Remembers how long it was told to sleep, and does not."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def run(
    url: str,
    store: CandleStore,
    minutes: tuple[int, int] = (0, MINUTES),
    waits: Waits | None = None,
    after_page: Callable[[], None] | None = None,
) -> Imported:
    def told(_share: float, _candles: int) -> None:
        if after_page is not None:
            after_page()

    async def go() -> Imported:
        options = ExchangeOptions(timeout_s=5.0, max_age_s=60.0, url=url)
        async with CandleFeed("binance", PAIR, "1m", options) as feed:
            job = CandleImport(feed, store, sleep=waits or Waits())
            return await job.run(at(minutes[0]), at(minutes[1]), NOW, told)

    return asyncio.run(go())


def kept(store: CandleStore) -> list[Candle]:
    return store.between(SERIES, at(0), at(MINUTES + 60))


def test_an_import_writes_every_candle_of_the_venue_exactly(
    exchange: LocalExchange, store: CandleStore
) -> None:
    done = run(exchange.url, store)
    assert (done.candles, done.unusable, done.unserved_s) == (len(TRADED), 0, 0)
    assert (done.first, done.last) == (at(0), at(MINUTES - 1))
    found = kept(store)
    assert [candle.open_at for candle in found] == [at(minute) for minute in TRADED]
    assert found[13].close == 9996 * WAD // 10_000
    assert found[13].volume == 14 * WAD
    assert (found[13].low, found[13].high) == (9876 * WAD // 10_000, 10_003 * WAD // 10_000)


def test_what_is_there_is_not_asked_for_again(exchange: LocalExchange, store: CandleStore) -> None:
    run(exchange.url, store)
    assert run(exchange.url, store).pages == 0


def test_only_what_is_missing_is_asked_for(exchange: LocalExchange, store: CandleStore) -> None:
    run(exchange.url, store, (500, 900))
    assert run(exchange.url, store).candles == len(TRADED) - 400 + len(HOLE)
    assert [candle.open_at for candle in kept(store)] == [at(minute) for minute in TRADED]


def test_an_import_that_failed_goes_on_from_its_last_page(
    exchange: LocalExchange, store: CandleStore
) -> None:
    waits = Waits()
    down = Mishap(kind=MishapKind.UNAVAILABLE, venue="binance", request="klines")
    with pytest.raises(VenueUnavailable):
        run(exchange.url, store, waits=waits, after_page=lambda: exchange.misbehave(down))
    assert len(waits.seconds) == 5
    assert waits.seconds == sorted(waits.seconds)
    assert len(kept(store)) == 1_000
    exchange.mend()
    assert run(exchange.url, store).pages == 2
    assert [candle.open_at for candle in kept(store)] == [at(minute) for minute in TRADED]


def test_an_import_waits_as_long_as_the_venue_asks(
    exchange: LocalExchange, store: CandleStore
) -> None:
    waits = Waits()
    limited = Mishap(
        kind=MishapKind.LIMITED, venue="binance", request="klines", times=1, amount=17.0
    )
    exchange.misbehave(limited)
    assert run(exchange.url, store, waits=waits).candles == len(TRADED)
    assert len(waits.seconds) == 1
    assert waits.seconds[0] >= 17.0


def test_an_import_ends_where_the_venue_bans_us_for_long(
    exchange: LocalExchange, store: CandleStore
) -> None:
    waits = Waits()
    exchange.misbehave(
        Mishap(kind=MishapKind.BANNED, venue="binance", request="klines", times=1, amount=7_200.0)
    )
    with pytest.raises(VenueUnavailable):
        run(exchange.url, store, waits=waits)
    assert waits.seconds == []


def test_a_candle_that_is_not_over_is_left_for_later(
    exchange: LocalExchange, store: CandleStore
) -> None:
    async def go() -> Imported:
        options = ExchangeOptions(timeout_s=5.0, max_age_s=60.0, url=exchange.url)
        async with CandleFeed("binance", PAIR, "1m", options) as feed:
            job = CandleImport(feed, store)
            return await job.run(at(0), at(MINUTES), Nanos(at(100) + 59 * NANOS_PER_S))

    assert asyncio.run(go()).last == at(99)
    assert store.missing(SERIES, at(0), at(101))[0][0] <= at(100)


def stamp(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START_S + 60 * minute))


def kraken_candle(minute: int, close: str = "0.9995") -> list[object]:
    opened = START_S + 60 * minute
    return [opened, "0.9990", "0.9999", "0.9980", close, "0.9991", "120.5", 7]


@pytest.mark.slow
def test_an_import_that_was_killed_goes_on_where_it_was(store: CandleStore, tmp_path: Path) -> None:
    with LoopbackKraken() as server:
        server.candles = [kraken_candle(minute) for minute in range(MINUTES)]
        server.pages_before_silence = 2
        command = [
            *(sys.executable, "-m", "bot", "history", "import", "kraken", "USDC/USD", "--json"),
            *("--database", str(tmp_path / "history.sqlite"), "--url", server.url),
            *("--since", stamp(0), "--until", stamp(MINUTES)),
        ]
        hanging = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until = time.monotonic() + 120
        while server.pages_asked < 3 and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(hanging.pid, signal.SIGKILL)
        hanging.communicate()
        asked = server.pages_asked
        server.pages_before_silence = 10**9
        done = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert asked == 3
    assert (done["pages"], done["candles"]) == (2, MINUTES - 2 * MOST_CANDLES)
    series = Series(venue="kraken", pair="USDC/USD", frame_s=60)
    opened = [candle.open_at for candle in store.between(series, at(0), at(MINUTES))]
    assert opened == [at(minute) for minute in range(MINUTES)]


def run_kraken(server: LoopbackKraken, store: CandleStore, pair: str = "USDC/USD") -> Imported:
    async def go() -> Imported:
        options = ExchangeOptions(timeout_s=5.0, max_age_s=60.0, url=server.url)
        async with CandleFeed("kraken", pair, "1m", options) as feed:
            return await CandleImport(feed, store).run(at(0), at(MINUTES), NOW)

    return asyncio.run(go())


def test_what_a_venue_no_longer_keeps_is_told_and_does_not_count_as_covered(
    store: CandleStore,
) -> None:
    with LoopbackKraken() as server:
        server.candles = [kraken_candle(minute) for minute in range(2_000, MINUTES)]
        done = run_kraken(server, store)
    assert done.candles == 500
    assert done.unserved_s == 2_000 * 60
    series = Series(venue="kraken", pair="USDC/USD", frame_s=60)
    assert store.missing(series, at(0), at(MINUTES - 1)) == [(at(0), at(2_000))]


def test_candles_that_no_market_can_have_made_are_left_out_and_counted(
    store: CandleStore,
) -> None:
    with LoopbackKraken() as server:
        server.candles = [kraken_candle(minute) for minute in range(MINUTES)]
        for minute, close in ((3, "NaN"), (4, "0"), (5, "1.5"), (6, "-0.9995"), (7, "")):
            server.candles[minute] = kraken_candle(minute, close)
        done = run_kraken(server, store)
    assert done.unusable == 5
    assert done.candles == MINUTES - 5


def test_a_page_of_nothing_but_nonsense_is_refused_and_nothing_is_written(
    store: CandleStore,
) -> None:
    with LoopbackKraken() as server:
        server.candles = [kraken_candle(minute, "NaN") for minute in range(10)]
        with pytest.raises(VenueRefused, match="none of its candles"):
            run_kraken(server, store)
    series = Series(venue="kraken", pair="USDC/USD", frame_s=60)
    assert store.missing(series, at(0), at(10)) == [(at(0), at(10))]


@pytest.mark.parametrize(
    ("venue", "frame", "complaint"),
    [
        ("kroken", "1m", "no exchange is called 'kroken'"),
        ("kraken", "7m", "kraken has no candles of 7m: 1m, 5m"),
    ],
)
def test_an_unknown_venue_or_frame_is_told(venue: str, frame: str, complaint: str) -> None:
    options = ExchangeOptions(timeout_s=1.0, max_age_s=1.0, url="http://127.0.0.1:1")
    with pytest.raises(BadConfiguration, match=complaint):
        CandleFeed(venue, PAIR, frame, options)


def test_a_pair_that_is_not_traded_there_is_told(store: CandleStore) -> None:
    with LoopbackKraken() as server, pytest.raises(BadConfiguration, match="no spot market"):
        run_kraken(server, store, "UST/USD")

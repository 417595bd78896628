"""What the history makes of March 2023 when the watch plays it, and of a recorded exchange."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from support.recorded_prices import (
    exchange_minutes,
    kraken_minutes,
    redemptions,
    uniswap_hours,
    write_prices,
)

from bot.config import Config
from bot.domain.past_depegs import Ending, Origin, PastDepeg
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.candle_feed import CandleFeed
from bot.feeds.exchange_feed import ExchangeOptions
from bot.feeds.replay_feed import read_prices
from bot.history.candle_store import CandleStore, Series
from bot.history.catalogue_rows import moment_of
from bot.history.database import HistoryDatabase
from bot.history.depeg_history import DepegHistory, Wanted
from bot.market.consensus import Consensus
from bot.operations.candle_import import CandleImport
from bot.operations.detection_run import paced
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.exchange_options import BINANCE, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import start_exchange
from bot.strategy.detection import DepegDetector
from bot.strategy.evidence_memory import EvidenceMemory
from bot.strategy.price_watch import PriceWatch

pytestmark = pytest.mark.slow

MARCH = ("2023-03-10 18:00", "2023-03-14 18:00")
CIRCLE = {MARCH[0]: 1.0, "2023-03-11 03:30": 0.0, "2023-03-12 22:30": 1.0}
_BINANCE = "multi-event_binance-com-1m/usdc_svb_2023_USDCUSDT_1m.parquet"


@pytest.fixture(scope="module")
def history(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepegHistory]:
    """The history after the watch has played March 2023, with every turn followed."""
    folder = tmp_path_factory.mktemp("march")
    pairs = (("kraken", "USDC/USD"), ("kraken", "USDT/USD"), ("coinbase", "USDT/USD"))
    rows = chain(
        chain(*(exchange_minutes(data_dir, venue, pair, *MARCH) for venue, pair in pairs)),
        kraken_minutes(data_dir, "USDC/USDT", *MARCH),
        uniswap_hours(data_dir, *MARCH),
        redemptions("USDC", "circle", CIRCLE),
    )
    recorded = read_prices(write_prices(folder / "prices.csv", rows))
    watch = PriceWatch(
        Consensus(paced(recorded, Config().consensus)),
        DepegDetector(Config().detection),
        EvidenceMemory(Config().evidence),
    )
    with DepegHistory.open(str(folder / "history.sqlite")) as opened:
        for message in recorded:
            for change in watch.hear(message):
                opened.follow(change)
        yield opened


def seen(history: DepegHistory, asset: str) -> PastDepeg:
    """Return the deepest depeg of a coin that the watch saw, with its path."""
    found = history.depegs(Wanted(asset=asset, origin=Origin.SEEN), with_paths=True)
    return max(found, key=lambda depeg: depeg.magnitude_bps or 0.0)


def test_usdc_of_march_2023_is_written_with_its_trough_its_venues_and_the_way_it_took(
    history: DepegHistory,
) -> None:
    usdc = seen(history, "USDC")
    assert usdc.same_as == "usdc-2023-03"
    assert usdc.magnitude_bps is not None
    assert usdc.trough_at is not None
    assert abs(usdc.magnitude_bps - 1260.0) < 100.0  # the catalogue's is Kraken's alone
    assert abs(usdc.trough_at - (moment_of("2023-03-11T07:15Z") or 0)) < 3600 * NANOS_PER_S
    assert "kraken" in usdc.venues
    assert min(point.off_bps for point in usdc.path) == pytest.approx(-usdc.magnitude_bps)
    assert len(usdc.path) > 10


def test_both_coins_of_march_2023_are_linked_to_the_catalogue_each_to_its_own_row(
    history: DepegHistory,
) -> None:
    assert seen(history, "USDT").same_as == "usdt-2023-03-prem"


def test_the_same_event_of_the_catalogue_answers_no_question_about_itself(
    history: DepegHistory,
) -> None:
    usdc = seen(history, "USDC")
    found = history.similar(usdc, 76)
    assert {"usdc-2023-03", usdc.id}.isdisjoint(similar.depeg.id for similar in found)
    assert sum(similar.depeg.ending is Ending.RECOVERED for similar in found[:5]) >= 4


def test_a_depeg_that_falls_the_same_way_finds_march_2023_by_its_shape(
    history: DepegHistory,
) -> None:
    usdc = seen(history, "USDC")
    known = history.find("usdc-2023-03")
    assert known is not None
    again = PastDepeg(
        id="again",
        asset="USDT",
        side=usdc.side,
        breadth=usdc.breadth,
        magnitude_bps=1_000.0,
        path=usdc.path[: len(usdc.path) // 2],
    )
    nearest = history.similar(again, 1)[0]
    assert nearest.depeg.id == known.id
    assert nearest.shape == pytest.approx(0.0, abs=0.05)


def test_the_recorded_minutes_of_an_exchange_are_imported_to_the_last_digit(
    data_dir: Path, tmp_path: Path
) -> None:
    minutes = recorded_minutes(data_dir)
    bars = [Bar(**minute) for minute in minutes]
    opened = [Nanos(bar.open_s * NANOS_PER_S) for bar in bars]

    async def imported(url: str, store: CandleStore) -> None:
        options = ExchangeOptions(timeout_s=10.0, max_age_s=60.0, url=url)
        async with CandleFeed("binance", "USDC/USDT", "1m", options) as feed:
            until = Nanos(opened[-1] + 60 * NANOS_PER_S)
            await CandleImport(feed, store).run(opened[0], until, until)

    options = LocalExchangeOptions(venues=(BINANCE,), breath_s=None)
    with (
        start_exchange(options) as exchange,
        HistoryDatabase(str(tmp_path / "history.sqlite")) as database,
    ):
        exchange.seed_candles("binance", "USDC/USDT", bars)
        store = CandleStore(database)
        asyncio.run(imported(exchange.url, store))
        series = Series(venue="binance", pair="USDC/USDT", frame_s=60)
        candles = store.between(series, opened[0], Nanos(opened[-1] + 1))
    assert [candle.open_at for candle in candles] == opened
    for name in ("open", "high", "low", "close", "volume"):
        found = [getattr(candle, name) for candle in candles]
        assert found == [int(minute[name] * WAD) for minute in minutes]
    assert min(candle.low for candle in candles) == int(Decimal("0.8820") * WAD)


def recorded_minutes(data: Path) -> list[dict[str, Any]]:
    table = parquet.read_table(data / _BINANCE).slice(0, 3_000)
    found: list[dict[str, Any]] = []
    for row in table.to_pylist():
        names = ("open", "high", "low", "close", "volume")
        values = {name: Decimal(str(row[name])) for name in names}
        found.append({"open_s": int(row["wall_clock_utc"].timestamp()), **values})
    return found

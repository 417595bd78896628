"""A recorded hour through sockets gives the events of its file: the same code hears both."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from bot.domain.depegs import Depeg
from bot.domain.units import NANOS_PER_S
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.feed import HeldClock
from bot.feeds.replay_feed import read_prices
from bot.feeds.stream_options import StreamOptions
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters
from bot.monitor import Monitor
from bot.operations.detection_run import Recorded, paced, play
from bot.sandbox.exchange.exchange_options import BINANCE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.recorded_prices import recorded_prices
from bot.sandbox.exchange.spot_market import Market
from bot.sandbox.exchange.trading_floor import VenueOptions
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.judged_watch import DepegRecord, JudgedWatch
from bot.strategy.price_watch import PriceWatch

FIRST, LAST = "2023-03-11 06:30", "2023-03-11 07:30"
SPEED = 240.0  # a recorded minute in a quarter of a second
CONNECTING_S, LATEST_S = 3.0, 60.0
FINE = Decimal("0.00000001")
SERIES = {"USDC/USD": "kraken", "USDT/USD": "kraken", "USDC/USDT": "binance"}


@pytest.fixture(scope="module")
def recorded(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Sequence[Recorded]:
    """An hour of closes, every minute of every series; the thin US book stands for Binance."""
    bars = pd.read_parquet(data_dir / "usdc-2023-03_cex-1m_11series/stable_pairs_1m.parquet")
    bars = bars[bars["venue"].str.replace(".us", "").isin(("kraken", "binance"))]
    closes = bars.pivot_table(index="ts_utc", columns="pair", values="close", observed=True).ffill()
    hour = closes[list(SERIES)].loc[FIRST:LAST]
    rows = [
        f"{at.isoformat()},{SERIES[pair]},{pair},{price:.8f}"
        for at, prices in hour.iterrows()
        for pair, price in prices.items()
    ]
    file = tmp_path_factory.mktemp("recorded") / "prices.csv"
    file.write_text("\n".join(("time,venue,asset,price", *rows)))
    return read_prices(file)


def watch_of(recorded: Sequence[Recorded]) -> JudgedWatch:
    parameters = paced(recorded, ConsensusParameters())
    return JudgedWatch(PriceWatch(Consensus(parameters)), OpportunityClassifier(read_model()))


def with_fine_ticks(venue: VenueOptions) -> VenueOptions:
    markets = tuple(
        Market(base=m.base, quote=m.quote, tick=FINE, step=m.step) for m in venue.markets
    )
    return msgspec.structs.replace(venue, markets=markets)


async def heard_live(
    exchange: LocalExchange, recorded: Sequence[Recorded]
) -> tuple[DepegRecord, ...]:
    """Play the recording at the exchange, and listen to it until its last minute was heard."""
    rows = recorded_prices(recorded)
    await asyncio.to_thread(exchange.play, rows, 0)
    clock = HeldClock(rows[0].at)
    options = StreamOptions(url=exchange.url, max_skew_s=1e7)
    watch = watch_of(recorded)
    feeds = [
        ExchangeStream(venue, [p for p, v in SERIES.items() if v == venue], options, clock)
        for venue in dict.fromkeys(SERIES.values())
    ]
    listening = asyncio.create_task(drained(Monitor(feeds, watch, clock)))
    await asyncio.sleep(CONNECTING_S)
    clock.play(SPEED)
    await asyncio.to_thread(exchange.play, rows, SPEED)
    async with asyncio.timeout(LATEST_S):
        while watch.watch.event_time < rows[-1].at:  # noqa: ASYNC110 - it wakes nobody
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    listening.cancel()
    watch.advance(clock.now())
    return watch.records


async def drained(monitor: Monitor) -> None:
    async for _ in monitor.changes():
        pass


def told(depeg: Depeg) -> tuple[object, ...]:
    """Return what both ways must agree on; times by the minute, as the recording has them.

    A second of the recording is four milliseconds here: what is heard a little later is dated so.
    """
    times = (depeg.start, depeg.confirmed_at, depeg.trough_at, depeg.end)
    minutes = [None if at is None else at // (60 * NANOS_PER_S) for at in times]
    return (depeg.asset, depeg.side, *minutes, depeg.severity, depeg.breadth)


def test_a_recorded_hour_played_through_sockets_gives_the_events_of_its_file(
    recorded: Sequence[Recorded],
) -> None:
    replayed = watch_of(recorded)
    play(recorded, replayed)
    venues = (with_fine_ticks(BINANCE), with_fine_ticks(KRAKEN))
    with start_exchange(LocalExchangeOptions(venues=venues, breath_s=None)) as exchange:
        live = asyncio.run(heard_live(exchange, recorded))
    assert any(record.depeg.severity.value >= 500 for record in replayed.records)
    assert [told(r.depeg) for r in live] == [told(r.depeg) for r in replayed.records]
    for ours, theirs in zip(live, replayed.records, strict=True):
        assert abs(ours.depeg.trough_bps - theirs.depeg.trough_bps) < 1.0

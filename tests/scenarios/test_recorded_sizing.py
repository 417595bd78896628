"""UST in May 2022, minute by minute, with a deep market at every recorded price."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.entry_cases import market, means_of, sizer_of, sure
from support.means_left import without
from support.recorded_prices import curve_4pool_hours, deviation_minutes, write_prices

from bot.config import Config
from bot.domain.opportunities import Opportunity, Veto, Way
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import NoEntry, Size
from bot.domain.units import WAD
from bot.domain.views import AssetView
from bot.feeds.replay_feed import read_prices
from bot.history.belief_file import read_model
from bot.market.consensus import Consensus
from bot.operations.detection_run import paced
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.price_watch import PriceWatch
from bot.strategy.sizing import Stake
from bot.strategy.stake_parts import parts_of
from bot.strategy.trade_ways import Case, position
from bot.strategy.trading_means import Means

pytestmark = pytest.mark.slow

DAYS = ("2022-05-07 12:00", "2022-05-12 00:00")
EQUITY = 1_000_000
LIMITS = RiskLimits(max_daily_loss_usd=1e9, max_day_usd=1e9)


@pytest.fixture(scope="module")
def cases(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, ...]:
    """The depeg at every minute of it, as it was judged then."""
    rows = [
        *deviation_minutes(data_dir, "UST_Terra", "UST/binance", *DAYS),
        *curve_4pool_hours(data_dir, *DAYS),
    ]
    path = write_prices(tmp_path_factory.mktemp("ust") / "prices.csv", rows)
    return tuple(_played(path))


def _played(path: Path) -> Iterator[Case]:
    messages, config = read_prices(path), Config()
    watch = PriceWatch(Consensus(paced(messages, config.consensus)))
    classifier = OpportunityClassifier(read_model(""), config.costs)
    for message in messages:
        watch.hear(message)
        view = watch.views.get("UST")
        for depeg in watch.active:
            if isinstance(view, AssetView):
                yield classifier.case(depeg, view, watch.evidence("UST"), watch.event_time)


def _means(case: Case, before: Means | None = None) -> Means:
    """A deep market at what the cheapest venue says, and what is held by now."""
    price = min(venue.price for venue in case.view.venues) / WAD
    levels = ((round(price * (1 + n / 2_000), 4), 1_000_000) for n in range(3))
    place = market(*levels, pair="UST/USD", venue="binance", at=case.now)
    fresh = means_of(place, equity=EQUITY)
    if before is None:
        return fresh
    return msgspec.structs.replace(before, markets=fresh.markets)


def test_nothing_of_ust_is_ever_opened(cases: tuple[Case, ...]) -> None:
    assert len(cases) > 3_000
    assert min(case.view.price for case in cases) < WAD * 40 // 100
    opened = 0
    for case in cases:
        assert Veto.REFLEXIVE in case.vetoes
        tempting = _as_if_it_came_back(case)
        for way in (Way.POSITION, Way.REDEMPTION):
            wanted = msgspec.structs.replace(tempting, way=way)
            found = sizer_of(LIMITS).size(case, wanted, _means(case))
            opened += isinstance(found, Size)
            assert isinstance(found, NoEntry)
            assert found.reason.startswith("vetoed: ")
    assert opened == 0


def test_without_the_veto_it_still_costs_no_more_than_the_share(cases: tuple[Case, ...]) -> None:
    """Believed in at every minute, bought all the way down, and then worth nothing."""
    means: Means | None = None
    bought, falls = 0, 0
    for case in cases[::10]:
        believed = msgspec.structs.replace(case, vetoes=(), belief=sure(0.005))
        judged = position(believed)
        if not isinstance(judged, Opportunity):
            continue
        means = _means(case, means)
        stake = sizer_of(LIMITS).stake(believed, judged, means)
        if isinstance(stake, Stake):
            means = without(means, "UST", parts_of(stake))
            bought += 1
        else:
            falls += 1
    assert means is not None
    assert bought >= 1
    assert falls > 100  # it went on falling, and nothing more was bought
    lost = means.at_risk_usd
    assert 0.019 * EQUITY * WAD < lost <= 0.02 * EQUITY * WAD


def _as_if_it_came_back(case: Case) -> Opportunity:
    """The best that anybody could have said of it."""
    return Opportunity(
        depeg_id=case.depeg.id,
        asset=case.depeg.asset,
        way=Way.POSITION,
        gross_bps=2_000.0,
        cost_bps=24.0,
        carry_bps=1.0,
        expected_bps=1_900.0,
        hours=24.0,
        success=1.0,
        never=0.0,
        risk=0.0,
        at=case.now,
    )

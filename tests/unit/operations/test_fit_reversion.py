"""The fit itself: it finds what is there, shrinks where little is, and what is shipped is its."""

import math

import msgspec
import numpy as np
import pytest

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Side
from bot.history.belief_file import read_model
from bot.history.catalogue_rows import read_catalogue
from bot.operations.fit_reversion import TooFewDepegs, fit_reversion
from bot.strategy.calibration import calibrate
from bot.strategy.evidence import RedemptionState
from bot.strategy.past_reversions import Return, returns_of
from bot.strategy.reversion import ReversionFit, ReversionModel
from bot.strategy.traits import Traits

_OPEN = Traits(
    magnitude_bps=100.0,
    side=Side.DISCOUNT,
    breadth=Breadth.EVERYWHERE,
    backing=Backing.CRYPTO,
    reflexive=False,
    redemption=RedemptionState.OPEN,
)
_SHUT = msgspec.structs.replace(_OPEN, redemption=RedemptionState.SUSPENDED)


@pytest.fixture(scope="module", autouse=True)
def _lifelines() -> None:
    pytest.importorskip("lifelines", reason="the extra `fit` is not installed")


def _made_up(count: int) -> list[Return]:
    """Open ones: a tenth never; shut ones: seven in ten never; else 20 h median, shape 2."""
    draws = np.random.default_rng(1)
    found = []
    for number in range(count):
        traits, never = (_OPEN, 0.1) if number % 2 else (_SHUT, 0.7)
        hours = 20.0 * (1 / draws.uniform() - 1) ** 0.5
        low, high = (2_000.0, None) if draws.uniform() < never else (hours * 0.99, hours * 1.01)
        found.append(Return(id=str(number), traits=traits, low_h=low, high_h=high, episode=number))
    return found


def test_with_many_events_the_truth_is_found() -> None:
    fit = fit_reversion(_made_up(600))
    shut, opened = (ReversionModel(fit).of_traits(traits) for traits in (_SHUT, _OPEN))
    assert shut.never == pytest.approx(0.7, abs=0.06)
    assert opened.never == pytest.approx(0.1, abs=0.05)
    assert opened.median_hours == pytest.approx(20.0, rel=0.15)
    assert fit.shape == pytest.approx(2.0, rel=0.1)


def test_with_few_events_the_truth_is_approached_only_and_the_interval_is_wide() -> None:
    few, many = (ReversionModel(fit_reversion(_made_up(n))) for n in (24, 600))
    apart, truly = (m.of_traits(_SHUT).never - m.of_traits(_OPEN).never for m in (few, many))
    assert 0 < apart < truly
    wide, narrow = (m.of_traits(_OPEN) for m in (few, many))
    assert wide.never_high - wide.never_low > 2 * (narrow.never_high - narrow.never_low)


def test_too_few_events_are_not_fitted_to() -> None:
    with pytest.raises(TooFewDepegs, match="19 past depegs"):
        fit_reversion(_made_up(19))
    came_back = [one for one in _made_up(100) if not one.is_never]
    with pytest.raises(TooFewDepegs):
        fit_reversion(came_back)


@pytest.fixture(scope="module")
def shipped() -> ReversionFit:
    return read_model().fit


def test_what_is_shipped_is_the_fit_to_the_catalogue(shipped: ReversionFit) -> None:
    fresh = fit_reversion(returns_of(read_catalogue()))
    assert fresh.never == pytest.approx(shipped.never, abs=1e-3)
    assert fresh.hours == pytest.approx(shipped.hours, abs=1e-3)
    assert fresh.shape == pytest.approx(shipped.shape, rel=1e-3)
    assert fresh.examples == shipped.examples
    for ours, theirs in zip(fresh.never_covariance, shipped.never_covariance, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-3)


def test_a_shipped_forecast_is_that_of_a_fit_without_its_episode(shipped: ReversionFit) -> None:
    returns = returns_of(read_catalogue())
    (left_out,) = (one for one in returns if one.id == "usdr-2023-10")
    others = [one for one in returns if one.episode != left_out.episode]
    fresh = ReversionModel(fit_reversion(others)).of_traits(left_out.traits)
    (said,) = (one for one in shipped.forecasts if one.id == left_out.id)
    assert said.never == pytest.approx(fresh.never, abs=1e-3)
    assert said.base == pytest.approx(sum(o.is_never for o in others) / len(others))


def test_left_out_events_are_foretold_better_than_by_their_share(shipped: ReversionFit) -> None:
    assert {one.id for one in shipped.forecasts} == {one.id for one in shipped.examples}
    scores = calibrate(shipped.forecasts)
    assert scores.brier < 0.17
    assert scores.skill_low > 0.2
    assert scores.log_loss < scores.log_loss_of_base
    for line in scores.reliability:
        assert line.came_low <= line.said <= line.came_high


def test_times_said_are_not_too_short(shipped: ReversionFit) -> None:
    scores = calibrate(shipped.forecasts)
    assert scores.dated == 10
    assert scores.by_late >= scores.dated - 2
    assert 1 <= scores.by_median <= scores.dated - 1


def test_an_open_redemption_of_a_sound_coin_speaks_loudest_for_coming_back(
    shipped: ReversionFit,
) -> None:
    weights = {name: value for name, value in shipped.never.items() if name}
    assert min(weights, key=weights.__getitem__) == "open_and_sound"
    assert max(weights, key=weights.__getitem__) == "suspended"


def test_nothing_is_sure_by_so_few_events(shipped: ReversionFit) -> None:
    model = ReversionModel(shipped)
    for example in shipped.examples:
        found = model.of_traits(example.traits)
        assert 0.02 < found.never < 0.98
        assert found.never_high - found.never_low > 0.08
        assert math.isfinite(found.late_hours)

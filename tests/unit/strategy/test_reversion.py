import math

import msgspec
import pytest
from support.asset_views import moment
from support.depeg_cases import HOUR_S, depeg_of, evidence_of, rail, utc

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Side
from bot.strategy.evidence import RedemptionState
from bot.strategy.outlook import HORIZON_H
from bot.strategy.reversion import Example, ReversionFit, ReversionModel
from bot.strategy.traits import Traits, traits_of


def _traits(
    magnitude_bps: float = 100.0,
    *,
    redemption: RedemptionState = RedemptionState.UNKNOWN,
    reflexive: bool = False,
) -> Traits:
    return Traits(
        magnitude_bps=magnitude_bps,
        side=Side.DISCOUNT,
        breadth=Breadth.EVERYWHERE,
        backing=Backing.FIAT,
        reflexive=reflexive,
        redemption=redemption,
    )


def _model(
    logit: float = 0.0,
    *,
    variance: float = 0.0,
    hours: float = 24.0,
    shape: float = 1.0,
    examples: tuple[Example, ...] = (),
) -> ReversionModel:
    return ReversionModel(
        ReversionFit(
            version=1,
            never={"": logit, "suspended": 2.0},
            never_covariance=((variance, 0.0), (0.0, 0.0)),
            hours={"": math.log(hours), "depth": 0.0},
            shape=shape,
            examples=examples,
        )
    )


def test_an_even_chance_of_never_is_that_and_what_comes_back_too_late() -> None:
    found = _model().of_traits(_traits())
    late = 1 / (1 + HORIZON_H / 24)
    assert found.never == pytest.approx(0.5 + 0.5 * late)
    assert found.median_hours == pytest.approx(24.0)
    assert found.late_hours == pytest.approx(24.0 * 9)


def test_a_trait_moves_the_odds_by_its_weight() -> None:
    model = _model(-1.0, shape=4.0)
    shut = model.of_traits(_traits(redemption=RedemptionState.SUSPENDED)).never
    assert shut == pytest.approx(1 / (1 + math.exp(-1.0)), abs=1e-6)


def test_what_is_not_known_widens_the_interval_and_pulls_towards_one_half() -> None:
    sure, unsure = _model(-3.0, shape=4.0), _model(-3.0, variance=4.0, shape=4.0)
    known, doubted = sure.of_traits(_traits()), unsure.of_traits(_traits())
    assert known.never_low == pytest.approx(known.never_high)
    assert known.never < doubted.never < 0.5
    assert doubted.never_low < known.never < doubted.never_high
    assert doubted.never_high == pytest.approx(1 / (1 + math.exp(3.0 - 1.2816 * 2)), abs=1e-4)


def test_time_without_a_return_speaks_against_one() -> None:
    model = _model(-2.0, variance=0.5)
    chances = [model.of_traits(_traits(), age_h=age).never for age in (0, 6, 24, 100, 1_000)]
    assert chances == sorted(chances)
    assert chances[0] < 0.2
    assert chances[-1] > 0.8


def test_age_is_counted_from_the_trough() -> None:
    model, fallen = _model(-2.0), depeg_of(-300)
    now = moment(60 + 10 * HOUR_S)
    aged = model.of_traits(_traits(), age_h=10.0)
    assert model.belief(fallen, evidence_of(), now).never == pytest.approx(aged.never)


def test_banks_that_were_shut_at_the_trough_excuse_the_wait() -> None:
    fallen = depeg_of(-300)
    saturday = msgspec.structs.replace(fallen, trough_at=utc("2023-03-11T07:15"))
    monday = msgspec.structs.replace(fallen, trough_at=utc("2023-03-13T07:15"))
    assert traits_of(saturday, evidence_of()).rails_closed
    assert not traits_of(monday, evidence_of()).rails_closed
    assert traits_of(monday, evidence_of(hours_until_banks=3)).rails_closed


def test_the_median_of_what_is_left_is_half_of_what_is_left() -> None:
    model = _model(hours=30.0, shape=1.5)
    found = model.of_traits(_traits(), age_h=20.0)
    at_age, at_median = (1 / (1 + (h / 30.0) ** 1.5) for h in (20.0, 20.0 + found.median_hours))
    assert at_median == pytest.approx(at_age / 2)


def test_an_alarm_of_a_pool_makes_it_a_little_worse_and_less_sure() -> None:
    calm, alarmed = (_model(-2.0).of_traits(_traits(), alarm=alarm) for alarm in (False, True))
    assert calm.never < alarmed.never < calm.never + 0.1
    assert alarmed.never_high - alarmed.never_low > calm.never_high - calm.never_low


def test_only_past_depegs_that_are_alike_are_counted_as_such() -> None:
    like = tuple(Example(id=str(n), traits=_traits(110.0), never=False) for n in range(4))
    unlike = Example(id="x", traits=_traits(110.0, reflexive=True), never=True)
    assert _model(examples=(*like, unlike)).of_traits(_traits()).similar == 4
    assert _model(examples=(unlike,)).of_traits(_traits()).similar == 0


def test_depth_beyond_a_tenth_says_no_more() -> None:
    assert _traits(1_000.0).of_never() == _traits(9_900.0).of_never()
    assert _traits(100.0).of_never() != _traits(1_000.0).of_never()


def test_the_better_redemption_the_less_likely_never() -> None:
    model, fallen = _model(-1.0), depeg_of(-300)
    shut = model.belief(fallen, evidence_of(rail(0.0)), moment(60))
    half = model.belief(fallen, evidence_of(rail(0.5)), moment(60))
    assert half.never < shut.never


def test_a_fit_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="2 by 2"):
        ReversionFit(
            version=1,
            never={"": 0.0, "suspended": 0.0},
            never_covariance=((1.0,),),
            hours={"": 0.0},
            shape=1.0,
        )

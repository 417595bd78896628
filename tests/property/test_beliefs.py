"""Whatever is told of a depeg, what is believed of it is a belief, and vetoes outrank it."""

import math

from hypothesis import given
from hypothesis import strategies as st
from support.asset_views import moment, view_of
from support.depeg_cases import depeg_of, evidence_of, rail

from bot.domain.coins import Backing, coin_of
from bot.domain.depegs import Breadth, Side
from bot.domain.opportunities import Opportunity, Rejection, Way
from bot.history.belief_file import read_model
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.evidence import RedemptionState
from bot.strategy.traits import Traits
from bot.strategy.vetoes import vetoes

_MODEL = read_model()
_TRAITS = st.builds(
    Traits,
    magnitude_bps=st.none() | st.floats(0, 1e6),
    side=st.sampled_from(Side),
    breadth=st.sampled_from(Breadth),
    backing=st.sampled_from(Backing),
    reflexive=st.booleans(),
    redemption=st.sampled_from(RedemptionState),
    hit_share=st.none() | st.floats(0, 1),
    rails_closed=st.booleans(),
)


@given(traits=_TRAITS, age=st.floats(0, 1e6), alarm=st.booleans())
def test_chances_are_chances_and_times_are_times(
    *, traits: Traits, age: float, alarm: bool
) -> None:
    found = _MODEL.of_traits(traits, age_h=age, alarm=alarm)
    assert 0 < found.never_low <= found.never <= found.never_high <= 1
    assert 0 <= found.median_hours <= found.late_hours < math.inf
    assert 0 <= found.similar <= len(_MODEL.fit.examples)


@given(_TRAITS, st.floats(0, 1e5), st.floats(0, 1e5))
def test_waiting_longer_never_raises_the_hope(traits: Traits, one: float, other: float) -> None:
    sooner, later = (_MODEL.of_traits(traits, age_h=age).never for age in sorted((one, other)))
    assert sooner <= later + 1e-12


@given(
    st.sampled_from(["USDC", "UST", "USDe", "DAI", "LUSD", "EURC", "NEW"]),
    st.floats(-9_000, -5.1) | st.floats(5.1, 9_000),
    st.sampled_from(Breadth),
    st.lists(st.floats(0, 1.2), max_size=2),
    st.none() | st.floats(0, 20_000),
)
def test_what_is_vetoed_is_never_recommended_and_what_is_refused_says_why(
    asset: str, off_bps: float, breadth: Breadth, paid: list[float], jump: float | None
) -> None:
    depeg = depeg_of(off_bps, asset=asset, breadth=breadth)
    rails = [rail(value, venue=f"rail {n}") for n, value in enumerate(paid)]
    evidence = evidence_of(*rails, asset=asset, supply_jump_bps=jump)
    forbidden = vetoes(depeg, evidence)
    view = view_of(off_bps, {"kraken": off_bps, "curve": off_bps / 2}, asset=asset)
    judged = OpportunityClassifier(_MODEL).classify(depeg, view, evidence, moment(60))
    assert {one.way for one in judged} == set(Way)
    for one in judged:
        if isinstance(one, Rejection):
            assert one.reason or one.vetoes == forbidden != ()
        else:
            assert one.way is Way.ATOMIC or not forbidden
            assert one.expected_bps >= 5.0
    gains = [one.expected_bps * (1 - one.risk) for one in judged if isinstance(one, Opportunity)]
    assert gains == sorted(gains, reverse=True)
    assert coin_of(asset).reflexive <= bool(forbidden)

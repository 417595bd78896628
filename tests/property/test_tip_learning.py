"""The tip that is learnt against the best fixed one in hindsight, over whole markets of rivals."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from bot.domain.units import BPS, Bps
from bot.strategy.tip_learning import TipLearner, TipParameters

BLOCKS = 5_000
Rival = Callable[[Random, float], int]  # the share that it offers for a value, 0: it sleeps
SHARES = range(0, 9_751, 50)


def steady(share: int, awake: float = 1.0) -> Rival:
    return lambda random, _: share if random.random() < awake else 0


def wide(low: int, high: int, awake: float = 1.0) -> Rival:
    return lambda random, _: random.randint(low, high) if random.random() < awake else 0


def greedy_for_large(small: int, large: int) -> Rival:
    return lambda _, value: large if value > 1_000 else small


MARKETS: dict[str, tuple[Rival, Rival, Rival]] = {
    "calm": (steady(1_000), steady(2_000, 0.5), wide(500, 2_500)),
    "usual": (steady(6_000, 0.7), wide(3_000, 8_000, 0.5), greedy_for_large(2_000, 7_000)),
    "fierce": (steady(8_500), wide(8_000, 9_500, 0.5), greedy_for_large(8_000, 9_000)),
    "sleepy": (steady(7_000, 0.2), steady(5_000, 0.3), wide(1_000, 9_000, 0.3)),
    "alone": (steady(0), steady(0), steady(0)),
}


def learner_of(parameters: TipParameters, seed: int = 1) -> TipLearner:
    return TipLearner(parameters, np.random.default_rng(seed))


def profit(value: float, share: int) -> float:
    return value * (BPS - share) / BPS


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(1, 3))]
)
@pytest.mark.parametrize("market", MARKETS)
def test_what_is_learnt_keeps_nine_tenths_of_the_best_fixed_tip(market: str, seed: int) -> None:
    random = Random(f"{market} {seed}")  # noqa: S311 -- a market, no secret
    learner = learner_of(TipParameters(most_bps=Bps(9_700), least_bps=Bps(0)), seed)
    kept, offered = 0.0, []
    for _ in range(BLOCKS):
        value = 10 ** random.uniform(1.5, 4.5)
        rival = max(one(random, value) for one in MARKETS[market])
        share = learner.choose(value)
        if share > rival:
            kept += profit(value, share)
            learner.won(value, share)
        else:
            learner.lost(value, Bps(rival))
        offered.append((value, rival))
    best = max(
        sum(profit(value, share) for value, rival in offered if share > rival) for share in SHARES
    )
    assert kept >= 0.9 * best, f"{market}, seed {seed}: kept {kept / best:.3f} of the best"


def test_it_follows_rivals_that_change_their_ways() -> None:
    learner = learner_of(TipParameters())
    for offered in (8_000, 2_000):
        for _ in range(3_000):
            share = learner.choose(100.0)
            if share > offered:
                learner.won(100.0, share)
            else:
                learner.lost(100.0, Bps(offered))
        late = [learner.choose(100.0) for _ in range(50)]
        assert offered < sorted(late)[25] <= offered + 500


def test_it_begins_where_it_is_told_and_keeps_within_its_bounds() -> None:
    parameters = TipParameters(start_bps=Bps(4_000), least_bps=Bps(1_000), most_bps=Bps(6_000))
    learner = learner_of(parameters)
    assert learner.choose(100.0) == 4_000
    assert learner.landing(100.0, Bps(4_000)) is None
    for _ in range(500):
        learner.lost(100.0, Bps(9_000))
        assert 1_000 <= learner.choose(100.0) <= 6_000
    for _ in range(2_000):
        learner.won(100.0, Bps(1_000))
        assert 1_000 <= learner.choose(100.0) <= 6_000


def test_a_class_of_values_learns_for_itself() -> None:
    learner = learner_of(TipParameters())
    for _ in range(200):
        learner.lost(10.0, Bps(9_000))
        learner.lost(50_000.0, Bps(1_000))
    assert learner.choose(10.0) > 9_000
    assert 1_000 < learner.choose(50_000.0) < 2_000


def test_a_class_without_observations_borrows_those_of_others() -> None:
    learner = learner_of(TipParameters())
    for _ in range(200):
        learner.lost(10.0, Bps(7_000))
    assert 7_000 < learner.choose(50_000.0) < 8_000


def test_told_not_to_learn_it_does_not() -> None:
    learner = learner_of(TipParameters(learn=False))
    for _ in range(200):
        learner.lost(10.0, Bps(9_000))
    assert learner.choose(10.0) == TipParameters().start_bps


@pytest.mark.parametrize(
    "bounds",
    [{"least_bps": 6_000}, {"most_bps": 4_000}, {"most_bps": 9_990}, {"least_bps": -1}],
)
def test_bounds_that_do_not_rise_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        TipParameters(**{name: Bps(value) for name, value in bounds.items()})

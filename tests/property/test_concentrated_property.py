from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK
from bot.bench.exact_ranges import Ground, GroundType, V3Ground, V4Ground
from bot.bench.real_contracts import RealContracts
from bot.domain.units import PIPS


@pytest.fixture(scope="module", params=[V3Ground, V4Ground])
def ground(contracts: RealContracts, request: pytest.FixtureRequest) -> Ground:
    chosen: GroundType = request.param
    return chosen(contracts)


def whole_pool(ground: Ground, rng: Random) -> ConcentratedPool:
    """Return a pool of which all ticks are known, and that can be traded with."""
    while True:
        pool = ground.draw(rng)
        is_whole = (pool.lowest_tick, pool.highest_tick) == (MIN_TICK, MAX_TICK)
        if is_whole and pool.swap_fee(0) < PIPS > pool.swap_fee(1):
            return pool


REFUSED = (0, 0)  # by V4: more than its results can hold


@settings(max_examples=200)
@given(rng=st.randoms(use_true_random=True))
def test_pool_does_not_take_one_unit_above_the_end_of_the_range(
    ground: Ground, rng: Random
) -> None:
    pool = whole_pool(ground, rng)
    for i in (0, 1):
        limits = pool.limits(i, 1 - i)
        filled = (limits.max_in, limits.max_out)
        assert pool.amount_out(i, 1 - i, limits.max_in + 1) == 0
        assert ground.swap(pool, i, limits.max_in + 1) in {filled, REFUSED}
        if limits.max_in:
            assert ground.swap(pool, i, limits.max_in) == filled


@settings(max_examples=200)
@given(rng=st.randoms(use_true_random=True))
def test_pool_does_not_pay_one_unit_more_than_the_range_holds(ground: Ground, rng: Random) -> None:
    pool = whole_pool(ground, rng)
    for i in (0, 1):
        most = max((paid for _, paid in pool.stops(i, 1 - i)), default=0)
        if most > pool.limits(i, 1 - i).max_out:
            continue  # more than V4's results can hold
        assert pool.amount_in(i, 1 - i, most + 1) == 0
        assert ground.swap(pool, i, -most - 1)[1] in {most, 0}

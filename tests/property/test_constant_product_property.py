from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.constant_product import ConstantProductPool
from bot.bench.exact_pairs import UNISWAP, Trials
from bot.domain.venues import V2_USDC_USDT


@pytest.fixture(scope="module")
def trials() -> Trials:
    return Trials(UNISWAP)


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_pair_refuses_one_unit_above_max_in(trials: Trials, rng: Random) -> None:
    pool = trials.draw(rng)
    limits = pool.limits(0, 1)
    above = limits.max_in + 1
    assert pool.amount_out(0, 1, above) == 0
    assert not trials.lets(pool, 0, above, 1)
    if limits.max_out:
        assert trials.lets(pool, 0, limits.max_in, limits.max_out)


def test_the_whole_reserve_cannot_be_bought() -> None:
    pool = ConstantProductPool(spec=V2_USDC_USDT, block=1, reserves=(1_000, 1_000))
    assert pool.amount_in(0, 1, 999) > 0
    assert pool.amount_in(0, 1, 1_000) == pool.amount_in(0, 1, 0) == 0

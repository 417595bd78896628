"""Against the project's own stand-ins: the rails' bytecode is in no package.

That quotes and prices are theirs is in `test_exactness`; here is where they end.
"""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bench.exact_gsm import GsmWorld
from bot.bench.exact_psm import Module, module_of, random_module
from bot.domain.mainnet_pools import MAKER_PSM_USDC
from bot.domain.venues import LITE_PSM_USDC

STATES = 300
COIN, DOLLARS = 0, 1  # the coin the rail is for; DAI or GHO


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    return [module_of(LITE_PSM_USDC), module_of(MAKER_PSM_USDC)]


@pytest.fixture(scope="module")
def gsm_world() -> GsmWorld:
    return GsmWorld()


@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_peg_modules_refuse_one_unit_above_max_in(modules: list[Module], rng: Random) -> None:
    for module in modules:
        pool = random_module(rng, module.spec)
        limit = pool.max_in(COIN, DOLLARS)
        assert pool.amount_out(COIN, DOLLARS, limit + 1) == 0
        assert module.received_for(pool, limit + 1) == 0
        limit = pool.max_in(DOLLARS, COIN)
        assert pool.amount_out(DOLLARS, COIN, limit + 1) == 0
        if limit:
            gem = pool.amount_out(DOLLARS, COIN, limit)
            assert gem == pool.gem_balance
            assert module.price_of(pool, gem + 1) is None


@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_gsm_refuses_one_unit_above_max_in(gsm_world: GsmWorld, rng: Random) -> None:
    pool = gsm_world.draw(rng)
    limit = pool.max_in(COIN, DOLLARS)
    assert gsm_world.sold(pool, limit + 1) == pool.amount_out(COIN, DOLLARS, limit + 1) == 0
    limits = pool.limits(DOLLARS, COIN)
    assert gsm_world.price_of(pool, limits.max_out + 1) == 0
    if limits.max_out:
        assert 0 < gsm_world.price_of(pool, limits.max_out) <= limits.max_in

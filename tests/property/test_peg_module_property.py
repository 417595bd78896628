"""Against the project's own stand-in for LitePSM: Maker's bytecode is in no package."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.peg_module import HALTED, PegModulePool
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted
from bot.chain.abi import encode, word
from bot.domain.units import WAD
from bot.domain.venues import LITE_PSM_POCKET, LITE_PSM_USDC

STATES, SIZES = 1_000, 10
TIN_SLOT, TOUT_SLOT = 0, 1
GEM, DAI_COIN = 0, 1
USDC, DAI = LITE_PSM_USDC.tokens
PSM = LITE_PSM_USDC.address


@pytest.fixture(scope="module")
def psm(contracts: RealContracts) -> RealContracts:
    for token in LITE_PSM_USDC.tokens:
        contracts.approve(token, PSM)
    return contracts


def random_pool(rng: Random) -> PegModulePool:
    fees = [0, 1, WAD // 10_000, int(WAD * rng.random()), int(WAD ** rng.random()), WAD, HALTED]
    return PegModulePool(
        spec=LITE_PSM_USDC,
        block=1,
        tin=rng.choice(fees),
        tout=rng.choice(fees),
        factor=10**12,
        dai_balance=rng.choice([0, int(10 ** rng.uniform(0, 28))]),
        gem_balance=rng.choice([0, int(10 ** rng.uniform(0, 16))]),
    )


def put(contracts: RealContracts, pool: PegModulePool) -> None:
    contracts.write(PSM, TIN_SLOT, pool.tin)
    contracts.write(PSM, TOUT_SLOT, pool.tout)
    contracts.set_balance(DAI, PSM, pool.dai_balance)
    contracts.set_balance(USDC, LITE_PSM_POCKET, pool.gem_balance)
    for token in LITE_PSM_USDC.tokens:
        contracts.set_balance(token, TRADER, FORTUNE)


def random_size(rng: Random, pool: PegModulePool, i: int) -> int:
    limit = pool.max_in(i, 1 - i)
    around = max(limit + rng.randint(-1, 1), 1)
    drawn = [1, around, rng.randint(1, limit + 1), int((limit + 1) ** rng.random())]
    if i == DAI_COIN and pool.tout != HALTED:
        gem = rng.randint(1, pool.gem_balance + 1)
        exact = gem * pool.factor + gem * pool.factor * pool.tout // WAD
        drawn += [exact, exact - 1]
    return rng.choice(drawn)


def sold(contracts: RealContracts, pool: PegModulePool, gem: int) -> int:
    """Return the DAI received for `gem`; zero if the module refuses."""
    put(contracts, pool)
    try:
        contracts.call(PSM, encode("sellGem(address,uint256)", TRADER, gem))
    except Reverted:
        return 0
    return contracts.balance(DAI, TRADER) - FORTUNE


def price_of(contracts: RealContracts, pool: PegModulePool, gem: int) -> int | None:
    """Return the DAI that `gem` costs; nothing if the module refuses."""
    put(contracts, pool)
    try:
        return word(contracts.call(PSM, encode("buyGem(address,uint256)", TRADER, gem)), 0)
    except Reverted:
        return None


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_quotes_equal_the_stand_in(psm: RealContracts, rng: Random) -> None:
    pool = random_pool(rng)
    for _ in range(SIZES // 2):
        size = random_size(rng, pool, GEM)
        assert sold(psm, pool, size) == pool.amount_out(GEM, DAI_COIN, size)

        size = random_size(rng, pool, DAI_COIN)
        gem = pool.amount_out(DAI_COIN, GEM, size)
        if gem:
            price, next_price = price_of(psm, pool, gem), price_of(psm, pool, gem + 1)
            assert price is not None
            assert price <= size
            assert next_price is None or next_price > size
        else:
            first = price_of(psm, pool, 1)
            refused = size > pool.max_in(DAI_COIN, GEM)
            assert first is None or first > size or refused


@settings(max_examples=300)
@given(rng=st.randoms(use_true_random=True))
def test_max_in_is_the_last_size_that_the_cash_covers(psm: RealContracts, rng: Random) -> None:
    pool = random_pool(rng)
    limit = pool.max_in(GEM, DAI_COIN)
    assert pool.amount_out(GEM, DAI_COIN, limit + 1) == 0
    assert sold(psm, pool, limit + 1) == 0
    limit = pool.max_in(DAI_COIN, GEM)
    assert pool.amount_out(DAI_COIN, GEM, limit + 1) == 0
    if limit:
        gem = pool.amount_out(DAI_COIN, GEM, limit)
        assert gem == pool.gem_balance
        assert price_of(psm, pool, gem + 1) is None


@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_the_price_of_an_output_is_the_least_that_pays_it(rng: Random) -> None:
    pool = random_pool(rng)
    for i in (GEM, DAI_COIN):
        most = pool.amount_out(i, 1 - i, pool.max_in(i, 1 - i))
        if not most:
            assert pool.amount_in(i, 1 - i, 1) == 0
            continue
        wanted = rng.choice([1, most, rng.randint(1, most), int(most ** rng.random())])
        price = pool.amount_in(i, 1 - i, wanted)
        assert pool.amount_out(i, 1 - i, price) >= wanted
        assert pool.amount_out(i, 1 - i, price - 1) < wanted
        assert pool.amount_in(i, 1 - i, pool.amount_out(i, 1 - i, pool.max_in(i, 1 - i)) + 1) == 0


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_gem_costs_what_the_stand_in_takes(psm: RealContracts, rng: Random) -> None:
    pool = random_pool(rng)
    most = pool.amount_out(DAI_COIN, GEM, pool.max_in(DAI_COIN, GEM))
    if most:
        gem = rng.randint(1, most)
        assert price_of(psm, pool, gem) == pool.amount_in(DAI_COIN, GEM, gem)

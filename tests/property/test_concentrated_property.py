from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_SQRT_RATIO, MIN_SQRT_RATIO
from bot.bench.random_pools import PoolStorage, random_state, seen_through_window
from bot.bench.real_contracts import FORTUNE, PAYER, RealContracts
from bot.chain.abi import encode, signed_word
from bot.domain.assets import SUSD, USDT
from bot.domain.venues import UNISWAP_V3_FACTORY, PoolSpec, Venue

STATES, SIZES = 1_000, 10
LIMITS = (MIN_SQRT_RATIO + 1, MAX_SQRT_RATIO - 1)
SPACINGS = {100: 1, 500: 10, 3_000: 60, 10_000: 200}  # by fee in pips, as the factory has them


@pytest.fixture(scope="module")
def pools(contracts: RealContracts) -> dict[int, tuple[PoolSpec, PoolStorage]]:
    """One pool of each fee, made by the real factory."""
    tokens = (SUSD, USDT)
    found = {}
    for fee, spacing in SPACINGS.items():
        create = encode(
            "createPool(address,address,uint24)", *(token.address for token in tokens), fee
        )
        address = "0x" + contracts.call(UNISWAP_V3_FACTORY, create)[12:].hex()
        spec = PoolSpec(name=f"V3 {fee}", venue=Venue.UNISWAP_V3, address=address, tokens=tokens)
        for token in spec.tokens:
            contracts.set_balance(token, address, FORTUNE)
        found[fee] = spec, PoolStorage(contracts, address, spacing)
    return found


def swap(contracts: RealContracts, pool: ConcentratedPool, i: int, amount: int) -> tuple[int, int]:
    """Return what the contract itself says it takes and pays; negative asks for output."""
    call = encode("swap(address,bool,int256,uint160,bytes)", PAYER, i == 0, amount, LIMITS[i], b"")
    answer = contracts.call(PAYER, int(pool.spec.address, 16).to_bytes(32, "big") + call)
    assert len(answer) == 64, answer
    return signed_word(answer, i), -signed_word(answer, 1 - i)


def random_size(rng: Random, pool: ConcentratedPool, i: int) -> int:
    """Return an input of any scale, or one that ends on a stop, one unit below or above."""
    limit, walk = pool.max_in(i, 1 - i), pool._walks[i]
    on_a_stop = rng.choice(walk._costs[walk._first :]) - walk._cost_offset + rng.randint(-1, 1)
    drawn = [1, limit, limit - 1, rng.randint(1, limit), int(limit ** rng.random()), on_a_stop]
    return min(max(rng.choice([*drawn, on_a_stop]), 1), limit)


def random_output(rng: Random, pool: ConcentratedPool, i: int) -> int:
    """Return an output of any scale, or one that is paid just at a stop, one unit more or less."""
    walk = pool._walks[i]
    most = walk.most_out
    on_a_stop = rng.choice(walk._paid[walk._first :]) - walk._paid_offset + rng.randint(-1, 1)
    drawn = [1, most, most - 1, rng.randint(1, most), int(most ** rng.random()), on_a_stop]
    return min(max(rng.choice([*drawn, on_a_stop]), 1), most)


def random_words(rng: Random, spacing: int) -> int:
    """Return how far the reader looks: usually as the bot does, at times to the ends."""
    return rng.choice([0, 1, 2, 2, 2, 200 // spacing if spacing < 60 else 100])


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_quote_equals_what_the_pool_takes_and_pays(
    contracts: RealContracts, pools: dict[int, tuple[PoolSpec, PoolStorage]], rng: Random
) -> None:
    fee = rng.choice(list(SPACINGS))
    spacing = SPACINGS[fee]
    spec, storage = pools[fee]
    state = random_state(rng, spacing)
    words = random_words(rng, spacing)
    pool = seen_through_window(state, spec, fee=fee, spacing=spacing, words=words)
    directions = [i for i in (0, 1) if pool.max_in(i, 1 - i)]
    assume(directions)
    storage.put(state)
    for _ in range(SIZES):
        i = rng.choice(directions)
        size = random_size(rng, pool, i)
        assert swap(contracts, pool, i, size) == (size, pool.amount_out(i, 1 - i, size))


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_exact_output_costs_what_the_pool_takes(
    contracts: RealContracts, pools: dict[int, tuple[PoolSpec, PoolStorage]], rng: Random
) -> None:
    fee = rng.choice(list(SPACINGS))
    spacing = SPACINGS[fee]
    spec, storage = pools[fee]
    state = random_state(rng, spacing)
    words = random_words(rng, spacing)
    pool = seen_through_window(state, spec, fee=fee, spacing=spacing, words=words)
    directions = [i for i in (0, 1) if pool._walks[i].most_out]
    assume(directions)
    storage.put(state)
    for _ in range(SIZES):
        i = rng.choice(directions)
        asked = random_output(rng, pool, i)
        assert swap(contracts, pool, i, -asked) == (pool.amount_in(i, 1 - i, asked), asked)


@settings(max_examples=200)
@given(rng=st.randoms(use_true_random=True))
def test_pool_does_not_take_one_unit_above_the_end_of_the_range(
    contracts: RealContracts, pools: dict[int, tuple[PoolSpec, PoolStorage]], rng: Random
) -> None:
    fee = 10_000
    spec, storage = pools[fee]
    state = random_state(rng, SPACINGS[fee])
    pool = seen_through_window(state, spec, fee=fee, spacing=SPACINGS[fee], words=100)
    storage.put(state)
    for i in (0, 1):
        limit = pool.max_in(i, 1 - i)
        assert pool.amount_out(i, 1 - i, limit + 1) == 0
        if limit:
            filled = (limit, pool.amount_out(i, 1 - i, limit))
            assert swap(contracts, pool, i, limit + 1) == filled


@settings(max_examples=200)
@given(rng=st.randoms(use_true_random=True))
def test_pool_does_not_pay_one_unit_more_than_the_range_holds(
    contracts: RealContracts, pools: dict[int, tuple[PoolSpec, PoolStorage]], rng: Random
) -> None:
    fee = 10_000
    spec, storage = pools[fee]
    state = random_state(rng, SPACINGS[fee])
    pool = seen_through_window(state, spec, fee=fee, spacing=SPACINGS[fee], words=100)
    storage.put(state)
    for i in (0, 1):
        most = pool._walks[i].most_out
        assert pool.amount_in(i, 1 - i, most + 1) == 0
        if most:
            assert swap(contracts, pool, i, -most - 1)[1] == most

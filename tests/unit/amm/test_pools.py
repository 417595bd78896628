"""What must hold of any pool, whatever its curve."""

import pytest
from balancer_examples import balancer_pools, composable, weighted
from curve_examples import metapool, next_generation, rated_pools
from hypothesis import given
from hypothesis import strategies as st
from pool_examples import concentrated, pair, peg_module, pools, stable
from rail_examples import converter, first_psm, gsm, rails, vault

from bot.amm.pool import Pool

EXAMPLES = [
    *(pair(), stable(), next_generation(), metapool(), concentrated(), peg_module()),
    *(composable(), weighted((10**18, 10**27)), first_psm(), converter(), gsm(), vault()),
]
POOLS = st.one_of(pools(), rated_pools(), balancer_pools(), rails())
PROBE = 10**9  # a thousand coins of six decimals


def size_in(pool: Pool, i: int, share: float) -> int:
    """Return a size from one base unit up to what an ordinary trade could be."""
    coin = 10 ** pool.spec.tokens[i].decimals
    return min(max(int(coin * 10 ** (10 * share - 3)), 1), pool.max_in(i, 1 - i))


@given(POOLS, st.sampled_from([0, 1]), st.floats(0, 1), st.floats(0, 1))
def test_more_in_never_pays_less(pool: Pool, i: int, one: float, other: float) -> None:
    small, large = sorted((size_in(pool, i, one), size_in(pool, i, other)))
    assert pool.amount_out(i, 1 - i, small) <= pool.amount_out(i, 1 - i, large)


@given(POOLS, st.sampled_from([0, 1]), st.floats(0, 1))
def test_out_and_back_never_gains(pool: Pool, i: int, share: float) -> None:
    # On the unchanged state the way back is better than after the first swap; still no gain.
    size = size_in(pool, i, share)
    assert pool.amount_out(1 - i, i, pool.amount_out(i, 1 - i, size)) <= size


@given(POOLS, st.sampled_from([0, 1]))
def test_one_unit_above_max_in_pays_nothing(pool: Pool, i: int) -> None:
    limit = pool.max_in(i, 1 - i)
    assert pool.amount_out(i, 1 - i, limit) > 0
    assert pool.amount_out(i, 1 - i, limit + 1) == 0


@pytest.mark.parametrize("pool", EXAMPLES)
@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_in_pays_nothing(pool: Pool, amount: int) -> None:
    assert pool.amount_out(0, 1, amount) == pool.amount_out(1, 0, amount) == 0


@pytest.mark.parametrize("pool", EXAMPLES)
@pytest.mark.parametrize("i", [0, 1])
def test_marginal_rate_is_the_rate_of_a_small_trade(pool: Pool, i: int) -> None:
    size = PROBE * 10 ** (pool.spec.tokens[i].decimals - 6)
    rate = pool.amount_out(i, 1 - i, size) / size
    assert pool.marginal_rate(i, 1 - i) == pytest.approx(rate, rel=3e-4)

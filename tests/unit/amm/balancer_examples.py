"""One plain Balancer pool of each kind."""

from typing import Any

from hypothesis import strategies as st

from bot.amm.balancer_stable import BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.pool import Pool
from bot.domain.local_pools import LOCAL_COMPOSABLE, LOCAL_WEIGHTED
from bot.domain.units import WAD

MILLION = 10**6 * 10**6  # of a coin with six decimals


def composable(
    balances: tuple[int, ...] = (10**25, 10 * MILLION, 10 * MILLION), **changed: Any
) -> BalancerStablePool:
    factors = tuple(10 ** (36 - token.decimals) for token in LOCAL_COMPOSABLE.tokens)
    state = {"amplification": 2_000_000, "fee": 10**14, "scaling_factors": factors} | changed
    return BalancerStablePool(spec=LOCAL_COMPOSABLE, block=1, balances=balances, **state)


def weighted(
    balances: tuple[int, ...] = (20 * MILLION, 2 * 10**22), **changed: Any
) -> BalancerWeightedPool:
    state = {"weights": (WAD // 5, WAD * 4 // 5), "fee": 10**15} | changed
    return BalancerWeightedPool(spec=LOCAL_WEIGHTED, block=1, balances=balances, **state)


def balancer_pools() -> st.SearchStrategy[Pool]:
    amounts, wads = st.integers(10**6, 10**15), st.integers(10**18, 10**27)
    amplifications = st.integers(1_000, 5_000_000)
    stable = st.builds(composable, st.tuples(wads, amounts, amounts), amplification=amplifications)
    # A few states never settle on an invariant: those pools are closed.
    settled = stable.filter(lambda pool: pool.limits(0, 1).closed is None)
    return st.one_of(settled, st.builds(weighted, st.tuples(amounts, wads)))

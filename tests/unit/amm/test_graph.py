"""Every round trip is found, once, and nothing else is."""

from itertools import permutations, product

import pytest

from bot.amm.graph import Cycle, find_cycles
from bot.domain.assets import DAI, SUSD, USDC, USDT
from bot.domain.venues import (
    CURVE_3POOL,
    CURVE_SUSD,
    LITE_PSM_USDC,
    POOLS,
    V2_USDC_USDT,
    V3_USDC_USDT,
    PoolSpec,
)

Walked = tuple[tuple[str, int, int], ...]


def walked(cycle: Cycle) -> Walked:
    return tuple((hop.pool.address, hop.i, hop.j) for hop in cycle.hops)


def every_round_trip(pools: tuple[PoolSpec, ...], max_legs: int) -> set[Walked]:
    """All ordered choices of distinct pools and coins, kept if they chain and close."""
    found = set()
    for legs in range(2, max_legs + 1):
        for chosen in permutations(pools, legs):
            pairs = [list(permutations(range(len(pool.tokens)), 2)) for pool in chosen]
            for coins in product(*pairs):
                paid = [pool.tokens[i] for pool, (i, _) in zip(chosen, coins, strict=True)]
                got = [pool.tokens[j] for pool, (_, j) in zip(chosen, coins, strict=True)]
                if got[-1:] + got[:-1] == paid and len(set(got)) == legs:
                    found.add(
                        tuple((p.address, i, j) for p, (i, j) in zip(chosen, coins, strict=True))
                    )
    return found


@pytest.mark.parametrize("max_legs", [2, 3, 4])
def test_the_walk_finds_exactly_what_trying_everything_finds(max_legs: int) -> None:
    found = [walked(cycle) for cycle in find_cycles(POOLS, max_legs)]
    assert len(found) == len(set(found))
    assert set(found) == every_round_trip(POOLS, max_legs)


def test_a_cycle_starts_and_ends_in_its_token() -> None:
    for cycle in find_cycles(POOLS, 3):
        first, last = cycle.hops[0], cycle.hops[-1]
        assert first.pool.tokens[first.i] == cycle.token == last.pool.tokens[last.j]


def test_a_lone_pool_makes_no_cycle() -> None:
    assert find_cycles([CURVE_SUSD], 4) == ()


def test_pools_without_a_common_pair_of_tokens_make_no_cycle() -> None:
    assert find_cycles([LITE_PSM_USDC, V3_USDC_USDT], 4) == ()


def test_two_pools_of_one_pair_make_each_round_trip_from_each_token() -> None:
    cycles = find_cycles([V2_USDC_USDT, V3_USDC_USDT], 2)
    assert len(cycles) == 4
    assert [cycle.token for cycle in cycles].count(USDC) == 2


def test_a_token_of_one_pool_only_is_never_passed_through() -> None:
    tokens = {
        hop.pool.tokens[hop.j]
        for cycle in find_cycles([CURVE_SUSD, CURVE_3POOL], 3)
        for hop in cycle.hops
    }
    assert SUSD not in tokens
    assert tokens == {DAI, USDC, USDT}


def test_the_order_of_cycles_is_the_same_every_time() -> None:
    assert find_cycles(POOLS, 3) == find_cycles(POOLS, 3)


def test_a_route_names_pools_and_tokens_in_order() -> None:
    routes = [cycle.route for cycle in find_cycles([V2_USDC_USDT, V3_USDC_USDT], 2)]
    assert ("USDC -[Uniswap V2 USDC/USDT]-> USDT -[Uniswap V3 USDC/USDT 0.01%]-> USDC") in routes

from collections.abc import Iterator

import pytest
from pool_examples import MILLION, concentrated, pair, peg_module, stable

from bot.amm.graph import Hop, find_cycles
from bot.amm.optimum import Step, quote_path, rate_of
from bot.amm.path_sizing import SizedPath
from bot.amm.pool import Pool
from bot.amm.router import Router
from bot.bench.golden_search import best_size
from bot.bench.random_markets import random_market
from bot.domain.units import Raw


def router_of(*pools: Pool) -> Router:
    router = Router([pool.spec for pool in pools], pools[0].spec.tokens[0])
    router.refresh({pool.spec: pool for pool in pools})
    return router


def path_through(*steps: Step) -> SizedPath:
    hops = [Hop(pool=pool.spec, i=i, j=j) for pool, i, j in steps]
    return router_of(*{pool.spec: pool for pool, _, _ in steps}.values()).path(hops)


def open_paths(seed: int) -> Iterator[SizedPath]:
    pools = random_market(seed, pools=7, tokens=4, far_off=0.5).pools
    router = router_of(*pools.values())
    for cycle in find_cycles(list(pools), 3):
        if rate_of([(pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]) > 1.0:
            yield router.path(cycle.hops)


def gain_of(path: SizedPath, fee: float = 0.0, most: Raw | None = None) -> float:
    size, received = path.best(fee, most)
    return received[-1] - size * (1 + fee) if received else 0


@pytest.mark.parametrize("fee", [0.0, 0.0005])
@pytest.mark.parametrize("seed", range(8))
def test_size_earns_what_the_best_size_found_by_trying_earns(seed: int, fee: float) -> None:
    for path in open_paths(seed):
        upper = Raw(4 * path.size() + 10**6)
        best = best_size(
            lambda at: quote_path(path.steps, at)[-1] - at - int(at * fee),  # noqa: B023
            upper,
        )[1]
        # Coins of six decimals on the way are cut by up to a base unit each.
        first, i, _ = path.steps[0]
        steps_of_rounding = 3 * 10 ** (first.spec.tokens[i].decimals - 6)
        assert gain_of(path, fee) >= best - max(best // 10**6, steps_of_rounding)


def test_size_is_never_above_the_most_that_may_go_in() -> None:
    path = path_through((pair(MILLION, 2 * MILLION), 0, 1), (stable(), 1, 0))
    most = Raw(path.size() // 3)
    assert path.best(most=most) == (most, quote_path(path.steps, most))
    assert path.best(most=Raw(0)) == (0, ())


def test_a_fee_makes_the_size_smaller_and_one_above_the_gap_makes_it_nothing() -> None:
    path = path_through((pair(MILLION, 2 * MILLION), 0, 1), (stable(), 1, 0))
    assert 0 < path.size(fee=0.01) < path.size()
    assert path.best(fee=1.0) == (0, ())


@pytest.mark.parametrize("pool", [pair(), stable(), concentrated(), peg_module(tin=10**15)])
def test_there_and_back_through_twins_gains_nothing(pool: Pool) -> None:
    assert path_through((pool, 0, 1), (pool, 1, 0)).best() == (0, ())


def test_cap_of_a_rail_ends_the_size() -> None:
    # All of the module's DAI, whatever more would gain where it is worth twice as much.
    module = peg_module(dai_balance=4 * 10**20)
    dear = stable((10**25, 90 * MILLION, 90 * MILLION), amplification=1)
    path = path_through((module, 0, 1), (dear, 0, 1))
    size, received = path.best()
    assert received[-1] > size
    assert size == pytest.approx(module.max_in(0, 1), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_cycle_begun_elsewhere_has_the_best_size_of_its_new_token(seed: int) -> None:
    market = random_market(seed, 50)
    router = router_of(*market.pools.values())
    for trip in router.best_cycles({}, 3, 2):
        for first in range(len(trip.hops)):
            path = router.path(trip.hops[first:] + trip.hops[:first])
            upper = Raw(4 * path.size() + 10**6)
            best = best_size(
                lambda at: quote_path(path.steps, at)[-1] - at,  # noqa: B023
                upper,
            )[1]
            assert gain_of(path) >= best * (1 - 1e-6)


def test_pool_that_is_out_of_the_market_has_no_path() -> None:
    first, second = pair(MILLION, 2 * MILLION), stable()
    router = router_of(first, second)
    router.refresh({first.spec: first})
    with pytest.raises(LookupError):
        router.path([Hop(pool=first.spec, i=0, j=1), Hop(pool=second.spec, i=1, j=0)])

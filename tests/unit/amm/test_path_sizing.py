from collections.abc import Iterator

import pytest
from pool_examples import MILLION, concentrated, pair, peg_module, stable

from bot.amm.graph import find_cycles
from bot.amm.optimum import Step, best_size, quote_path, rate_of
from bot.amm.path_sizing import PathSizer
from bot.amm.pool import Pool
from bot.bench.random_markets import random_market
from bot.domain.units import Raw


def open_paths(seed: int) -> Iterator[tuple[PathSizer, list[Step]]]:
    pools = random_market(seed, pools=7, tokens=4, far_off=0.5).pools
    sizer = PathSizer(pools.values())
    for cycle in find_cycles(list(pools), 3):
        steps: list[Step] = [(pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]
        if rate_of(steps) > 1.0:
            yield sizer, steps


@pytest.mark.parametrize("seed", range(8))
def test_size_earns_what_the_best_size_found_by_trying_earns(seed: int) -> None:
    for sizer, steps in open_paths(seed):
        size, profit = sizer.path(steps).best()
        upper = Raw(4 * size + 10**6)
        best = best_size(lambda at: quote_path(steps, at)[-1] - at, upper)[1]  # noqa: B023
        # Coins of six decimals on the way are cut by up to a base unit each.
        steps_of_rounding = 3 * 10 ** (steps[0][0].spec.tokens[steps[0][1]].decimals - 6)
        assert profit >= best - max(best // 10**6, steps_of_rounding)


def test_cost_above_the_profit_leaves_nothing_to_do() -> None:
    steps: list[Step] = [(pair(MILLION, 2 * MILLION), 0, 1), (pair(), 1, 0)]
    path = PathSizer([steps[0][0], steps[1][0]]).path(steps)
    profit = path.best()[1]
    assert path.best(costs=profit - 1) == (path.size(), 1)
    assert path.best(costs=profit) == (0, 0)


@pytest.mark.parametrize("pool", [pair(), stable(), concentrated(), peg_module(tin=10**15)])
def test_there_and_back_through_twins_gains_nothing(pool: Pool) -> None:
    steps: list[Step] = [(pool, 0, 1), (pool, 1, 0)]
    assert PathSizer([pool]).path(steps).best() == (0, 0)


def test_cap_of_a_rail_ends_the_size() -> None:
    # All of the module's DAI, whatever more would gain where it is worth twice as much.
    module = peg_module(dai_balance=4 * 10**20)
    dear = stable((10**25, 90 * MILLION, 90 * MILLION), amplification=1)
    steps: list[Step] = [(module, 0, 1), (dear, 0, 1)]
    size, profit = PathSizer([module, dear]).path(steps).best()
    assert profit > 0
    assert size == pytest.approx(module.max_in(0, 1), rel=1e-6)

from bot.amm.router import Router
from bot.bench.optimum_cycles import SHAPES, sized_cycles
from bot.bench.optimum_markets import GAS, searched_markets
from bot.bench.random_markets import random_market
from bot.strategy.assembly import exact_profit

SEED = 7


def test_random_cycles_earn_what_trying_sizes_earns() -> None:
    cycles = list(sized_cycles(4 * len(SHAPES), SEED))
    assert all(0.99999 <= cycle.share <= 1.0 for cycle in cycles)


def test_exact_swaps_of_random_markets_come_to_the_bound() -> None:
    for market in searched_markets(50, 3, SEED):
        assert market.plan_feasible
        assert market.exact_gap < 3e-4
        assert market.plan_net >= market.single_net - 1e-3


def test_a_search_that_loses_its_way_on_fewer_pools_is_not_believed() -> None:
    market = random_market(16, 50)
    router = Router(list(market.pools), market.numeraire)
    router.refresh(market.pools)
    pruned = router.pruned(dict.fromkeys(market.pools, GAS), 40)
    assert 0.0 < pruned.value <= pruned.bound * 1.0001
    assert exact_profit(pruned, market.pools, market.numeraire) > 0

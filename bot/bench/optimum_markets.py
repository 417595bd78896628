"""Whole markets: how long the search takes, and how near exact swaps come to its bound."""

import time
from collections.abc import Callable, Iterator
from random import Random

import msgspec

from bot.amm.router import Router, Solution
from bot.bench.market_moves import next_block
from bot.bench.random_markets import Market, random_market
from bot.strategy.assembly import exact_profit
from bot.strategy.parameters import StrategyParameters

GAS = 4.0  # whole numeraire per pool used
_RUNS = 3  # of everything timed; the fastest counts, as noise only adds
_LEAST_BOUND = 50.0  # whole numeraire: markets with less to earn are left out


class SearchedMarket(msgspec.Struct, frozen=True):
    """Times in milliseconds; gaps as parts of the bound; money in whole numeraire."""

    cold_ms: float
    warm_ms: float  # on the next block
    plan_ms: float  # there: solve, prune and run in exact integers
    cycles_ms: float
    exact_gap: float  # of the whole solution, without gas
    plan_gap: float  # of the exact plan after gas, to the bound after gas
    plan_feasible: bool
    single_net: float  # of the best single cycle, after gas
    plan_net: float  # of the exact plan, after gas


def searched_markets(pools: int, count: int, seed: int) -> Iterator[SearchedMarket]:
    """Yield `count` markets of so many pools in which there is something to earn."""
    found = 0
    while found < count:
        seed += 1
        market = random_market(seed, pools)
        router = Router(list(market.pools), market.numeraire)
        router.refresh(market.pools)
        whole = router.solve()
        if whole.bound >= _LEAST_BOUND:
            found += 1
            yield _searched(market, router, whole, Random(seed))


def _searched(market: Market, router: Router, whole: Solution, rng: Random) -> SearchedMarket:
    gas, limits = dict.fromkeys(market.pools, GAS), StrategyParameters()
    exact = _exact(whole, market)
    pruned = router.pruned(gas, limits.max_pools)
    earned = _exact(pruned, market)
    net = earned - GAS * len(pruned.flows)
    trips = router.best_cycles(gas, limits.max_legs, 1)
    single = trips[0].gain - GAS * len(trips[0].hops) if trips else 0.0
    moved = next_block(rng, market)

    def plan() -> float:
        return _exact(router.pruned(gas, limits.max_pools), moved)

    def cycles() -> object:
        return router.best_cycles(gas, limits.max_legs, limits.candidates)

    gas_bound = pruned.gas_bound or 0.0
    return SearchedMarket(
        cold_ms=min(_cold_ms(market) for _ in range(_RUNS)),
        warm_ms=min(_warm_ms(router, market, moved, router.solve) for _ in range(_RUNS)),
        plan_ms=min(_warm_ms(router, market, moved, plan) for _ in range(_RUNS)),
        cycles_ms=_milliseconds(cycles),
        exact_gap=(whole.bound - exact) / whole.bound,
        plan_gap=(gas_bound - net) / max(gas_bound, 1.0),
        plan_feasible=exact > 0.0 and (earned > 0.0 or not pruned.flows),
        single_net=single,
        plan_net=net,
    )


def _exact(solution: Solution, market: Market) -> float:
    """Return what exact swaps make of the solution, in whole numeraire; zero where they cannot."""
    profit = exact_profit(solution, market.pools, market.numeraire)
    return float(profit / 10**market.numeraire.decimals)


def _cold_ms(market: Market) -> float:
    router = Router(list(market.pools), market.numeraire)
    router.refresh(market.pools)
    return _milliseconds(router.solve)


def _warm_ms(router: Router, last: Market, now: Market, act: Callable[[], object]) -> float:
    router.refresh(last.pools)
    router.solve()
    router.refresh(now.pools)
    return _milliseconds(act)


def _milliseconds(act: Callable[[], object]) -> float:
    """Return processor time: nothing here waits, and other programs must not count."""
    started = time.process_time()
    act()
    return (time.process_time() - started) * 1e3

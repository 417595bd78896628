"""Random markets of fifty pools: every program runs, and earns nearly all there is."""

import pytest
from support.replay import replay

from bot.amm.router import Router, Solution
from bot.bench.random_markets import Market, random_market
from bot.domain.units import Raw
from bot.domain.venues import Lender
from bot.market.lenders import LenderState
from bot.strategy.assembly import program_of

POOLS = 50
GAS_COINS = 4.0  # per pool
PLENTY = Raw(10**40)


def lenders(market: Market) -> list[LenderState]:
    tokens = {token for spec in market.pools for token in spec.tokens}
    return [
        LenderState(lender=Lender.MORPHO, token=token, available=PLENTY)
        for token in sorted(tokens, key=lambda token: token.symbol)
    ]


def earned(market: Market, solution: Solution) -> float:
    """Return what the program of a solution makes in whole coins, run swap by swap."""
    program = program_of(solution, market.pools, market.numeraire, lenders(market))
    if program is None:
        return 0.0
    left = replay(market.pools, program.loans, program.legs)
    assert left.pop(market.numeraire) == program.profit
    return program.profit / 10**market.numeraire.decimals


@pytest.mark.parametrize("seed", range(12))
def test_a_program_earns_what_the_search_promises_and_more_than_any_round_trip(seed: int) -> None:
    market = random_market(seed, POOLS)
    router = Router(tuple(market.pools), market.numeraire)
    router.refresh(market.pools)
    whole = router.solve()
    assert earned(market, whole) >= whole.bound * (1 - 3e-4)
    single = router.best_cycles({}, 3, 1)
    assert earned(market, whole) >= sum(trip.gain for trip in single) * (1 - 1e-5)


@pytest.mark.parametrize("most", [2, 5, 16, 40])
def test_a_program_of_few_pools_earns_what_those_promise(most: int) -> None:
    market = random_market(1, POOLS)
    router = Router(tuple(market.pools), market.numeraire)
    router.refresh(market.pools)
    few = router.pruned(dict.fromkeys(market.pools, GAS_COINS), most)
    assert len(few.flows) <= most
    assert earned(market, few) >= few.value * (1 - 3e-4) - 1.0

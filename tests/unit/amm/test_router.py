"""The whole-market search against single cycles, closed forms, and itself."""

from random import Random

import msgspec
import pytest
from pool_examples import MILLION, pair, peg_module, stable

from bot.amm.graph import find_cycles
from bot.amm.image import Image
from bot.amm.optimum import Step, quote_path
from bot.amm.pool import Pool
from bot.amm.router import Router, Solution
from bot.bench.golden_search import best_size
from bot.bench.market_moves import next_block
from bot.bench.random_markets import Market, random_market
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Raw
from bot.domain.venues import V2_USDC_WETH

GAS = 4.0  # whole coins per pool


def router_of(market: Market) -> Router:
    router = Router(list(market.pools), market.numeraire)
    router.refresh(market.pools)
    return router


def market_of(*pools: Pool) -> Market:
    return Market(USDC, {pool.spec: pool for pool in pools})


def net_of(solution: Solution) -> float:
    return solution.value - GAS * len(solution.flows)


@pytest.mark.parametrize("seed", range(6))
def test_flows_reach_the_bound(seed: int) -> None:
    solution = router_of(random_market(seed, 50)).solve()
    assert solution.gap < 1e-6
    assert not solution.cold
    assert sum(solution.shares.values()) == pytest.approx(solution.bound, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_flows_of_every_token_but_the_numeraire_cancel(seed: int) -> None:
    solution = router_of(random_market(seed, 50)).solve()
    net = dict.fromkeys(solution.tokens, 0.0)
    for spec, flows in solution.flows.items():
        for token, flow in zip(spec.tokens, flows, strict=True):
            net[token] += flow
    numeraire, *others = solution.tokens
    assert net[numeraire] == pytest.approx(solution.value, rel=1e-5)
    assert all(abs(net[token]) < 1e-5 * max(solution.value, 1.0) + 0.1 for token in others)


@pytest.mark.parametrize("seed", range(4))
def test_next_block_is_found_as_well_from_the_last_one_as_from_nothing(seed: int) -> None:
    market = random_market(seed, 50)
    router = router_of(market)
    for number in range(3):
        router.solve()
        market = next_block(Random(number), market)  # noqa: S311
        router.refresh(market.pools)
        assert router.solve().bound == pytest.approx(router_of(market).solve().bound, rel=1e-6)


def test_pool_without_a_state_is_out_of_the_market_until_it_has_one() -> None:
    market = random_market(2, 30)
    router = router_of(market)
    whole = router.solve()
    used = next(iter(whole.flows))
    router.refresh({spec: pool for spec, pool in market.pools.items() if spec != used})
    without = router.solve()
    assert used not in without.flows
    assert without.bound < whole.bound
    router.refresh(market.pools)
    assert router.solve().bound == pytest.approx(whole.bound, rel=1e-6)


def test_module_used_in_part_earns_what_the_best_size_of_its_cycle_earns() -> None:
    # DAI at 0.99 in the curve; the module pays par for it, up to far more than is worth it.
    module, curve = peg_module(gem_balance=10**15), stable((2 * 10**25, 10 * MILLION, 10 * MILLION))
    steps: list[Step] = [(curve, 1, 0), (module, 1, 0)]
    best = best_size(lambda size: quote_path(steps, size)[-1] - size, Raw(10**13))[1]
    solution = router_of(market_of(module, curve)).solve()
    assert solution.value == pytest.approx(best / 1e6, rel=1e-6)
    assert solution.gap < 1e-6


def test_token_that_nothing_links_to_the_numeraire_has_no_price() -> None:
    lonely = msgspec.structs.replace(
        pair().spec, name="lonely", address=V2_USDC_WETH.address, tokens=(USDT, DAI)
    )
    alone = msgspec.structs.replace(pair(), spec=lonely, reserves=(10**12, 10**24))
    solution = Router([lonely], USDC)
    solution.refresh({lonely: alone})
    found = solution.solve()
    assert found.bound == found.value == 0.0
    assert found.flows == {}
    assert found.prices == (1.0, 0.0, 0.0) or found.prices[1:] == (0.0, 0.0)


def test_dear_token_is_priced_as_well_as_a_stable_one() -> None:
    # 3,000 USDC per WETH in one pair and 1 % more in the other.
    first = msgspec.structs.replace(pair(), spec=V2_USDC_WETH, reserves=(3 * 10**13, 10**22))
    other = msgspec.structs.replace(V2_USDC_WETH, name="dearer", address=pair().spec.address)
    second = msgspec.structs.replace(first, spec=other, reserves=(303 * 10**11, 10**22))
    steps: list[Step] = [(first, 0, 1), (second, 1, 0)]
    best = best_size(lambda size: quote_path(steps, size)[-1] - size, Raw(10**13))[1]
    assert router_of(market_of(first, second)).solve().value == pytest.approx(best / 1e6, rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_best_cycle_is_the_best_of_all_sized_one_by_one(seed: int) -> None:
    market = random_market(seed, 12, tokens=5, far_off=0.3)
    trips = router_of(market).best_cycles({}, max_hops=3, count=3)
    unit = 10**market.numeraire.decimals
    best = 0
    for cycle in find_cycles(list(market.pools), 3):
        if cycle.token == market.numeraire:
            steps: list[Step] = [(market.pools[hop.pool], hop.i, hop.j) for hop in cycle.hops]
            upper = min(steps[0][0].max_in(cycle.hops[0].i, cycle.hops[0].j), 10**9 * unit)
            if upper:
                best = max(best, best_size(lambda at: _gain(steps, at), Raw(upper))[1])  # noqa: B023
    through_numeraire = [
        trip
        for trip in router_of(market).best_cycles({}, max_hops=3, count=50)
        if any(hop.pool.tokens[hop.i] == market.numeraire for hop in trip.hops)
    ]
    gain = through_numeraire[0].gain if through_numeraire else 0.0
    # A trip's gain is in any of its tokens, at prices that its own rates differ from a little.
    assert gain == pytest.approx(best / unit, rel=2e-3, abs=1e-3)
    assert [trip.gain for trip in trips] == sorted((trip.gain for trip in trips), reverse=True)


@pytest.mark.parametrize("seed", range(5))
def test_best_cycles_after_gas_gain_more_than_their_gas(seed: int) -> None:
    market = random_market(seed, 50)
    for trip in router_of(market).best_cycles(dict.fromkeys(market.pools, GAS), 3, 8):
        assert trip.gain > GAS * len(trip.hops)
        assert len({hop.pool for hop in trip.hops}) == len(trip.hops)


@pytest.mark.parametrize("seed", range(8))
def test_pruned_pools_are_few_and_earn_less_than_the_bound_after_gas(seed: int) -> None:
    market = random_market(seed, 50)
    router = router_of(market)
    whole = router.solve()
    gas = dict.fromkeys(market.pools, GAS)
    free, few = router.pruned(gas, 50), router.pruned(gas, 6)
    assert len(few.flows) <= 6
    assert free.gas_bound is not None
    assert net_of(few) <= net_of(free) + 1e-6
    assert net_of(free) <= free.gas_bound + 1e-6 <= whole.bound + 1e-6
    assert free.bound == whole.bound
    assert router.solve().bound == pytest.approx(whole.bound, rel=1e-9)


def test_nothing_is_worth_more_gas_than_it_earns() -> None:
    market = random_market(2, 50)
    solution = router_of(market).pruned(dict.fromkeys(market.pools, 1e9), 50)
    assert solution.flows == {}
    assert solution.value == 0.0
    assert solution.gas_bound == 0.0


def _gain(steps: list[Step], size: Raw) -> int:
    return quote_path(steps, size)[-1] - size


def test_pool_that_shows_one_curve_twice_is_used_once() -> None:
    class Twice:
        """Shows its curve as two pairs, as a metapool does."""

        def __init__(self, pool: Pool) -> None:
            self.spec, self.block, self._pool = pool.spec, pool.block, pool

        def images(self) -> tuple[Image, ...]:
            (image,) = self._pool.images()
            return (image, image)

    market = market_of(stable((2 * 10**25, 10 * MILLION, 10 * MILLION)), peg_module())
    once = router_of(market).pruned({}, 9)
    doubled = {
        spec: Twice(pool) if pool.spec.name.startswith("Curve") else pool
        for spec, pool in market.pools.items()
    }
    twice = router_of(Market(USDC, doubled)).pruned({}, 9)
    assert twice.value == pytest.approx(once.value, rel=1e-6)
    assert twice.bound > once.bound


@pytest.mark.parametrize("seed", range(6))
def test_no_single_cycle_earns_more_than_the_bound(seed: int) -> None:
    market = random_market(seed, 50)
    router = router_of(market)
    bound = router.solve().bound
    for trip in router.best_cycles({}, 4, 5):
        assert trip.gain <= bound * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_program_is_at_least_the_best_cycle_that_passes_the_numeraire(seed: int) -> None:
    market = random_market(seed, 50)
    router = router_of(market)
    gas = dict.fromkeys(market.pools, GAS)
    for trip in router.best_cycles(gas, 3, 8):
        if any(hop.pool.tokens[hop.i] == market.numeraire for hop in trip.hops):
            # Its gain is counted at prices; in the numeraire itself it can be a little less.
            gain = trip.gain * (1 - 2e-3) - GAS * len(trip.hops)
            assert net_of(router.pruned(gas, 40)) >= gain - 1e-2
            break

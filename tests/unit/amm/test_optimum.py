"""The search against trying sizes: same profit, for round trips through every kind of pool."""

from collections.abc import Sequence

import pytest
from fakes.markets import curve_pool, peg_module, raw, v2_pool, v3_pool
from hypothesis import given, settings
from hypothesis import strategies as st
from support.brute_force import brute_force

from bot.amm.graph import find_cycles
from bot.amm.optimum import Step, quote_path, rate_of
from bot.amm.pool import Pool
from bot.bench.golden_search import best_size
from bot.domain.assets import DAI, USDC
from bot.domain.units import Raw

ROUNDING = 10  # base units: the pools pay in steps, so the top of profit is not quite smooth
V3_LIQUIDITY = 10**15  # about five million of each coin within one per cent


def round_trips(pools: Sequence[Pool], max_legs: int = 3) -> list[list[Step]]:
    by_spec = {pool.spec: pool for pool in pools}
    cycles = find_cycles(list(by_spec), max_legs)
    return [[(by_spec[hop.pool], hop.i, hop.j) for hop in cycle.hops] for cycle in cycles]


def require_best(steps: Sequence[Step], upper: int) -> None:
    def profit_of(size: Raw) -> int:
        return quote_path(steps, size)[-1] - size

    size, profit = best_size(profit_of, Raw(upper))
    _, brute = brute_force(profit_of, upper)
    assert profit == profit_of(size)
    assert 0 < size <= upper
    assert profit >= brute - max(abs(brute) // 1_000_000, ROUNDING)


@pytest.mark.parametrize(
    "shock",
    [(9, 18, 9, 9), (9, 9, 15, 9), (30, 9, 9, 9), (2, 9, 9, 9)],
    ids=["USDC in", "USDT in", "DAI in", "DAI out"],
)
def test_the_search_finds_what_trying_sizes_finds(shock: tuple[float, ...]) -> None:
    pools: list[Pool] = [
        curve_pool([coins * 10**6 for coins in shock]),
        v2_pool((20e6, 20e6)),
        v3_pool(V3_LIQUIDITY),
        peg_module(400e6, 400e6),
    ]
    open_trips = [steps for steps in round_trips(pools) if rate_of(steps) > 1]
    assert open_trips
    for steps in open_trips:
        pool, i, j = steps[0]
        lent = raw(pool.spec.tokens[i], 50e6)
        require_best(steps, min(lent, pool.max_in(i, j)))


@settings(max_examples=60, deadline=None)
@given(
    here=st.tuples(*[st.integers(5 * 10**6, 9 * 10**6)] * 2),
    there=st.tuples(*[st.integers(5 * 10**6, 9 * 10**6)] * 2),
    lent=st.integers(1, 10**7),
)
def test_two_pairs_at_any_two_prices_are_searched_to_the_best(
    here: tuple[int, int], there: tuple[int, int], lent: int
) -> None:
    one, other = v2_pool(here), v2_pool(there)
    require_best([(one, 0, 1), (other, 1, 0)], raw(USDC, lent))
    require_best([(one, 1, 0), (other, 0, 1)], raw(USDC, lent))


def test_a_loan_smaller_than_the_best_size_is_taken_whole() -> None:
    steps = [(v2_pool((10e6, 12e6)), 0, 1), (v2_pool((10e6, 10e6)), 1, 0)]
    size, profit = best_size(lambda size: quote_path(steps, size)[-1] - size, raw(USDC, 1_000))
    assert size == raw(USDC, 1_000)
    assert profit > 0


def test_a_cap_in_the_middle_of_the_path_is_hit_exactly() -> None:
    curve = curve_pool([30e6, 9e6, 9e6, 9e6])
    capped = peg_module(dai=1_000, gem=400e6)
    steps: list[Step] = [(capped, 0, 1), (curve, 0, 1)]
    cheap = curve_pool([2e6, 9e6, 9e6, 9e6])
    steps = [(capped, 0, 1), (cheap, 0, 1)]

    size, profit = best_size(lambda size: quote_path(steps, size)[-1] - size, raw(USDC, 5e6))

    assert profit > 0
    assert raw(USDC, 1_000) * (1 - 1e-6) <= size <= raw(USDC, 1_000)


@pytest.mark.parametrize("upper", [1, 2, 3, 4, 10, 1_000])
@pytest.mark.parametrize("peak", [1, 2, 3, 7, 999])
def test_small_brackets_are_searched_to_the_base_unit(upper: int, peak: int) -> None:
    size, profit = best_size(lambda size: -abs(size - peak), Raw(upper))
    assert size == min(upper, peak)
    assert profit == -abs(size - peak)


def test_a_path_that_only_loses_is_answered_with_a_loss() -> None:
    steps = [(v2_pool((1e6, 1e6)), 0, 1), (v2_pool((1e6, 1e6)), 1, 0)]
    assert rate_of(steps) < 1
    _, profit = best_size(lambda size: quote_path(steps, size)[-1] - size, raw(USDC, 1e6))
    assert profit < 0


def test_amounts_after_a_pool_that_cannot_fill_are_zero() -> None:
    steps: list[Step] = [(peg_module(10, 10), 0, 1), (curve_pool([9e6] * 4), 0, 1)]
    assert quote_path(steps, raw(USDC, 10))[0] == raw(DAI, 10)
    assert quote_path(steps, raw(USDC, 11)) == (0, 0)


def test_the_filter_rate_is_the_exact_rate_of_a_small_trade() -> None:
    for steps in round_trips([curve_pool([9e6, 12e6, 9e6, 8e6]), v3_pool(V3_LIQUIDITY)]):
        pool, i, _ = steps[0]
        small = raw(pool.spec.tokens[i], 100)
        assert quote_path(steps, small)[-1] / small == pytest.approx(rate_of(steps), rel=1e-4)

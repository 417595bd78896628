"""Depth against what the pools themselves pay."""

import math

import pytest
from fakes.markets import curve_pool, peg_module, v2_pool, v3_pool

from bot.amm.pool import Pool
from bot.domain.units import Raw
from bot.market.pool_depth import depth_within

MILLION = 10**6


def test_a_constant_product_is_as_deep_as_its_formula_says() -> None:
    pool = v2_pool((20 * MILLION, 20 * MILLION))
    kept = 1 - 3_000 / 1_000_000
    moved = 20 * MILLION * (math.sqrt(1 / 0.999) - 1) / kept  # x where (R / (R + x))^2 = 0.999
    assert depth_within(pool, 0, 1) / 10**6 == pytest.approx(moved, rel=0.02)


@pytest.mark.parametrize(
    "pool",
    [
        curve_pool((9 * MILLION, 9 * MILLION, 9 * MILLION, 9 * MILLION)),
        curve_pool((9 * MILLION, 60 * MILLION, 9 * MILLION, 9 * MILLION)),
        v2_pool((3 * MILLION, 5 * MILLION)),
        v3_pool(10**15),
    ],
    ids=["even", "leaning", "pair", "range"],
)
@pytest.mark.parametrize("way", [(0, 1), (1, 0)])
def test_the_rate_has_fallen_by_a_thousandth_just_there(pool: Pool, way: tuple[int, int]) -> None:
    depth, coin = depth_within(pool, *way), 10 ** pool.spec.tokens[way[0]].decimals
    first = pool.marginal_rate(*way)

    def rate_at(size: int) -> float:
        step = max(depth // 64, coin)
        paid = pool.amount_out(*way, Raw(size + step)) - pool.amount_out(*way, Raw(size))
        return paid / step

    assert rate_at(depth) >= first * 0.999
    assert rate_at(int(depth * 1.02)) < first * 0.999


def test_a_rail_is_as_deep_as_it_holds() -> None:
    assert depth_within(peg_module(10_000, 20_000), 0, 1) / 10**6 == pytest.approx(10_000, rel=0.03)


def test_an_empty_or_halted_direction_has_no_depth() -> None:
    assert depth_within(peg_module(0, 20_000), 0, 1) == 0
    assert depth_within(peg_module(10_000, 20_000, tin=10**18), 0, 1) == 0
    assert depth_within(v2_pool((1, 1)), 0, 1) == 0


@pytest.mark.parametrize("guess", [1, 10**3, 10**6, 10**12, 10**18, 10**30])
def test_a_wrong_guess_costs_time_and_changes_nothing(guess: int) -> None:
    pool = curve_pool((9 * MILLION, 20 * MILLION, 9 * MILLION, 9 * MILLION))
    found = depth_within(pool, 1, 2, Raw(guess))
    assert found == pytest.approx(depth_within(pool, 1, 2), rel=0.011)


def test_a_good_guess_asks_the_pool_a_third_as_often() -> None:
    pool = curve_pool((9 * MILLION, 20 * MILLION, 9 * MILLION, 9 * MILLION))
    found, asked = depth_within(pool, 1, 2), []
    original = type(pool).amount_out

    def counted(self: Pool, i: int, j: int, amount_in: Raw) -> Raw:
        asked.append(amount_in)
        return original(self, i, j, amount_in)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(pool), "amount_out", counted)
        depth_within(pool, 1, 2, Raw(1))
        blind = len(asked)
        depth_within(pool, 1, 2, found)
    assert (len(asked) - blind) * 3 <= blind

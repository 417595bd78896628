import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pool_examples import MILLION, concentrated

from bot.amm.tick_math import (
    MAX_SQRT_RATIO,
    MAX_TICK,
    MIN_SQRT_RATIO,
    MIN_TICK,
    downward_stops,
    sqrt_ratio_at,
    upward_stops,
)
from bot.bench.contract_loops import swap_downwards, swap_upwards

PARITY = 1 << 96


def test_square_root_prices_at_the_ends_are_the_contracts_constants() -> None:
    assert sqrt_ratio_at(MIN_TICK) == MIN_SQRT_RATIO
    assert sqrt_ratio_at(MAX_TICK) == MAX_SQRT_RATIO
    assert sqrt_ratio_at(0) == PARITY


@pytest.mark.parametrize("tick", [MIN_TICK - 1, MAX_TICK + 1])
def test_no_square_root_price_beyond_the_ends(tick: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        sqrt_ratio_at(tick)


def test_loop_stops_at_initialised_ticks_and_at_the_edges_of_words() -> None:
    assert downward_stops([-20, 30], 10, -3_000, 3_000) == (-2_560, -20, 0, 30, 2_560)
    assert upward_stops([-20, 30], 10, -3_000, 3_000) == (-2_570, -20, -10, 30, 2_550)


@given(st.integers(-200, 299), st.integers(1, 5 * MILLION))
def test_quote_is_what_the_contracts_loop_pays(tick: int, size: int) -> None:
    pool = concentrated(tick)
    assert pool.amount_out(0, 1, falling := min(size, pool.max_in(0, 1))) == swap_downwards(
        pool, falling
    )
    assert pool.amount_out(1, 0, rising := min(size, pool.max_in(1, 0))) == swap_upwards(
        pool, rising
    )


def test_gap_without_liquidity_is_jumped_for_nothing() -> None:
    pool = concentrated(0, {-9: 10**15, -4: -(10**15), 4: 10**15, 9: -(10**15)})
    assert pool.liquidity == 0
    assert pool.amount_out(0, 1, MILLION // 1_000) > 0
    below_the_gap = (sqrt_ratio_at(-4) / PARITY) ** 2 * (1 - 100 / 10**6)
    assert pool.marginal_rate(0, 1) == pytest.approx(below_the_gap)


def test_pool_without_liquidity_is_closed() -> None:
    pool = concentrated(0, {})
    assert pool.max_in(0, 1) == pool.max_in(1, 0) == 0
    assert pool.marginal_rate(0, 1) == pool.marginal_rate(1, 0) == 0


def test_ticks_outside_the_scanned_range_are_never_guessed() -> None:
    whole = concentrated(3)
    seen = msgspec.structs.replace(
        whole, lowest_tick=-50, highest_tick=50, ticks=(-7, 5), liquidity_nets=(10**16, -(10**16))
    )
    for i in (0, 1):
        limit = seen.max_in(i, 1 - i)
        assert 0 < limit < whole.max_in(i, 1 - i)
        assert seen.amount_out(i, 1 - i, limit) == whole.amount_out(i, 1 - i, limit)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tick": 512},
        {"tick": -514},
        {"ticks": (-7, -200, 5, 300)},
        {"ticks": (-200, -7, 5, 512)},
        {"ticks": (-513, -7, 5, 300)},
        {"ticks": (-7, 5)},
    ],
)
def test_snapshot_that_contradicts_itself_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="tick"):
        msgspec.structs.replace(concentrated(), **wrong)

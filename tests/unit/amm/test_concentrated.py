import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pool_examples import MILLION, concentrated

from bot.amm.concentrated import ConcentratedPool
from bot.amm.pool import Closed, Limits
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
from bot.domain.venues import V3_USDC_USDT, Venue

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


def v4(**changed: object) -> ConcentratedPool:
    """Return the plain pool as one of V4's."""
    spec = msgspec.structs.replace(V3_USDC_USDT, venue=Venue.UNISWAP_V4)
    return msgspec.structs.replace(concentrated(), spec=spec, **changed)


def test_protocol_fee_of_v4_comes_on_top_in_its_own_direction() -> None:
    pool = v4(protocol_fees=(1_000, 0))
    assert pool.swap_fee(0) == 1_000 + 100 - 1_000 * 100 // 10**6 == 1_100
    assert pool.swap_fee(1) == 100
    plain = v4()
    assert pool.amount_out(0, 1, MILLION) < plain.amount_out(0, 1, MILLION)
    assert pool.amount_out(1, 0, MILLION) == plain.amount_out(1, 0, MILLION)
    rate = plain.marginal_rate(0, 1) * (10**6 - 1_100) / (10**6 - 100)
    assert pool.marginal_rate(0, 1) == pytest.approx(rate)


def test_share_of_a_protocol_fee_is_rounded_against_the_swap() -> None:
    assert v4(fee=1, protocol_fees=(1, 1)).swap_fee(0) == 2


def test_fee_of_everything_halts_a_v4_pool() -> None:
    pool = v4(fee=10**6)
    for i in (0, 1):
        assert pool.limits(i, 1 - i) == Limits(max_in=0, max_out=0, closed=Closed.HALTED)
        assert pool.amount_out(i, 1 - i, 1) == pool.amount_in(i, 1 - i, 1) == 0
    assert concentrated(0, {}).limits(0, 1).closed is Closed.EMPTY


def test_amounts_that_v4_cannot_hold_in_its_result_are_refused() -> None:
    whole = {"lowest_tick": MIN_TICK, "highest_tick": MAX_TICK}
    deep = {
        "ticks": (-887_200, 887_200),
        "liquidity_nets": (2**126, -(2**126)),
        "liquidity": 2**126,
    }
    v3_pool = msgspec.structs.replace(concentrated(), tick_spacing=100, **whole, **deep)
    v4_pool = v4(tick_spacing=100, **whole, **deep)
    taken, held = 2**127, 2**127 - 1
    for i in (0, 1):
        limits = v4_pool.limits(i, 1 - i)
        assert limits.max_in <= taken
        assert limits.max_out <= held
        assert v3_pool.max_in(i, 1 - i) > taken
        assert v4_pool.amount_out(i, 1 - i, limits.max_in) == limits.max_out
        assert v4_pool.amount_out(i, 1 - i, limits.max_in + 1) == 0
        more = v3_pool.amount_out(i, 1 - i, limits.max_in + 1)
        assert more > held or limits.max_in == taken


def test_limits_end_where_the_scanned_range_does() -> None:
    pool = concentrated()
    for i in (0, 1):
        limits, stops = pool.limits(i, 1 - i), list(pool.stops(i, 1 - i))
        assert limits.closed is None
        assert stops[-1][0] - limits.max_in in {0, 1}
        assert [pool.amount_out(i, 1 - i, into) for into, _ in stops[:-1]] == [
            paid for _, paid in stops[:-1]
        ]


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

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pool_examples import MILLION, stable

from bot.amm.stable_curve import CurvePair, iterate
from bot.amm.stableswap import Generation, generation_of
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD

SMALL_OR_LARGE = st.one_of(st.integers(1, 50), st.integers(1, 10**27))


@settings(max_examples=500)
@given(d=SMALL_OR_LARGE, divisor=SMALL_OR_LARGE, e=SMALL_OR_LARGE, balance_in=SMALL_OR_LARGE)
def test_closed_form_ends_where_the_contracts_loop_ends(
    d: int, divisor: int, e: int, balance_in: int
) -> None:
    # b = e + D of the contract is positive, so e starts above -D.
    curve = CurvePair(
        d=d, coins=2, c_before=d, later=(), last_factor=d, last_divisor=divisor, e_still=e - d
    )
    c = (d * d // (balance_in * 2)) * d // divisor
    assert curve.balance_after(balance_in) == iterate(c, e - d + balance_in, d)


@given(st.integers(1, 5_000), st.integers(1, 20 * MILLION))
def test_amplification_kept_with_more_digits_quotes_the_same_to_a_unit(a: int, size: int) -> None:
    precise = stable(amplification=a * 100, amplification_precision=100)
    assert abs(precise.amount_out(1, 2, size) - stable(amplification=a).amount_out(1, 2, size)) <= 1


def test_get_dy_can_promise_one_unit_more_than_exchange_pays() -> None:
    pool = stable()
    gaps = {
        pool.get_dy(0, 1, size) - pool.amount_out(0, 1, size)
        for size in range(10**20, 10**20 + 10**14, 10**12)
    }
    assert gaps == {0, 1}


def test_empty_coin_closes_the_pool() -> None:
    pool = stable((0, 10 * MILLION, 10 * MILLION))
    assert pool.max_in(1, 2) == pool.amount_out(1, 2, MILLION) == 0
    assert pool.marginal_rate(1, 2) == 0


def test_coin_does_not_trade_against_itself() -> None:
    assert stable().max_in(1, 1) == stable().amount_out(1, 1, MILLION) == 0


def test_dearer_coin_is_the_scarce_one() -> None:
    pool = stable((10**25, 30 * MILLION, 2 * MILLION))
    assert pool.marginal_rate(1, 2) < 1 < pool.marginal_rate(2, 1)


def test_generations_are_told_apart_by_address() -> None:
    assert generation_of(CURVE_SUSD) is Generation.SUSD
    assert generation_of(CURVE_3POOL) is Generation.THREE_POOL


def test_later_generation_keeps_a_unit_back() -> None:
    pool = stable((10**25, 10 * MILLION, 10 * MILLION, 10**25))
    later = msgspec.structs.replace(pool, generation=Generation.THREE_POOL)
    size = 10**20
    assert pool.amount_out(0, 3, size) - later.amount_out(0, 3, size) == 1

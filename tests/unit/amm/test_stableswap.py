import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pool_examples import MILLION, stable

from bot.amm.generations import Generation, generation_of
from bot.amm.image import Shut, Stable
from bot.amm.pool import Closed, Limits
from bot.amm.ramp import Ramp
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD


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


def test_unlisted_pool_is_told_by_the_digits_of_its_amplification() -> None:
    unlisted = msgspec.structs.replace(CURVE_3POOL, address=Address("0x" + "07" * 20))
    assert generation_of(unlisted) is Generation.THREE_POOL
    assert generation_of(unlisted, 100) is Generation.TEMPLATE


def test_later_generations_view_takes_the_fee_as_exchange_does() -> None:
    early = stable(generation=Generation.THREE_POOL)
    later = msgspec.structs.replace(early, generation=Generation.TEMPLATE)
    sizes = range(10**20, 10**20 + 10**14, 10**12)
    assert any(early.get_dy(0, 1, size) != early.amount_out(0, 1, size) for size in sizes)
    assert all(later.get_dy(0, 1, size) == later.amount_out(0, 1, size) for size in sizes)


def test_killed_pool_takes_nothing_and_says_why() -> None:
    killed = msgspec.structs.replace(stable(), killed=True)
    assert killed.limits(1, 2) == Limits(max_in=Raw(0), max_out=Raw(0), closed=Closed.KILLED)
    assert killed.amount_out(1, 2, MILLION) == killed.amount_in(1, 2, MILLION) == 0
    assert killed.images() == (Shut((0, 1, 2)),)


def test_limits_are_what_the_pool_still_takes() -> None:
    pool = stable()
    limits = pool.limits(1, 2)
    assert pool.amount_out(1, 2, limits.max_in) == limits.max_out > 0
    assert pool.amount_out(1, 2, Raw(limits.max_in + 1)) == 0
    assert limits.closed is None


def test_amplification_moves_with_the_time_of_the_block() -> None:
    ramp = Ramp(initial=2_000, future=1_000, initial_time=1_000, future_time=2_000)
    pool = msgspec.structs.replace(stable(), ramp=ramp)
    assert [pool.at(now).amplification for now in (1_000, 1_501, 1_999, 2_000)] == [
        2_000,
        1_499,
        1_001,
        1_000,
    ]
    assert pool.at(1_500).amount_out(1, 2, MILLION) != pool.amount_out(1, 2, MILLION)


def test_rising_amplification_is_rounded_down() -> None:
    ramp = Ramp(initial=100, future=200, initial_time=0, future_time=1_000)
    assert [ramp.at(now) for now in (0, 19, 20, 999, 5_000)] == [100, 101, 102, 199, 200]


def test_share_of_the_fee_that_leaves_is_the_admin_fee() -> None:
    pool = msgspec.structs.replace(stable(), admin_fee=0)
    taken = msgspec.structs.replace(pool, admin_fee=10**10)
    size = MILLION
    kept, left = pool.after(1, 2, size), taken.after(1, 2, size)
    out = pool.amount_out(1, 2, size)
    assert kept.balances == (10**25, 11 * MILLION, 10 * MILLION - out)
    gone = kept.balances[2] - left.balances[2]
    assert gone == pytest.approx(out * pool.fee / (10**10 - pool.fee), rel=1e-6)


def test_refused_swap_leaves_the_state_as_it_is() -> None:
    pool = stable()
    assert pool.after(1, 2, Raw(pool.max_in(1, 2) + 1)) is pool
    assert pool.after(1, 1, MILLION) is pool


@given(st.integers(0, 2), st.integers(1, 2), st.integers(1, 9 * MILLION))
def test_least_input_buys_the_output_and_one_less_does_not(i: int, step: int, wanted: int) -> None:
    pool, j = stable((10**25, 10 * MILLION, 12 * MILLION)), (i + step) % 3
    asked = wanted * 10**12 if j == 0 else wanted
    paid = pool.amount_in(i, j, asked)
    assert pool.amount_out(i, j, paid) >= asked > pool.amount_out(i, j, paid - 1)


def test_more_than_the_pool_holds_cannot_be_bought() -> None:
    assert stable().amount_in(1, 2, 10 * MILLION) == 0


def test_picture_has_the_slope_of_the_pool() -> None:
    pool = stable((10**25, 30 * MILLION, 2 * MILLION))
    (picture,) = pool.images()
    assert isinstance(picture, Stable)
    weight = picture.invariant * np.prod(picture.invariant / np.array(picture.balances) / 3)
    gains = picture.ann + weight / np.array(picture.balances)
    rate = gains[1] / gains[2] * picture.keep * picture.units[1] / picture.units[2]
    assert rate == pytest.approx(pool.marginal_rate(1, 2), rel=1e-12)


def test_pool_whose_invariant_never_settles_is_closed_as_that() -> None:
    lopsided = stable((10**30, 1, 1), amplification=1, generation=Generation.TEMPLATE)
    assert lopsided.limits(1, 2).closed is Closed.UNSOLVED
    assert lopsided.amount_out(1, 2, MILLION) == 0

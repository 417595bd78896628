import msgspec
import pytest
from curve_examples import MILLION, next_generation, rated_pools
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.image import Shut, Stable
from bot.amm.pool import Closed
from bot.amm.ramp import Ramp
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.domain.units import Raw


def test_fee_grows_as_a_swap_leaves_the_peg() -> None:
    flat = next_generation(offpeg_fee_multiplier=10**10)
    pool = next_generation()
    dearer = [
        1 - pool.amount_out(0, 1, size) / flat.amount_out(0, 1, size)
        for size in (1_000 * 10**6, 5 * MILLION, 9 * MILLION)
    ]
    assert 0 <= dearer[0] < dearer[1] < dearer[2] < 5e-4


def test_fee_falls_for_a_swap_towards_the_peg() -> None:
    pool = next_generation((15 * MILLION, 3 * MILLION))
    away = 1 - pool.marginal_rate(0, 1) / pool.curve.slope(0, 1)
    home = 1 - pool.amount_out(1, 0, 6 * MILLION) / next_generation(
        (15 * MILLION, 3 * MILLION), fee=0
    ).amount_out(1, 0, 6 * MILLION)
    assert 1e-4 < home < away < 5e-4


def test_coin_with_a_rate_counts_for_what_it_is_worth() -> None:
    pool = next_generation(rates=(112 * 10**28, 10**30), fee=0)
    assert pool.marginal_rate(0, 1) == pytest.approx(1.12, rel=1e-3)
    assert pool.amount_out(0, 1, 10**9) == pytest.approx(1.12 * 10**9, rel=1e-3)


@given(st.integers(0, 1), st.integers(1, 9 * MILLION))
def test_least_input_buys_the_output_and_one_less_does_not(i: int, wanted: int) -> None:
    pool = next_generation((10 * MILLION, 12 * MILLION))
    paid = pool.amount_in(i, 1 - i, Raw(wanted))
    assert pool.amount_out(i, 1 - i, paid) >= wanted
    assert pool.amount_out(i, 1 - i, Raw(paid - 1)) < wanted


def test_view_of_an_exact_output_can_ask_too_little_where_the_fee_grows() -> None:
    pool = next_generation()
    wanted = Raw(9 * MILLION)
    assert pool.amount_out(0, 1, pool.get_dx(0, 1, wanted)) < wanted
    assert pool.get_dx(0, 1, wanted) < pool.amount_in(0, 1, wanted)


def test_view_of_an_exact_output_refuses_more_than_is_held() -> None:
    assert next_generation().get_dx(0, 1, Raw(11 * MILLION)) == 0
    assert next_generation().get_dx(0, 1, Raw(0)) == 0


@pytest.mark.parametrize("balances", [(10 * MILLION, 10 * MILLION), (MILLION, 99 * MILLION)])
@pytest.mark.parametrize("i", [0, 1])
def test_largest_input_leaves_next_to_nothing(balances: tuple[int, int], i: int) -> None:
    pool, j = next_generation(balances), 1 - i
    limits = pool.limits(i, j)
    assert limits.closed is None
    assert pool.after(i, j, limits.max_in).balances[j] <= balances[j] * 6e-4 + 10_000
    assert pool.amount_out(i, j, Raw(limits.max_in + 1)) == 0


@pytest.mark.parametrize(
    ("changed", "closed"),
    [({"balances": (4_000, MILLION)}, Closed.EMPTY), ({"killed": True}, Closed.KILLED)],
)
def test_closed_pool_takes_nothing_and_says_why(changed: dict[str, object], closed: Closed) -> None:
    pool = next_generation(**changed)
    limits = pool.limits(0, 1)
    assert (limits.max_in, limits.max_out, limits.closed) == (0, 0, closed)
    assert pool.amount_out(0, 1, Raw(1_000)) == pool.amount_in(0, 1, Raw(1_000)) == 0
    assert pool.marginal_rate(0, 1) == 0
    assert pool.images() == (Shut((0, 1)),)
    assert pool.after(0, 1, Raw(1_000)) is pool


def test_amplification_moves_with_the_time_of_the_block() -> None:
    ramp = Ramp(50_000, 10_000, 0, 100)
    pool = next_generation(ramp=ramp)
    assert pool.at(25).amplification == 40_000
    assert pool.at(0) is pool
    assert pool.at(100).marginal_rate(0, 1) == pytest.approx(pool.marginal_rate(0, 1))
    assert pool.at(100).amount_out(0, 1, 5 * MILLION) < pool.amount_out(0, 1, 5 * MILLION)


def test_swap_leaves_its_fee_but_the_admins_share() -> None:
    pool, size = next_generation(), Raw(MILLION)
    left, out = pool.after(0, 1, size), pool.amount_out(0, 1, size)
    fee = pool.amount_out(0, 1, size) * 1.0e-4
    assert left.balances[0] == 11 * MILLION
    assert 10 * MILLION - out - left.balances[1] == pytest.approx(fee / 2, rel=0.05)


def slope(pool: StableSwapNgPool) -> float:
    """Return out per in at size zero, by the picture's own formula."""
    (picture,) = pool.images()
    assert isinstance(picture, Stable)
    weight = picture.invariant
    for held in picture.balances:
        weight *= picture.invariant / held / 2
    gain_in, gain_out = (picture.ann + weight / held for held in picture.balances)
    return gain_in / gain_out * picture.keep * picture.units[0] / picture.units[1]


def test_picture_has_the_slope_of_the_pool_where_the_fee_stays() -> None:
    flat = next_generation(
        (30 * MILLION, 2 * MILLION), rates=(112 * 10**28, 10**30), offpeg_fee_multiplier=0
    )
    assert slope(flat) == pytest.approx(flat.marginal_rate(0, 1), rel=1e-12)


STEEP = rated_pools((2 * 10**10, 20 * 10**10))


@given(STEEP, st.integers(0, 1), st.floats(0, 1))
def test_no_swap_pays_more_than_the_picture_promises(
    pool: StableSwapNgPool, i: int, share: float
) -> None:
    flat = msgspec.structs.replace(pool, offpeg_fee_multiplier=0)
    assert pool.images() == flat.images()
    size = Raw(int(pool.max_in(i, 1 - i) ** share))
    assert pool.amount_out(i, 1 - i, size) <= flat.amount_out(i, 1 - i, size)


def test_more_in_can_pay_less_where_the_fee_grows_faster_than_the_payment() -> None:
    pool = next_generation((10**6, 2 * 10**9), fee=10**8, offpeg_fee_multiplier=20 * 10**10)
    assert pool.amount_out(0, 1, 2_000 * MILLION) < pool.amount_out(0, 1, 2 * 10**9)


def test_output_that_only_a_middling_input_buys_is_found() -> None:
    pool = next_generation((10**6, 2 * 10**9), fee=10**8, offpeg_fee_multiplier=20 * 10**10)
    wanted = pool.amount_out(0, 1, 2 * 10**9)
    assert wanted > pool.limits(0, 1).max_out
    paid = pool.amount_in(0, 1, wanted)
    assert 0 < paid <= 2 * 10**9
    assert pool.amount_out(0, 1, paid) >= wanted > pool.amount_out(0, 1, paid - 1)

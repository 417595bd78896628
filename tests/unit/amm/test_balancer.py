from math import isclose

import pytest
from balancer_examples import MILLION, composable, weighted
from hypothesis import example, given
from hypothesis import strategies as st

from bot.amm.balancer_curve import Rounding, invariant_of, section_of
from bot.amm.balancer_stable import VAULT_BALANCE_MAX, BalancerStablePool
from bot.amm.balancer_weighted import BalancerWeightedPool
from bot.amm.image import Shut, Stable, Weighted
from bot.amm.pool import Closed
from bot.amm.ramp import Ramp

DAI, USDC, USDT = 0, 1, 2  # places in the composable example
UNSETTLED = (991_935_548_971_380_073_533, 1_075_315, 1_000_000)  # the real contract: BAL#321
HELD = st.one_of(st.integers(1, 10**4), st.integers(10**18, 10**28))
Pool = BalancerStablePool | BalancerWeightedPool


def contracts_loop(balances: list[int], ann: int, d: int, place: int) -> int:
    """Return the balance at `place` as the contract finds it, step by step."""
    coins, product = len(balances), balances[0] * len(balances)
    for held in balances[1:]:
        product = product * held * coins // d
    c = -(-d * d // (ann * product)) * 1_000 * balances[place]
    b = sum(balances) - balances[place] + d // ann * 1_000
    y = -(-(d * d + c) // (d + b))
    for _ in range(255):
        previous, y = y, -(-(y * y + c) // (2 * y + b - d))
        if abs(y - previous) <= 1:
            return y
    raise AssertionError


@given(st.lists(HELD, min_size=2, max_size=4), st.integers(1, 5_000_000), HELD)
@example([1, 1], 1, 8)  # the root does not prove itself: the loop decides
def test_one_root_ends_where_the_contracts_loop_ends(
    balances: list[int], amplification: int, set_to: int
) -> None:
    ann = (amplification + 999) * len(balances)
    d = invariant_of(balances, ann, Rounding.COMPOSABLE)
    moved, follows = 0, len(balances) - 1
    section = section_of(balances, ann, d, (moved, follows))
    if d and section.holds(set_to):
        changed = [set_to, *balances[1:]]
        assert section.balance_after(set_to) == contracts_loop(changed, ann, d, follows)


@pytest.mark.parametrize("pool", [composable(), weighted()])
def test_protocols_own_price_of_an_output_buys_it(pool: Pool) -> None:
    wanted = pool.amount_out(0, 1, pool.balances[0] // 10)
    paid = pool.amount_in(0, 1, wanted)
    assert wanted * (1 - 1e-9) <= pool.amount_out(0, 1, paid) <= wanted


@pytest.mark.parametrize("pool", [composable(), weighted()])
def test_swaps_one_after_the_other_pay_no_more_than_one(pool: Pool) -> None:
    size = pool.balances[0] // 10
    first, then = pool.amount_out(0, 1, size), pool.after(0, 1, size)
    assert then.balances[:2] == (pool.balances[0] + size, pool.balances[1] - first)
    whole = pool.amount_out(0, 1, 2 * size)
    # Curves make the second half dearer; its fee deepens the pool a little.
    assert whole * 0.99 < first + then.amount_out(0, 1, size) < whole * 1.001


@pytest.mark.parametrize("pool", [composable(), weighted()])
def test_a_swap_that_pays_nothing_leaves_the_pool_as_it_is(pool: Pool) -> None:
    assert pool.after(0, 1, pool.max_in(0, 1) + 1) is pool


def test_vault_holds_no_more_than_112_bits_of_a_coin() -> None:
    pool = composable()
    assert pool.max_in(USDC, DAI) == VAULT_BALANCE_MAX - pool.balances[USDC]
    assert pool.amount_out(USDC, DAI, pool.max_in(USDC, DAI)) > 0
    assert pool.amount_out(USDC, DAI, pool.max_in(USDC, DAI) + 1) == 0


def test_weighted_pools_move_three_tenths_at_most() -> None:
    pool = weighted(fee=10**17)
    kept = pool.balances[0] * 3 // 10
    limits = pool.limits(0, 1)
    assert limits.max_in - -(-limits.max_in // 10) == kept
    assert pool.amount_out(0, 1, limits.max_in) == limits.max_out > 0
    assert pool.amount_out(0, 1, limits.max_in + 1) == 0
    assert pool.amount_in(0, 1, pool.balances[1] * 3 // 10 + 1) == 0


def test_a_price_above_the_limit_is_none() -> None:
    pool = weighted()  # three tenths of the heavy coin cost more than all of the light one
    assert pool.amount_in(0, 1, pool.limits(0, 1).max_out) > 0
    assert pool.amount_in(0, 1, pool.balances[1] * 3 // 10) == 0


@pytest.mark.parametrize(
    ("pool", "closed"),
    [
        (composable(paused=True), Closed.PAUSED),
        (weighted(paused=True), Closed.PAUSED),
        (composable(balances=(10**25, 0, 10 * MILLION)), Closed.EMPTY),
        (weighted(balances=(0, 10**22)), Closed.EMPTY),
        (composable(UNSETTLED, amplification=1_002), Closed.UNSOLVED),
        (composable(), None),
        (weighted(), None),
    ],
)
def test_closed_pools_say_why_and_are_shut(pool: Pool, closed: Closed | None) -> None:
    limits = pool.limits(0, 1)
    assert limits.closed is closed
    assert (limits.max_in, limits.max_out) == (0, 0) if closed else limits.max_out > 0
    assert isinstance(pool.images()[0], Shut) == (closed is not None)
    assert (pool.marginal_rate(0, 1) == 0) == (closed is not None)


def test_a_coin_is_not_swapped_for_itself() -> None:
    assert composable().amount_out(1, 1, 10**6) == composable().amount_in(1, 1, 10**6) == 0
    assert weighted().amount_out(1, 1, 10**6) == weighted().amount_in(1, 1, 10**6) == 0


def test_rates_count_in_quotes_and_in_the_picture() -> None:
    plain = composable()
    factors = (plain.scaling_factors[0] * 112 // 100, *plain.scaling_factors[1:])
    rated = composable(scaling_factors=factors, balances=(10**27 // 112, *plain.balances[1:]))
    assert isclose(rated.marginal_rate(DAI, USDC), 1.12 * plain.marginal_rate(DAI, USDC))
    (picture,) = rated.images()
    assert isinstance(picture, Stable)
    assert picture.units == pytest.approx((1.12, 1.0, 1.0))
    assert picture.balances == pytest.approx((1e7, 1e7, 1e7))


@given(st.tuples(st.integers(10**22, 10**26), *[st.integers(10**10, 10**14)] * 2))
def test_stable_picture_has_the_slope_of_the_pool(balances: tuple[int, int, int]) -> None:
    pool = composable(balances=balances)
    (picture,) = pool.images()
    assert isinstance(picture, Stable)
    product = picture.invariant
    for held in picture.balances:
        product *= picture.invariant / (held * 3)
    dear, cheap = (picture.ann + product / picture.balances[k] for k in (USDC, DAI))
    slope = dear / cheap * picture.keep * 10**12
    assert isclose(slope, pool.marginal_rate(USDC, DAI), rel_tol=1e-9)
    small = 10**7
    assert isclose(slope, pool.amount_out(USDC, DAI, small) / small, rel_tol=1e-2)


def test_weighted_picture_has_the_slope_of_the_pool() -> None:
    pool = weighted()
    (picture,) = pool.images()
    assert isinstance(picture, Weighted)
    depth = [held / weight for held, weight in zip(picture.balances, picture.weights, strict=True)]
    rate = depth[1] / depth[0] * picture.keep * 10**12
    assert isclose(rate, pool.marginal_rate(0, 1))
    assert isclose(rate, pool.amount_out(0, 1, 10**9) / 10**9, rel_tol=1e-3)


def test_moving_amplification_is_known_for_a_later_block() -> None:
    ramp = Ramp(initial=1_000_000, future=2_000_000, initial_time=100, future_time=200)
    pool = composable(amplification=1_000_000, ramp=ramp)
    assert pool.at(150).amplification == 1_500_000
    assert pool.at(250).amplification == 2_000_000
    assert composable().at(150) == composable()

import msgspec
import pytest
from curve_examples import MILLION, base_pool
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.stable_shares import StableShares

SUPPLY = 29 * 10**24


def books(**changed: object) -> StableShares:
    return StableShares(base_pool(**changed), SUPPLY)


@given(st.integers(1, 2), st.integers(1, 2), st.integers(10**6, 50 * MILLION))
def test_coins_turned_into_shares_and_back_are_fewer(i: int, j: int, amount: int) -> None:
    minted, left = books().deposited(i, amount)
    paid, _ = left.withdrawn(minted, j)
    assert paid < amount


def test_uneven_deposit_makes_the_other_shares_dearer() -> None:
    before = books()
    _, after = before.deposited(1, 5 * MILLION)
    assert after.virtual_price() > before.virtual_price()


def test_fee_that_leaves_to_admins_leaves_the_books() -> None:
    kept, taken = (books(admin_fee=share).deposited(1, MILLION)[1].pool for share in (0, 10**10))
    assert kept.balances == (10**25, 11 * MILLION, 10 * MILLION)
    assert all(
        less < all_of_it for less, all_of_it in zip(taken.balances, kept.balances, strict=True)
    )


def test_view_promises_what_a_deposit_without_fee_mints() -> None:
    free = books(fee=0)
    assert free.shares_for((0, MILLION, 0), deposit=True) == free.deposited(1, MILLION)[0]
    assert books().shares_for((0, MILLION, 0), deposit=True) > books().deposited(1, MILLION)[0]


def test_view_of_a_withdrawal_burns_more_than_a_deposit_of_it_mints() -> None:
    minted = books().shares_for((0, MILLION, 0), deposit=True)
    assert books().shares_for((0, MILLION, 0), deposit=False) > minted


@pytest.mark.parametrize("amounts", [(10**25, 0, 0), (0, 11 * MILLION, 0)])
def test_view_refuses_to_withdraw_all_of_a_coin(amounts: tuple[int, ...]) -> None:
    assert books().shares_for(amounts, deposit=False) == -1


def test_refusals_leave_the_books_as_they_are() -> None:
    whole = books()
    killed = StableShares(msgspec.structs.replace(whole.pool, killed=True), SUPPLY)
    assert whole.deposited(1, 0) == (-1, whole)
    assert whole.withdrawn(SUPPLY + 1, 1) == (-1, whole)
    assert whole.withdrawn(-1, 1) == (-1, whole)
    assert killed.deposited(1, MILLION) == killed.withdrawn(10**24, 1) == (-1, killed)


def test_deposit_whose_fee_is_more_than_another_coin_holds_is_refused() -> None:
    dear = books(fee=5 * 10**9)
    assert dear.deposited(1, 10_000 * MILLION) == (-1, dear)


def test_share_buys_about_its_worth_of_each_coin() -> None:
    shares = books()
    worth = shares.virtual_price() / 10**18
    for k, unit in enumerate((1, 1e-12, 1e-12)):
        assert shares.paid_per_share[k] == pytest.approx(worth * unit, rel=2e-4)
        assert shares.asked_per_share[k] == pytest.approx(worth * unit, rel=2e-4)
        assert shares.asked_per_share[k] > shares.paid_per_share[k]

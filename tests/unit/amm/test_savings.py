from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.savings import RAY, chi_at

FIVE_PERCENT = 1_000_000_001_547_125_957_863_212_448  # per second, as Maker has it
YEAR_S = 31_536_000
CHI = 1_120_000_000_000_000_000_000_000_000


def test_no_time_changes_nothing() -> None:
    assert chi_at(CHI, FIVE_PERCENT, 0) == CHI


def test_a_year_earns_the_yearly_rate() -> None:
    assert chi_at(RAY, FIVE_PERCENT, YEAR_S) == pytest.approx(1.05 * RAY, rel=1e-15)


@pytest.mark.parametrize(("rate", "square"), [(RAY + 3, RAY + 6), (2 * RAY + 1, 4 * RAY + 4)])
def test_squares_are_rounded_to_nearest(rate: int, square: int) -> None:
    assert chi_at(RAY, rate, 2) == square


def test_half_a_unit_is_rounded_up() -> None:
    half = RAY // 2 + RAY  # 1.5; times an odd number of units, an exact half
    assert chi_at(RAY, half, 2) == RAY * 9 // 4
    assert chi_at(3, half, 1) == 4  # the product with chi is cut: 4.5


@given(st.integers(1, 60 * 60 * 24 * 30))
def test_rounding_never_moves_the_rate_far_from_its_power(seconds: int) -> None:
    exact = Context(prec=60).power(Decimal(FIVE_PERCENT) / RAY, seconds) * CHI
    assert abs(chi_at(CHI, FIVE_PERCENT, seconds) - exact) < 4 * seconds

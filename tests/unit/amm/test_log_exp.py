from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.amm.log_exp import OutOfRangeError, PowerRule, power, power_up
from bot.domain.units import WAD

EXACT = Context(prec=60)
BASES = st.one_of(st.integers(7 * WAD // 10, 15 * WAD // 10), st.integers(10**12, 10**24))
EXPONENTS = st.one_of(st.integers(0, 4 * WAD), st.sampled_from([WAD // 99, WAD // 4, 99 * WAD]))


def true_power(base: int, exponent: int) -> Decimal:
    return EXACT.power(Decimal(base) / WAD, Decimal(exponent) / WAD) * WAD


@given(BASES, EXPONENTS)
def test_power_is_within_its_error_of_the_true_one(base: int, exponent: int) -> None:
    try:
        found = power(base, exponent)
    except OutOfRangeError:
        assert not 10 ** (-41.1 / 2.3) < true_power(base, exponent) / WAD < 10 ** (129 / 2.3)
    else:
        exact = true_power(base, exponent)
        assert abs(found - exact) <= exact * Decimal("1e-14") + 1


@pytest.mark.parametrize("rule", list(PowerRule))
@given(st.integers(7 * WAD // 10, 15 * WAD // 10), st.integers(1, 4 * WAD))
def test_power_up_is_never_below_the_true_one(rule: PowerRule, base: int, exponent: int) -> None:
    assert power_up(base, exponent, rule) >= true_power(base, exponent)


def test_whole_exponents_take_the_short_way_where_the_pool_does() -> None:
    half = WAD // 2
    assert power_up(half, WAD, PowerRule.DIRECT) == half
    assert power_up(half, 2 * WAD, PowerRule.DIRECT) == WAD // 4
    assert power_up(half, 4 * WAD, PowerRule.DIRECT) == WAD // 16
    assert power_up(half, 2 * WAD, PowerRule.FIRST) > WAD // 4


def test_ends_of_the_range() -> None:
    assert power(0, WAD) == 0
    assert power(123, 0) == WAD
    assert power(WAD, 10**24) == WAD


@pytest.mark.parametrize(("base", "exponent"), [(WAD // 1_000, 6 * WAD), (10 * WAD, 57 * WAD)])
def test_results_that_do_not_fit_are_refused(base: int, exponent: int) -> None:
    power(base, exponent - WAD)
    with pytest.raises(OutOfRangeError):
        power(base, exponent)

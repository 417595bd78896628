"""Numbers and times of venues: exact, or refused."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import WAD, Nanos, Wad
from bot.execution.venue_numbers import (
    nanos_of_ms,
    nanos_of_s,
    nanos_of_text,
    text_of,
    wad_at_least_0,
    wad_of,
)


@given(st.integers(min_value=0, max_value=10**40))
def test_an_amount_survives_the_way_to_a_venue_and_back(amount: int) -> None:
    text = text_of(Wad(amount))
    assert int(Decimal(text).scaleb(18).to_integral_exact()) == amount if amount < 10**27 else True
    assert "e" not in text.lower()
    if amount < 10**30:
        assert wad_of(text) == amount


def test_what_is_sent_has_no_needless_zeros() -> None:
    assert text_of(Wad(100 * WAD)) == "100"
    assert text_of(Wad(WAD // 10_000)) == "0.0001"
    assert text_of(Wad(1)) == "0.000000000000000001"


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-inf", "1e400", "1e-400", "", "one", None, 1.5, True, [], "1" * 50],
)
def test_what_is_no_sane_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        wad_of(value)


def test_below_zero_is_refused_where_nothing_can_be() -> None:
    assert wad_of("-0.5") == -WAD // 2
    with pytest.raises(ValueError, match="below zero"):
        wad_at_least_0("-0.5")
    assert wad_at_least_0("0.00000000") == 0
    assert wad_at_least_0("0e-8") == 0


def test_times_are_nanoseconds_since_the_epoch() -> None:
    assert nanos_of_ms(1_678_518_000_123) == Nanos(1_678_518_000_123_000_000)
    assert nanos_of_s(Decimal("1678518000.123456")) == Nanos(1_678_518_000_123_456_000)
    assert nanos_of_text("2023-03-11T07:00:00.123456789Z") == Nanos(1_678_518_000_123_456_789)
    assert nanos_of_text("2023-03-11T07:00:00Z") == Nanos(1_678_518_000_000_000_000)
    assert nanos_of_text("2023-03-11T07:00:00.5Z") == Nanos(1_678_518_000_500_000_000)
    for text in ("yesterday", "2023-03-11T07:00:00.xZ", None, 7):
        with pytest.raises(ValueError, match=r".+"):
            nanos_of_text(text)

"""Amounts: parsing what people type, showing what they read, rounding the right way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.units import Raw, human, mul_div_up, parse_amount, to_wad_down

AMOUNTS = st.integers(min_value=1, max_value=10**40)


@pytest.mark.parametrize(
    ("text", "decimals", "raw"),
    [
        ("9,000,000", 6, 9_000_000 * 10**6),
        ("9_000_000", 6, 9_000_000 * 10**6),
        ("0.5", 18, 5 * 10**17),
        (".5", 6, 500_000),
        ("7.", 6, 7_000_000),
        ("0.000001", 6, 1),
        ("3", 0, 3),
    ],
)
def test_an_amount_is_read_in_base_units(text: str, decimals: int, raw: int) -> None:
    assert parse_amount(text, decimals) == raw


@pytest.mark.parametrize(
    "text", ["", ".", ",", "-1", "+1", "1e6", "0x10", "1.2.3", " 1", "nan", "1 000", "٣"]
)
def test_what_is_not_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a decimal number"):
        parse_amount(text, 6)


@pytest.mark.parametrize("text", ["0", "0.0", "0.000000"])
def test_nothing_is_not_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is not above zero"):
        parse_amount(text, 6)


def test_one_decimal_too_many_is_refused_and_never_cut() -> None:
    assert parse_amount("1.000001", 6) == 1_000_001
    with pytest.raises(ValueError, match="more than 6 decimals"):
        parse_amount("1.0000001", 6)


@given(AMOUNTS, st.integers(min_value=0, max_value=30))
def test_an_amount_shown_in_full_reads_back_as_itself(amount: int, decimals: int) -> None:
    assert parse_amount(human(amount, decimals, decimals), decimals) == amount


def test_amounts_for_people_are_cut_and_not_rounded() -> None:
    assert human(1_999_999, 6) == "1.99"
    assert human(-1_999_999, 6) == "-1.99"
    assert human(1_999_999, 6, 0) == "1"
    assert human(1_234_567_000_000, 6, 8) == "1,234,567.00000000"
    assert human(5, 0) == "5.00"


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_rounding_up_is_the_least_whole_number_not_below(a: int, b: int, c: int) -> None:
    found = mul_div_up(a, b, c)
    assert (found - 1) * c < a * b <= found * c


def test_wads_keep_every_digit_up_to_eighteen_decimals() -> None:
    assert to_wad_down(Raw(1), 6) == 10**12
    assert to_wad_down(Raw(1), 18) == 1
    assert to_wad_down(Raw(1_999), 21) == 1

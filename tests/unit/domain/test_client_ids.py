"""Client ids say whose they are and what for, within what the strictest venue takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.client_ids import (
    MAX_NUMBER,
    OrderName,
    client_id,
    is_ours,
    position_id,
    read_client_id,
)
from bot.domain.orders import Purpose


@given(
    depeg=st.text(max_size=40),
    number=st.integers(0, 10_000),
    purpose=st.sampled_from(Purpose),
    order=st.integers(0, MAX_NUMBER),
)
def test_what_is_written_is_read_back(
    depeg: str, number: int, purpose: Purpose, order: int
) -> None:
    position = position_id(depeg, number)
    name = client_id(position, purpose, order)
    assert read_client_id(name) == OrderName(position=position, purpose=purpose, number=order)


def test_an_id_is_18_lower_case_letters_and_digits() -> None:
    name = client_id(position_id("USDC-1-discount", 0), Purpose.EXIT, MAX_NUMBER)
    assert len(name) == 18
    assert name.isascii()
    assert name.isalnum()
    assert name == name.lower()
    assert name.endswith("xvvvvv")


def test_a_position_has_the_same_id_on_every_run_and_another_one_for_another_number() -> None:
    assert position_id("USDC-1-discount", 0) == position_id("USDC-1-discount", 0)
    ids = {position_id(f"USDC-{start}-discount", 0) for start in range(10_000)}
    assert len(ids) == 10_000


def test_ids_of_two_purposes_or_two_numbers_never_meet() -> None:
    position = position_id("USDC-1-discount", 0)
    names = {client_id(position, purpose, n) for purpose in Purpose for n in range(500)}
    assert len(names) == 4 * 500


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "rp",
        "web_1234567890123",
        "rp0123456789z00000",  # no such purpose
        "rp01234567w9e00000",  # no such digit in the position
        "rp0123456789e0000z",
        "RP0123456789e00000",
        "rp0123456789e000000",  # too long
        "rp0123456789e0000",
        "rp0123456789e_0000",
        "rp0123456789e 0000",
    ],
)
def test_what_another_made_is_not_ours(text: str | None) -> None:
    assert not is_ours(text)


@pytest.mark.parametrize("position", ["", "short", "012345678w", "0123456789a", "ABCDEFGHIJ"])
def test_only_a_position_s_id_makes_a_client_id(position: str) -> None:
    with pytest.raises(ValueError, match="not the id of a position"):
        client_id(position, Purpose.ENTRY, 0)


@pytest.mark.parametrize("number", [-1, MAX_NUMBER + 1])
def test_a_number_out_of_range_makes_no_client_id(number: int) -> None:
    with pytest.raises(ValueError, match="order number"):
        client_id("0123456789", Purpose.ENTRY, number)

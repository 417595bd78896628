"""Calldata from written signatures, against the ABI specification's own examples."""

import pytest

from bot.chain.abi import (
    argument_types,
    decode,
    encode,
    encode_hex,
    selector,
    signed_word,
    split_types,
    word,
)


def test_selectors_are_those_everybody_knows() -> None:
    assert selector("transfer(address,uint256)").hex() == "a9059cbb"
    assert selector("balanceOf(address)").hex() == "70a08231"


def test_the_specification_s_example_is_encoded_as_printed() -> None:
    # Source: Solidity documentation, Contract ABI Specification, Examples, `baz(69, true)`.
    expected = "cdcd77c0" + f"{69:064x}" + f"{1:064x}"
    assert encode("baz(uint32,bool)", 69, True).hex() == expected  # noqa: FBT003  an argument of baz
    assert encode_hex("baz(uint32,bool)", 69, True) == "0x" + expected  # noqa: FBT003  likewise


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("uint256", ["uint256"]),
        ("address,uint256[4]", ["address", "uint256[4]"]),
        ("(uint8,address),uint256", ["(uint8,address)", "uint256"]),
        ("((uint8,bytes)[],int24)[],bool", ["((uint8,bytes)[],int24)[]", "bool"]),
    ],
)
def test_types_are_split_outside_tuples_only(text: str, parts: list[str]) -> None:
    assert split_types(text) == parts
    assert argument_types(f"name({text})") == tuple(parts)


def test_a_call_without_arguments_is_its_selector() -> None:
    assert encode("decimals()") == selector("decimals()")


def test_what_was_encoded_decodes_to_itself() -> None:
    types = "(uint8,address)[],int24,bytes"
    values = (((1, "0x" + "11" * 20), (2, "0x" + "22" * 20)), -887_272, b"\x00\xff")
    assert decode(types, encode(f"f({types})", *values)[4:]) == values


def test_words_are_read_by_place_signed_or_not() -> None:
    data = (5).to_bytes(32, "big") + (-7).to_bytes(32, "big", signed=True)
    assert word(data, 0) == 5
    assert word(data, 1) == 2**256 - 7
    assert signed_word(data, 1) == -7

"""Raw transactions decode to what was signed; nothing else decodes."""

from typing import Any

import pytest
import rlp
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.raw_transactions import TransactionRefused, decode_transaction

ACCOUNT = Account.from_key("0x" + "11" * 32)
TO = "0x" + "22" * 20
AMOUNT = st.integers(0, 2**96)
DYNAMIC: dict[str, Any] = {"type": 2, "maxFeePerGas": 9, "maxPriorityFeePerGas": 4, "chainId": 1}
ACCESS: dict[str, Any] = {"type": 1, "gasPrice": 9, "chainId": 1}
LEGACY: dict[str, Any] = {"gasPrice": 9, "chainId": 1}
OLD: dict[str, Any] = {"gasPrice": 9}
KINDS = (DYNAMIC, ACCESS, LEGACY, OLD)


def signed(kind: dict[str, Any], **fields: Any) -> Any:
    base = {"nonce": 3, "to": TO, "value": 5, "gas": 21_000, "data": "0x"}
    return ACCOUNT.sign_transaction(base | kind | fields)


@given(st.sampled_from(KINDS), st.integers(0, 2**32), AMOUNT, st.binary(max_size=200))
def test_a_decoded_transaction_says_what_was_signed(
    kind: dict[str, Any], nonce: int, value: int, data: bytes
) -> None:
    made = signed(kind, nonce=nonce, value=value, data=data)
    found = decode_transaction(bytes(made.rawTransaction))

    assert (found.nonce, found.value, found.data, found.to) == (nonce, value, data, TO)
    assert (found.sender, found.tx_hash) == (ACCOUNT.address.lower(), made.hash.hex())
    assert (found.gas, found.max_fee) == (21_000, 9)
    assert found.max_priority_fee == (4 if kind is DYNAMIC else 9)
    assert found.chain_id == kind.get("chainId")


@pytest.mark.parametrize("kind", [DYNAMIC, ACCESS])
def test_an_access_list_is_kept(kind: dict[str, Any]) -> None:
    slots = ("0x" + "00" * 31 + "07", "0x" + "ff" * 32)
    entry = {"address": "0x" + "33" * 20, "storageKeys": slots}
    found = decode_transaction(bytes(signed(kind, accessList=[entry]).rawTransaction))

    assert found.access_list == (("0x" + "33" * 20, slots),)
    assert found.as_call()["accessList"] == [entry | {"storageKeys": list(slots)}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_contract_creation_is_refused(kind: dict[str, Any]) -> None:
    creation = {"nonce": 0, "value": 0, "gas": 90_000, "data": "0x5f5ff3"} | kind
    made = ACCOUNT.sign_transaction(creation)

    with pytest.raises(TransactionRefused, match="creation"):
        decode_transaction(bytes(made.rawTransaction))


@pytest.mark.parametrize("kind", [3, 4, 0x7F, 0x80, 0xBF])
def test_other_types_are_refused_by_number(kind: int) -> None:
    with pytest.raises(TransactionRefused, match=f"type {kind} "):
        decode_transaction(bytes([kind]) + rlp.encode([b""] * 12))


@given(st.binary(max_size=300))
def test_no_bytes_do_anything_but_be_refused(raw: bytes) -> None:
    with pytest.raises(TransactionRefused):
        decode_transaction(raw)


@given(st.sampled_from(KINDS), st.data())
def test_a_damaged_transaction_is_refused_or_is_another_one(
    kind: dict[str, Any], data: st.DataObject
) -> None:
    raw = bytearray(signed(kind).rawTransaction)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        found = decode_transaction(bytes(raw))
    except TransactionRefused:
        return
    assert found.tx_hash != signed(kind).hash.hex()


NESTED = st.recursive(st.binary(max_size=40), lambda one: st.lists(one, max_size=4), max_leaves=8)


@given(st.sampled_from([b"", b"\x01", b"\x02"]), st.lists(NESTED, min_size=9, max_size=12))
def test_well_formed_rlp_of_the_wrong_shape_is_refused(prefix: bytes, fields: list[Any]) -> None:
    with pytest.raises(TransactionRefused):
        decode_transaction(prefix + rlp.encode(fields))

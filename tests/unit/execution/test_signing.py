"""Our own encoding of a signed transaction against eth-account's."""

import pytest
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import BadConfiguration
from bot.domain.units import Address, Wei
from bot.execution.access_list import spelled_out
from bot.execution.signing import Operator, TransactionFields, load_account

KEYS = st.integers(min_value=1, max_value=2**255).map(lambda key: f"0x{key:064x}")
NUMBERS = st.integers(min_value=0, max_value=2**63)
FEES = st.integers(min_value=0, max_value=2**100).map(Wei)
SLOTS = st.lists(st.integers(min_value=0, max_value=2**256 - 1), max_size=4).map(tuple)


@st.composite
def fields(draw: st.DrawFn) -> TransactionFields:
    return TransactionFields(
        chain_id=draw(st.integers(min_value=1, max_value=2**31)),
        nonce=draw(NUMBERS),
        to=Address(to_checksum_address(draw(st.binary(min_size=20, max_size=20)))),
        data=draw(st.one_of(st.binary(max_size=60), st.binary(min_size=200, max_size=2_000))),
        gas_limit=draw(NUMBERS),
        max_fee_per_gas=draw(FEES),
        priority_fee_per_gas=draw(FEES),
        access_list=tuple(
            (Address("0x" + address.hex()), slots)
            for address, slots in draw(
                st.lists(st.tuples(st.binary(min_size=20, max_size=20), SLOTS), max_size=4)
            )
        ),
    )


@settings(max_examples=200, deadline=None)
@given(KEYS, fields())
def test_the_signed_bytes_are_those_of_eth_account(key: str, asked: TransactionFields) -> None:
    account = Account.from_key(key)
    expected = account.sign_transaction(
        {
            "type": 2,
            "chainId": asked.chain_id,
            "nonce": asked.nonce,
            "to": asked.to,
            "value": 0,
            "data": asked.data,
            "gas": asked.gas_limit,
            "maxFeePerGas": asked.max_fee_per_gas,
            "maxPriorityFeePerGas": asked.priority_fee_per_gas,
            "accessList": spelled_out(asked.access_list),
        }
    )
    signed = Operator(account).sign(asked)
    assert signed.raw == bytes(expected.rawTransaction)
    assert signed.hash == expected.hash.hex()


@pytest.mark.parametrize("size", [0, 1, 55, 56, 255, 256, 65_536])
@pytest.mark.parametrize("byte", [0, 0x7F, 0x80])
def test_calldata_of_any_length_is_encoded_as_eth_account_does(size: int, byte: int) -> None:
    account = Account.from_key("0x" + "11" * 32)
    asked = TransactionFields(
        chain_id=1,
        nonce=0,
        to=Address("0x" + "00" * 20),
        data=bytes([byte]) * size,
        gas_limit=21_000,
        max_fee_per_gas=Wei(1),
        priority_fee_per_gas=Wei(0),
    )
    recovered = Account.recover_transaction(Operator(account).sign(asked).raw)
    assert recovered == account.address


def test_the_key_is_in_no_repr_and_in_no_error() -> None:
    key = "0x" + "5e" * 32
    operator = Operator(Account.from_key(key))
    assert "5e5e" not in repr(operator) + str(vars(operator))
    with pytest.raises(BadConfiguration) as caught:
        load_account({"KEY": key + "00"}, "KEY")
    assert "5e5e" not in str(caught.value)

"""Headers are hashed again, and children are held against their parents."""

from typing import Any

import pytest

from bot.chain.base_fee import base_fee_after
from bot.chain.header_hash import Header, breach_of, hash_of, head_as_announced, read_header
from bot.domain.messages import Head
from bot.domain.units import GWEI, Nanos, Wei

WORD = "0x" + "00" * 32
EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
# The first block of Ethereum mainnet.
GENESIS = {
    "parentHash": WORD,
    "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "miner": "0x" + "00" * 20,
    "stateRoot": "0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544",
    "transactionsRoot": EMPTY_ROOT,
    "receiptsRoot": EMPTY_ROOT,
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x400000000",
    "number": "0x0",
    "gasLimit": "0x1388",
    "gasUsed": "0x0",
    "timestamp": "0x0",
    "extraData": "0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa",
    "mixHash": WORD,
    "nonce": "0x0000000000000042",
}
GENESIS_HASH = "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"


def block(number: int, **fields: Any) -> dict[str, Any]:
    found = {
        **GENESIS,
        "number": hex(number),
        "timestamp": hex(12 * number),
        "gasLimit": hex(60_000_000),
        "gasUsed": hex(30_000_000),
        "baseFeePerGas": hex(GWEI),
        **fields,
    }
    return {**found, "hash": hash_of(found)}


def header(number: int, **fields: Any) -> Header:
    return read_header(block(number, **fields))


def test_the_first_block_of_mainnet_hashes_to_its_hash() -> None:
    assert hash_of(GENESIS) == GENESIS_HASH


@pytest.mark.parametrize(
    "field", ["number", "timestamp", "baseFeePerGas", "gasUsed", "stateRoot", "logsBloom"]
)
def test_a_header_with_one_field_altered_is_refused(field: str) -> None:
    told = block(5)
    digits = told[field]
    told[field] = digits[:-1] + ("1" if digits[-1] == "0" else "0")
    with pytest.raises(ValueError, match="hashes to"):
        read_header(told)


@pytest.mark.parametrize("nonsense", [None, [], "0x", {}, {"hash": 1}, {**GENESIS, "hash": "0x"}])
def test_what_is_no_header_is_refused(nonsense: Any) -> None:
    with pytest.raises(ValueError, match="not a block header"):
        read_header(nonsense)


def test_a_child_that_follows_its_parent_breaks_nothing() -> None:
    parent = header(5)
    assert breach_of(parent, header(6, parentHash=parent.hash)) == ""


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"parentHash": WORD}, "does not follow"),
        ({"number": "0x7"}, "does not follow"),
        ({"timestamp": hex(60)}, "not after its parent"),
        ({"baseFeePerGas": hex(GWEI + 1)}, "base fee"),
        ({"gasUsed": hex(60_000_001)}, "more gas than its limit"),
        ({"gasLimit": hex(60_000_000 + 60_000_000 // 1024 + 1)}, "gas limit too far"),
    ],
)
def test_a_child_that_breaks_a_rule_of_the_protocol_is_named(
    fields: dict[str, str], says: str
) -> None:
    parent = header(5)
    child = {**block(6, parentHash=parent.hash), **fields}
    child["hash"] = hash_of(child)
    assert says in breach_of(parent, read_header(child))


def test_the_base_fee_rises_by_an_eighth_after_a_full_block_and_falls_so_after_an_empty_one() -> (
    None
):
    assert base_fee_after(800, 60, 60) == 900
    assert base_fee_after(800, 0, 60) == 700
    assert base_fee_after(800, 30, 60) == 800
    assert base_fee_after(7, 31, 60) == 8  # at least one


def test_a_head_that_was_announced_otherwise_than_its_block_is_says_in_what() -> None:
    true = header(5)
    head = Head(
        number=5,
        hash=true.hash,
        parent_hash=true.parent_hash,
        timestamp_s=60,
        base_fee=Wei(0),
        gas_used=true.gas_used,
        gas_limit=true.gas_limit,
        seen_at=Nanos(0),
    )
    assert head_as_announced(true, head) == f"announced with base fee 0, it is {GWEI}"

"""Block headers that are what their hash says, and children that follow from their parents.

A header is checked by hashing it again: whoever alters one field alters the hash. What the hash
cannot tell is whether the chain took the block; two nodes that know the same hash say that.
"""

from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.chain.base_fee import base_fee_after
from bot.domain.messages import Head

# The order is the protocol's, and a fork appends: EIP-1559, 4895, 4844 (two), 4788, 7685.
_FIELDS = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
]
_APPENDED = [
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
]
_NUMBERS = frozenset(
    [
        "difficulty",
        "number",
        "gasLimit",
        "gasUsed",
        "timestamp",
        "baseFeePerGas",
        "blobGasUsed",
        "excessBlobGas",
    ]
)
_STRING, _LIST, _SHORT = 0x80, 0xC0, 55  # RLP: yellow paper, appendix B
_GAS_LIMIT_PARTS = 1_024  # of the parent's, by which it may change per block


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a header says that was hashed again and found true to its hash."""

    number: int
    hash: str
    parent_hash: str
    timestamp_s: int
    base_fee: int
    gas_used: int
    gas_limit: int
    state_root: bytes
    receipts_root: bytes


def read_header(answer: Any) -> Header:
    """Return the header in a node's JSON.

    Raises:
        ValueError: no header, or one that does not hash to what it claims.
    """
    try:
        claimed = str(answer["hash"])
        found = hash_of(answer)
        header = Header(
            number=int(answer["number"], 16),
            hash=claimed,
            parent_hash=answer["parentHash"],
            timestamp_s=int(answer["timestamp"], 16),
            base_fee=int(answer["baseFeePerGas"], 16),
            gas_used=int(answer["gasUsed"], 16),
            gas_limit=int(answer["gasLimit"], 16),
            state_root=bytes.fromhex(answer["stateRoot"][2:]),
            receipts_root=bytes.fromhex(answer["receiptsRoot"][2:]),
        )
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"not a block header: {error!r}") from error
    if found != claimed:
        raise ValueError(f"block {header.number} hashes to {found}, it claims {claimed}")
    return header


def hash_of(answer: Any) -> str:
    """Return the hash of a header's fields.

    Raises:
        ValueError, KeyError, TypeError: fields are missing or no hex.

    Source: Ethereum yellow paper, 4.3; execution-specs, `Header` of each fork.
    """
    names = [*_FIELDS, *(name for name in _APPENDED if name in answer)]
    body = b"".join(_encoded(_item(name, answer[name])) for name in names)
    return "0x" + keccak(_length(len(body), _LIST) + body).hex()


def head_as_announced(header: Header, head: Head) -> str:
    """Return in what an announced head is not the header of its hash; empty: in nothing."""
    told = {
        "number": (head.number, header.number),
        "hash": (head.hash, header.hash),
        "parent": (head.parent_hash, header.parent_hash),
        "time": (head.timestamp_s, header.timestamp_s),
        "base fee": (head.base_fee, header.base_fee),
        "gas used": (head.gas_used, header.gas_used),
        "gas limit": (head.gas_limit, header.gas_limit),
    }
    wrong = [f"{name} {said}, it is {true}" for name, (said, true) in told.items() if said != true]
    return f"announced with {wrong[0]}" if wrong else ""


def breach_of(parent: Header, child: Header) -> str:
    """Return which rule of the protocol a child breaks; empty: none that its parent tells.

    Source: EIP-1559, `validate_block`; yellow paper, 4.3.4.
    """
    if child.parent_hash != parent.hash or child.number != parent.number + 1:
        return f"block {child.number} does not follow block {parent.number}"
    if child.timestamp_s <= parent.timestamp_s:
        return f"block {child.number} is not after its parent in time"
    fee = base_fee_after(parent.base_fee, parent.gas_used, parent.gas_limit)
    if child.base_fee != fee:
        return f"block {child.number} has base fee {child.base_fee}, by its parent it is {fee}"
    if child.gas_used > child.gas_limit:
        return f"block {child.number} uses more gas than its limit"
    if abs(child.gas_limit - parent.gas_limit) > parent.gas_limit // _GAS_LIMIT_PARTS:
        return f"block {child.number} moves the gas limit too far"
    return ""


def _encoded(data: bytes) -> bytes:
    """Return RLP of a string, many times faster than a general encoder."""
    if len(data) == 1 and data[0] < _STRING:
        return data
    return _length(len(data), _STRING) + data


def _length(size: int, kind: int) -> bytes:
    if size <= _SHORT:
        return bytes([kind + size])
    digits = size.to_bytes(-(-size.bit_length() // 8), "big")
    return bytes([kind + _SHORT + len(digits)]) + digits


def _item(name: str, text: str) -> bytes:
    if name in _NUMBERS:
        value = int(text, 16)
        return value.to_bytes(-(-value.bit_length() // 8), "big")
    return bytes.fromhex(text[2:])

"""Signed transactions as the relay receives them: legacy, EIP-2930 and EIP-1559."""

from typing import Any

import msgspec
import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from bot.domain.units import Wei

_FIELDS = {1: 11, 2: 12}  # EIP-2718 type -> members of its list
_DYNAMIC_FEE = 2


class TransactionRefused(ValueError):
    """These bytes are not a signed transaction this relay can take."""


class BundleTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction, decoded from `raw`; addresses are lower-case 0x texts."""

    raw: bytes
    tx_hash: str
    sender: str
    to: str
    nonce: int
    gas: int  # limit
    max_fee: Wei  # per gas
    max_priority_fee: Wei  # per gas
    value: Wei
    data: bytes
    chain_id: int | None  # None: legacy, valid on every chain
    access_list: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def as_call(self) -> dict[str, Any]:
        """Return the JSON-RPC call object that runs it unsigned."""
        return {
            "from": self.sender,
            "to": self.to,
            "nonce": hex(self.nonce),
            "gas": hex(self.gas),
            "maxFeePerGas": hex(self.max_fee),
            "maxPriorityFeePerGas": hex(self.max_priority_fee),
            "value": hex(self.value),
            "input": "0x" + self.data.hex(),
            "accessList": [
                {"address": address, "storageKeys": list(slots)}
                for address, slots in self.access_list
            ],
        }


def decode_transaction(raw: bytes) -> BundleTransaction:
    """Return the fields of `raw` and who signed it.

    Raises:
        TransactionRefused: not RLP, another type, a contract creation, or an impossible signature.
    """
    if not raw:
        raise TransactionRefused("empty transaction")
    try:
        if raw[0] >= 0xC0:
            return _legacy(raw, rlp.decode(raw))
        if raw[0] in _FIELDS:
            return _typed(raw, rlp.decode(raw[1:]))
    except (rlp.DecodingError, BadSignature, ValidationError, ValueError, TypeError) as error:
        raise TransactionRefused(f"cannot be decoded: {error}") from error
    raise TransactionRefused(f"transaction type {raw[0]} is not supported")


def _legacy(raw: bytes, fields: Any) -> BundleTransaction:
    _require_count(fields, 9)
    v = _integer(fields[6])
    chain_id = (v - 35) // 2 if v >= 35 else None
    replay = [_minimal(chain_id), b"", b""] if chain_id is not None else []
    recovery = (v - 35) % 2 if chain_id is not None else v - 27
    price = Wei(_integer(fields[1]))
    return BundleTransaction(
        raw=raw,
        tx_hash="0x" + keccak(raw).hex(),
        sender=_sender(rlp.encode(fields[:6] + replay), recovery, fields[7:9]),
        nonce=_integer(fields[0]),
        max_fee=price,
        max_priority_fee=price,
        gas=_integer(fields[2]),
        to=_recipient(fields[3]),
        value=Wei(_integer(fields[4])),
        data=fields[5],
        chain_id=chain_id,
    )


def _typed(raw: bytes, fields: Any) -> BundleTransaction:
    kind = raw[0]
    _require_count(fields, _FIELDS[kind])
    fee = _integer(fields[3]) if kind == _DYNAMIC_FEE else _integer(fields[2])
    gas, to, value, data, access = fields[-8:-3]
    return BundleTransaction(
        raw=raw,
        tx_hash="0x" + keccak(raw).hex(),
        sender=_sender(bytes([kind]) + rlp.encode(fields[:-3]), _integer(fields[-3]), fields[-2:]),
        chain_id=_integer(fields[0]),
        nonce=_integer(fields[1]),
        max_priority_fee=Wei(_integer(fields[2])),
        max_fee=Wei(fee),
        gas=_integer(gas),
        to=_recipient(to),
        value=Wei(_integer(value)),
        data=data,
        access_list=tuple(
            ("0x" + address.hex(), tuple("0x" + slot.hex() for slot in slots))
            for address, slots in access
        ),
    )


def _sender(unsigned: bytes, recovery: int, pair: list[bytes]) -> str:
    r, s = (_integer(part) for part in pair)
    signature = Signature(vrs=(recovery, r, s))
    key = signature.recover_public_key_from_msg_hash(keccak(unsigned))
    return "0x" + key.to_canonical_address().hex()


def _recipient(field: bytes) -> str:
    if len(field) != 20:
        raise TransactionRefused("contract creations are not taken in bundles")
    return "0x" + field.hex()


def _require_count(fields: Any, count: int) -> None:
    if not isinstance(fields, list) or len(fields) != count:
        raise TransactionRefused(f"expected a list of {count} fields")


def _integer(field: bytes) -> int:
    return int.from_bytes(field, "big")


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")

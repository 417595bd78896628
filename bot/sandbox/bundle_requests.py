"""What callers ask of the relay, checked against the documented shapes and limits."""

import binascii
import re
import uuid
from typing import Any, TypeVar

import msgspec
from eth_utils.crypto import keccak

from bot.sandbox.bundle_pool import Bundle
from bot.sandbox.raw_transactions import (
    BundleTransaction,
    TransactionRefused,
    decode_transaction,
)
from bot.sandbox.relay_options import RelayOptions

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,16}")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_Shape = TypeVar("_Shape")


class BadParams(ValueError):
    """The parameters break the documented shape or a limit."""


class CallRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A checked eth_callBundle."""

    transactions: tuple[BundleTransaction, ...]
    block: int
    state: str  # "latest" or a hex number
    timestamp: int | None  # seconds


class _SendShape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    txs: list[str]
    block_number: str
    min_timestamp: int | None = None
    max_timestamp: int | None = None
    reverting_tx_hashes: list[str] | None = None
    replacement_uuid: str | None = None
    builders: list[str] | None = None  # a name that nobody has is no error


class _CallShape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    txs: list[str]
    block_number: str
    state_block_number: str
    timestamp: int | None = None


class _CancelShape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    replacement_uuid: str


def parse_send(params: Any, signer: str, limits: RelayOptions) -> Bundle:
    """Return the bundle asked for by eth_sendBundle.

    Raises:
        BadParams: shape or limit.
    """
    asked = only_param(params, _SendShape)
    transactions = signed_transactions(asked.txs, limits)
    reverting = asked.reverting_tx_hashes or []
    if not all(_HASH.fullmatch(one) for one in reverting):
        raise BadParams("revertingTxHashes must be 32-byte hashes")
    if asked.replacement_uuid is not None:
        _require_uuid4(asked.replacement_uuid)
    earliest, latest = asked.min_timestamp or 0, asked.max_timestamp or 0
    if earliest < 0 or latest < 0 or 0 < latest < earliest:
        raise BadParams("minTimestamp and maxTimestamp leave no time")
    return Bundle(
        bundle_hash=bundle_hash(transactions),
        signer=signer,
        target_block=quantity(asked.block_number, "blockNumber"),
        transactions=transactions,
        may_revert=frozenset(one.lower() for one in reverting),
        min_timestamp=earliest,
        max_timestamp=latest,
        replacement_uuid=asked.replacement_uuid,
        builders=tuple(asked.builders or ()),
    )


def parse_call(params: Any, limits: RelayOptions) -> CallRequest:
    """Return the simulation asked for by eth_callBundle.

    Raises:
        BadParams: shape or limit.
    """
    asked = only_param(params, _CallShape)
    state = asked.state_block_number
    if state != "latest":
        state = hex(quantity(state, "stateBlockNumber"))
    return CallRequest(
        transactions=signed_transactions(asked.txs, limits),
        block=quantity(asked.block_number, "blockNumber"),
        state=state,
        timestamp=asked.timestamp or None,
    )


def parse_cancel(params: Any) -> str:
    """Return the replacement id of eth_cancelBundle.

    Raises:
        BadParams: shape.
    """
    asked = only_param(params, _CancelShape)
    _require_uuid4(asked.replacement_uuid)
    return asked.replacement_uuid


def bundle_hash(transactions: tuple[BundleTransaction, ...]) -> str:
    """Return the hash over the concatenated transaction hashes."""
    joined = b"".join(bytes.fromhex(one.tx_hash[2:]) for one in transactions)
    return "0x" + keccak(joined).hex()


def only_param(params: Any, shape: type[_Shape]) -> _Shape:
    """Return the one object that was sent.

    Raises:
        BadParams: shape.
    """
    if not isinstance(params, list) or len(params) != 1:
        raise BadParams("expected a list of one object")
    try:
        return msgspec.convert(params[0], shape)
    except msgspec.ValidationError as error:
        raise BadParams(str(error)) from error


def signed_transactions(texts: list[str], limits: RelayOptions) -> tuple[BundleTransaction, ...]:
    """Return what was signed.

    Raises:
        BadParams: it is not that, or beyond a limit.
    """
    if not texts:
        raise BadParams("bundle missing txs")
    if len(texts) > limits.max_bundle_transactions:
        raise BadParams(f"{len(texts)} transactions, limit is {limits.max_bundle_transactions}")
    if not all(text.startswith("0x") for text in texts):
        raise BadParams("transactions must be hex with 0x prefix")
    try:
        raws = [binascii.unhexlify(text[2:]) for text in texts]
    except ValueError as error:
        raise BadParams("transactions must be hex with 0x prefix") from error
    size = sum(len(raw) for raw in raws)
    if size > limits.max_bundle_bytes:
        raise BadParams(f"{size} bytes, limit is {limits.max_bundle_bytes}")
    try:
        return tuple(decode_transaction(raw) for raw in raws)
    except TransactionRefused as error:
        raise BadParams(str(error)) from error


def quantity(text: str, name: str) -> int:
    """Return a hex number.

    Raises:
        BadParams: it is none.
    """
    if not _QUANTITY.fullmatch(text):
        raise BadParams(f"{name} must be a hex number with 0x prefix")
    return int(text, 16)


def _require_uuid4(text: str) -> None:
    try:
        parsed = uuid.UUID(text)
    except ValueError as error:
        raise BadParams("replacementUuid must be a UUIDv4") from error
    if parsed.version != 4 or str(parsed) != text.lower():
        raise BadParams("replacementUuid must be a UUIDv4")

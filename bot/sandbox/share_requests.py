"""What callers ask about private transactions and MEV-Share, against the documented shapes."""

import re
from typing import Any, Literal

import msgspec
from eth_utils.crypto import keccak

from bot.sandbox.bundle_requests import BadParams, only_param, quantity, signed_transactions
from bot.sandbox.raw_transactions import BundleTransaction
from bot.sandbox.relay_options import RelayOptions

_HASH = re.compile(r"0x[0-9a-f]{64}")
_VERSION = "v0.1"
_Called = Literal["calldata", "contract_address", "function_selector"]
_Hashes = Literal["hash", "tx_hash", "transaction_hash"]
Shared = _Called | Literal["logs", "default_logs", "full"] | _Hashes


class PrivateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A checked eth_sendPrivateTransaction."""

    transaction: BundleTransaction
    last_block: int | None
    fast: bool
    hints: tuple[Shared, ...] | None
    builders: tuple[str, ...]


class ShareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A checked mev_sendBundle: one transaction behind one that is held here."""

    behind: str  # the hint's hash
    transaction: BundleTransaction
    may_revert: bool
    block: int
    last_block: int

    @property
    def bundle_hash(self) -> str:
        """By which it is known."""
        parts = (self.behind, self.transaction.tx_hash)
        return "0x" + keccak(b"".join(bytes.fromhex(one[2:]) for one in parts)).hex()


class _Privacy(msgspec.Struct, forbid_unknown_fields=True):
    hints: tuple[Shared, ...] | None = None
    builders: tuple[str, ...] = ()


class _Refund(msgspec.Struct, forbid_unknown_fields=True):
    address: str
    percent: int


class _PrivateValidity(msgspec.Struct, forbid_unknown_fields=True):
    refund: list[_Refund] = []


class _Preferences(msgspec.Struct, forbid_unknown_fields=True):
    fast: bool = False
    privacy: _Privacy | None = None
    validity: _PrivateValidity | None = None


class _PrivateShape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    tx: str
    max_block_number: str | int | None = None  # the documentation says hex; the package, a number
    preferences: _Preferences | None = None


class _CancelShape(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    tx_hash: str


class _Inclusion(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    block: str
    max_block: str | None = None


class _Part(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    hash: str | None = None
    tx: str | None = None
    can_revert: bool = False


class _BodyRefund(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    body_idx: int
    percent: int


class _Validity(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    refund: list[_BodyRefund] = []
    refund_config: list[_Refund] = []


class _ShareShape(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    inclusion: _Inclusion
    body: list[_Part]
    validity: _Validity = _Validity()
    privacy: _Privacy | None = None
    metadata: dict[str, str] | None = None


def parse_private(params: Any, limits: RelayOptions) -> PrivateRequest:
    """Return the transaction of eth_sendPrivateTransaction.

    Raises:
        BadParams: shape or limit.
    """
    asked = only_param(params, _PrivateShape)
    (transaction,) = signed_transactions([asked.tx], limits)
    wishes = asked.preferences or _Preferences()
    privacy = wishes.privacy or _Privacy()
    _require_percents([one.percent for one in (wishes.validity or _PrivateValidity()).refund])
    last = asked.max_block_number
    return PrivateRequest(
        transaction=transaction,
        last_block=quantity(last, "maxBlockNumber") if isinstance(last, str) else last,
        fast=wishes.fast,
        hints=privacy.hints,
        builders=privacy.builders,
    )


def parse_private_cancel(params: Any) -> str:
    """Return the transaction hash of eth_cancelPrivateTransaction.

    Raises:
        BadParams: shape.
    """
    return _hash(only_param(params, _CancelShape).tx_hash, "txHash")


def parse_share(params: Any, limits: RelayOptions) -> ShareRequest:
    """Return the backrun of mev_sendBundle, or of mev_simBundle.

    Raises:
        BadParams: shape, or another kind of bundle than one backrun.
    """
    asked = only_param(params, _ShareShape)
    if asked.version != _VERSION:
        raise BadParams(f"version must be {_VERSION}")
    if asked.privacy is not None and asked.privacy.hints:
        raise BadParams("a bundle behind a hash cannot share hints")
    if len(asked.body) != 2 or asked.body[0].hash is None or asked.body[1].tx is None:
        raise BadParams("body must be one hash, and one transaction behind it")
    _require_percents([one.percent for one in asked.validity.refund])
    if any(one.body_idx != 0 for one in asked.validity.refund):
        raise BadParams("refunds go to whom the hash is of, bodyIdx 0")
    (transaction,) = signed_transactions([asked.body[1].tx], limits)
    first = quantity(asked.inclusion.block, "block")
    last = quantity(asked.inclusion.max_block or asked.inclusion.block, "maxBlock")
    if last < first:
        raise BadParams("invalid inclusion")
    return ShareRequest(
        behind=_hash(asked.body[0].hash, "hash"),
        transaction=transaction,
        may_revert=asked.body[1].can_revert,
        block=first,
        last_block=last,
    )


def _hash(text: str, name: str) -> str:
    if not _HASH.fullmatch(text.lower()):
        raise BadParams(f"{name} must be a 32-byte hash")
    return text.lower()


def _require_percents(percents: list[int]) -> None:
    if any(one < 0 for one in percents) or sum(percents) > 100:
        raise BadParams("refunds must be percents, 100 in all at most")

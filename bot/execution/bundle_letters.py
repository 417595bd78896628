"""One bundle as each builder wants to read it: written and signed once per form, never per builder.

Each body is built from what a form allows: some builders refuse fields that they do not know.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from coincurve import PrivateKey
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from bot.domain.builders import Cancel, Dialect

_PARITY_ZERO = 27  # what recoverable signatures of messages end with, for an even point
REQUEST_ID = 1


class BundleOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be in a block, all of it in this order or none."""

    transactions: tuple[bytes, ...]  # signed; empty: take the one of the same id back
    target_block: int
    replacement_uuid: str | None = None
    refund_percent: int | None = None  # of what the bundle pays, asked back where that exists
    builders: tuple[str, ...] = ()  # whom a multiplexing relay may pass it on to

    def __post_init__(self) -> None:
        if self.refund_percent is not None and not 0 <= self.refund_percent <= 99:
            raise ValueError(f"refund_percent is {self.refund_percent}, must be 0 to 99")


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes for the wire."""

    body: bytes
    headers: Mapping[str, str]


class Identity:
    """Signs requests, never transactions: reputation hangs on it, money must not."""

    def __init__(self, account: LocalAccount) -> None:
        self.address = account.address
        self._key = PrivateKey(bytes(account.key))

    def __repr__(self) -> str:
        return f"Identity({self.address})"

    def headers(self, body: bytes) -> dict[str, str]:
        """Return the signature over a body, the same bytes as the `flashbots` package's.

        Source: EIP-191, version 0x45, over the hash of the body as text.
        """
        text = b"0x" + keccak(body).hex().encode("ascii")
        digest = keccak(b"\x19Ethereum Signed Message:\n%d%b" % (len(text), text))
        signature = bytearray(self._key.sign_recoverable(digest, hasher=None))
        signature[-1] += _PARITY_ZERO
        return {"X-Flashbots-Signature": f"{self.address}:0x{signature.hex()}"}


def letter_of(order: BundleOrder, dialect: Dialect, identity: Identity, token: str = "") -> Letter:
    """Return an order in one form; `token` is for builders that want an Authorization header."""
    return _letter(dialect.method, _words(order, dialect), dialect, identity, token)


def cancel_letter_of(
    uuid: str, block: int, dialect: Dialect, identity: Identity, token: str = ""
) -> Letter | None:
    """Return what takes a bundle back, None where nothing does."""
    if dialect.cancel is Cancel.METHOD:
        words = {dialect.id_field: uuid}
        return _letter(Cancel.METHOD.value, words, dialect, identity, token)
    if dialect.cancel is Cancel.EMPTY:
        order = BundleOrder(transactions=(), target_block=block, replacement_uuid=uuid)
        return letter_of(order, dialect, identity, token)
    return None


def _words(order: BundleOrder, dialect: Dialect) -> dict[str, Any]:
    raw = [one.hex() for one in order.transactions]
    if dialect.prefixed:
        words: dict[str, Any] = {
            "txs": ["0x" + one for one in raw],
            "blockNumber": hex(order.target_block),
        }
    else:
        words = {"transaction": raw, "block_number": hex(order.target_block)}
    if order.replacement_uuid is not None:
        words[dialect.id_field] = order.replacement_uuid
    if dialect.refunds and order.refund_percent is not None:
        words["refundPercent"] = order.refund_percent
    if dialect.multiplexes and order.builders:
        words["builders"] = list(order.builders)
    return words


def _letter(
    method: str, words: dict[str, Any], dialect: Dialect, identity: Identity, token: str
) -> Letter:
    params: Any = [words] if dialect.prefixed else words
    request = {"jsonrpc": "2.0", "id": REQUEST_ID, "method": method, "params": params}
    body = msgspec.json.encode(request)
    headers = identity.headers(body) if dialect.signed else {}
    if dialect.authorized:
        headers["Authorization"] = token
    return Letter(body=body, headers=headers)

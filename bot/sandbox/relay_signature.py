"""The X-Flashbots-Signature header, checked as Flashbots' go-utils checks it."""

import binascii

from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

HEADER = "X-Flashbots-Signature"
_SIGNATURE_BYTES = 65
_HALF_CURVE_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


class SignatureRefused(ValueError):
    """The header does not prove who signed this body."""


def body_digest(body: bytes) -> bytes:
    """Return what is signed: EIP-191 over the text of the hash, not over its 32 bytes."""
    text = b"0x" + keccak(body).hex().encode()
    return keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)


def verified_signer(header: str, body: bytes) -> str:
    """Return the lower-case 0x address that signed exactly these bytes.

    Source: github.com/flashbots/go-utils, signature/signature.go, Verify.

    Raises:
        SignatureRefused: missing, malformed, malleable, or by another key.
    """
    if not header:
        raise SignatureRefused("no signature provided")
    claimed, separator, text = header.partition(":")
    if not separator:
        raise SignatureRefused("invalid signature provided: missing separator")
    try:
        signature = Signature(_signature_bytes(text))
        key = signature.recover_public_key_from_msg_hash(body_digest(body))
    except (BadSignature, ValidationError) as error:
        raise SignatureRefused("invalid signature provided: recovery failed") from error
    if signature.s > _HALF_CURVE_ORDER:
        raise SignatureRefused("invalid signature provided: s is in the upper half")
    signer = key.to_canonical_address()
    if signer != _address_bytes(claimed):
        raise SignatureRefused("invalid signature provided: signing address mismatch")
    return "0x" + signer.hex()


def _signature_bytes(text: str) -> bytes:
    if text[:2] not in {"0x", "0X"}:
        raise SignatureRefused("invalid signature provided: hex string without 0x prefix")
    try:
        signature = binascii.unhexlify(text[2:])
    except ValueError as error:
        raise SignatureRefused("invalid signature provided: invalid hex string") from error
    if len(signature) != _SIGNATURE_BYTES:
        raise SignatureRefused("invalid signature provided: invalid signature length")
    recovery = signature[-1] - 27 if signature[-1] >= 27 else signature[-1]
    if recovery > 1:
        raise SignatureRefused("invalid signature provided: invalid recovery id")
    return signature[:-1] + bytes([recovery])


def _address_bytes(text: str) -> bytes:
    digits = text[2:] if text[:2] in {"0x", "0X"} else text
    try:
        return binascii.unhexlify(digits)
    except ValueError:
        return b""

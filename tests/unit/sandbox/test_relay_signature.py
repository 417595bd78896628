"""The signature check accepts what Flashbots' Go code accepts, and nothing else."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak
from flashbots.provider import FlashbotProvider
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.relay_signature import HEADER, SignatureRefused, verified_signer

IDENTITY = Account.from_key("0x" + "07" * 32)
SIGNER = IDENTITY.address.lower()
BODY = b'{"id":1,"method":"eth_sendBundle","params":[]}'
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def signed(body: bytes = BODY) -> str:
    provider = FlashbotProvider(IDENTITY, "http://127.0.0.1:1")
    return provider._get_flashbots_headers(body)[HEADER]


def parts() -> tuple[str, bytearray]:
    address, _, text = signed().partition(":0x")
    return address, bytearray.fromhex(text)


def header(address: str, signature: bytes) -> str:
    return f"{address}:0x{signature.hex()}"


@given(st.text(max_size=300))
def test_the_packages_signature_of_any_body_is_accepted(text: str) -> None:
    body = text.encode("utf-8", errors="replace")

    assert verified_signer(signed(body), body) == SIGNER


@pytest.mark.parametrize("shift", [0, 27])
def test_both_ways_to_write_the_recovery_id_are_accepted(shift: int) -> None:
    address, signature = parts()
    signature[-1] = signature[-1] % 27 + shift

    assert verified_signer(header(address, signature), BODY) == SIGNER


@pytest.mark.parametrize("recovery", [2, 3, 26, 29, 255])
def test_other_recovery_ids_are_refused(recovery: int) -> None:
    address, signature = parts()
    signature[-1] = recovery

    with pytest.raises(SignatureRefused, match="recovery"):
        verified_signer(header(address, signature), BODY)


def test_the_address_may_be_written_in_any_case_and_without_0x() -> None:
    _, signature = parts()
    for address in (SIGNER, "0x" + SIGNER[2:].upper(), IDENTITY.address, SIGNER[2:]):
        assert verified_signer(header(address, signature), BODY) == SIGNER


def test_every_single_altered_byte_is_noticed() -> None:
    written = signed()
    for at in range(len(BODY)):
        altered = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
        with pytest.raises(SignatureRefused):
            verified_signer(written, altered)


def test_a_signature_over_the_bare_hash_is_refused() -> None:
    message = encode_defunct(primitive=keccak(BODY))
    signature = bytes(IDENTITY.sign_message(message).signature)

    with pytest.raises(SignatureRefused, match="address mismatch"):
        verified_signer(header(SIGNER, signature), BODY)


def test_the_malleable_twin_of_a_signature_is_refused() -> None:
    address, signature = parts()
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + s.to_bytes(32, "big") + bytes([(signature[64] - 27) ^ 1])

    with pytest.raises(SignatureRefused, match="upper half"):
        verified_signer(header(address, twin), BODY)


@pytest.mark.parametrize(
    ("altered", "reason"),
    [
        ("", "no signature provided"),
        (signed().replace(":", ""), "missing separator"),
        (signed().replace(":0x", ":"), "without 0x prefix"),
        (signed()[:-2], "length"),
        (signed() + "00", "length"),
        (signed()[:-1], "invalid hex"),
        (signed()[:-4] + "zz1b", "invalid hex"),
        ("0x" + "22" * 20 + ":" + signed().partition(":")[2], "address mismatch"),
        (":" + signed().partition(":")[2], "address mismatch"),
        (SIGNER + ":0x" + "00" * 65, "recovery failed"),
        (SIGNER + ":0x" + "ff" * 64 + "1b", "recovery failed"),
    ],
)
def test_a_malformed_header_is_refused_with_its_reason(altered: str, reason: str) -> None:
    with pytest.raises(SignatureRefused, match=reason):
        verified_signer(altered, BODY)


@given(st.text(max_size=200))
def test_no_header_text_does_anything_but_be_refused(text: str) -> None:
    with pytest.raises(SignatureRefused):
        verified_signer(text, BODY)

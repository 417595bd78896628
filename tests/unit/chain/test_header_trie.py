"""Roots of lists, and proofs that hold or do not."""

import pytest
import rlp
from eth_utils.crypto import keccak

from bot.chain.header_trie import EMPTY_ROOT, list_root, proven


def test_a_block_without_receipts_has_the_root_of_nothing() -> None:
    known = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert list_root([]).hex() == EMPTY_ROOT.hex() == known


def leaf(key: bytes, value: bytes) -> bytes:
    return rlp.encode([b"\x20" + keccak(key), value])


def test_a_value_is_proven_by_the_nodes_from_the_root_to_it() -> None:
    node = leaf(b"key", b"value" * 10)
    assert proven(keccak(node), b"key", [node]) == b"value" * 10


def test_that_a_key_has_no_value_is_proven_by_another_leaf_in_its_place() -> None:
    node = leaf(b"key", b"value" * 10)
    assert proven(keccak(node), b"another", [node]) == b""
    assert proven(EMPTY_ROOT, b"key", []) == b""


@pytest.mark.parametrize("proof", [[], [b"\xc0"], [leaf(b"key", b"other" * 10)]])
def test_a_proof_of_another_root_proves_nothing(proof: list[bytes]) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        proven(keccak(leaf(b"key", b"value" * 10)), b"key", proof)


@pytest.mark.parametrize("junk", [b"\xff\xff", b"\xc1\x01", b"\x05"])
def test_junk_in_a_proof_is_refused_even_under_its_own_root(junk: bytes) -> None:
    with pytest.raises(ValueError, match="proof"):
        proven(keccak(junk), b"key", [junk])


def test_the_root_of_a_list_depends_on_every_value_and_its_place() -> None:
    values = [bytes([at]) * 40 for at in range(200)]
    changed = [*values[:130], b"x" * 40, *values[131:]]
    swapped = [values[1], values[0], *values[2:]]
    assert len({list_root(one) for one in (values, changed, swapped, values[:-1])}) == 4

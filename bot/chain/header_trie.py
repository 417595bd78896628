"""Merkle Patricia tries: what a root proves, and the root of a whole list.

Source: Ethereum yellow paper, appendix D; execution-specs, `trie.py`.
"""

from collections.abc import Sequence
from typing import Any

import rlp
from eth_utils.crypto import keccak

EMPTY_ROOT = keccak(rlp.encode(b""))
_BRANCH, _WORD = 17, 32
_LEAF, _ODD = 2, 1


def proven(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes:
    """Return the value at `key`, whose hash is its path; empty: the root proves that there is none.

    `proof` is the chain of nodes from the root, as `eth_getProof` tells it.

    Raises:
        ValueError: it proves nothing about that key under that root.
    """
    if root == EMPTY_ROOT:
        return b""
    nodes = iter(proof)
    path, wanted = _nibbles(keccak(key)), root
    node = _node(nodes, wanted)
    while True:
        if len(node) == _BRANCH:
            if not path:
                return bytes(node[-1])
            below, path = node[path[0]], path[1:]
        else:
            flags, *part = _nibbles(node[0])
            part = part if flags & _ODD else part[1:]
            if path[: len(part)] != part:
                return b""
            path = path[len(part) :]
            if flags & _LEAF:
                return b"" if path else bytes(node[1])
            below = node[1]
        if below == b"":
            return b""
        node = below if isinstance(below, list) else _node(nodes, below)


def list_root(values: Sequence[bytes]) -> bytes:
    """Return the root of a trie from the number of each value to the value, as blocks hold them."""
    items = [(_nibbles(rlp.encode(at)), value) for at, value in enumerate(values)]
    return keccak(rlp.encode(_built(items))) if items else EMPTY_ROOT


def _built(items: list[tuple[list[int], bytes]]) -> Any:
    """Return the node that holds paths and values; no path is the beginning of another."""
    if len(items) == 1:
        ((path, value),) = items
        return [_compact(path, is_leaf=True), value]
    shared = _shared([path for path, _ in items])
    if shared:
        rest = [(path[shared:], value) for path, value in items]
        return [_compact(items[0][0][:shared], is_leaf=False), _reference(_built(rest))]
    children: list[Any] = [b""] * _BRANCH
    for digit in range(16):
        below = [(path[1:], value) for path, value in items if path[0] == digit]
        if below:
            children[digit] = _reference(_built(below))
    return children


def _reference(node: Any) -> Any:
    encoded = rlp.encode(node)
    return node if len(encoded) < _WORD else keccak(encoded)


def _shared(paths: list[list[int]]) -> int:
    first, last = min(paths), max(paths)
    return next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )


def _compact(path: list[int], *, is_leaf: bool) -> bytes:
    flags = _LEAF * is_leaf + len(path) % 2
    digits = [flags, *path] if len(path) % 2 else [flags, 0, *path]
    return bytes(16 * a + b for a, b in zip(digits[::2], digits[1::2], strict=True))


def _nibbles(data: bytes) -> list[int]:
    return [digit for byte in data for digit in (byte >> 4, byte & 15)]


def _node(nodes: Any, wanted: bytes) -> list[Any]:
    encoded = next(nodes, None)
    if encoded is None or keccak(encoded) != wanted:
        raise ValueError("the proof does not belong to its root")
    try:
        node = rlp.decode(encoded)
    except rlp.exceptions.DecodingError as error:
        raise ValueError(f"the proof is not readable: {error}") from error
    if not isinstance(node, list) or len(node) not in (2, _BRANCH):
        raise ValueError("the proof holds what is no node")
    return node

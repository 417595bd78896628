"""Calldata from a written signature: `encode("transfer(address,uint256)", to, amount)`."""

from functools import lru_cache
from typing import Any

from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak


@lru_cache(maxsize=1024)
def selector(signature: str) -> bytes:
    """Return the first four bytes of the hash of e.g. ``transfer(address,uint256)``."""
    return keccak(text=signature)[:4]


@lru_cache(maxsize=1024)
def argument_types(signature: str) -> tuple[str, ...]:
    """Return the top-level types between the outer parentheses of ``name(types)``."""
    return tuple(split_types(signature[signature.index("(") + 1 : -1]))


def split_types(text: str) -> list[str]:
    """Split a comma-separated type list; tuples stay whole."""
    parts: list[str] = []
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text else []


def encode(signature: str, *arguments: Any) -> bytes:
    """Return selector and arguments, ready to be sent."""
    return selector(signature) + abi_encode(argument_types(signature), arguments)


def encode_hex(signature: str, *arguments: Any) -> str:
    """As `encode`, with the 0x prefix that JSON-RPC wants."""
    return "0x" + encode(signature, *arguments).hex()


def decode(types: str, data: bytes) -> tuple[Any, ...]:
    """Return the values of ``data`` laid out as ``types``, a comma-separated list."""
    return tuple(abi_decode(split_types(types), data))


def word(data: bytes, index: int) -> int:
    """Return the unsigned 32-byte word at `index`: forty times cheaper than a general decoder."""
    return int.from_bytes(data[32 * index : 32 * index + 32], "big")


def signed_word(data: bytes, index: int) -> int:
    """Return the two's-complement 32-byte word at `index`."""
    return int.from_bytes(data[32 * index : 32 * index + 32], "big", signed=True)

"""JSON from strangers."""

import sys
from typing import TypeVar

import msgspec

T = TypeVar("T")

_RECURSION_LIMIT = 1_000  # Python's own


def decode_json(decoder: msgspec.json.Decoder[T], data: bytes | str) -> T:
    """Return what `decoder` reads in `data`.

    Importing py_ecc, as eth_account does, lifts Python's recursion limit to 100,000: JSON nested
    that deep would overflow the decoder's C stack and end the process. It is put back here.

    Raises:
        ValueError: not JSON, not of the decoder's type, not UTF-8, or nested too deep.
    """
    if sys.getrecursionlimit() > _RECURSION_LIMIT:
        sys.setrecursionlimit(_RECURSION_LIMIT)
    try:
        return decoder.decode(data)
    except RecursionError as error:
        raise ValueError("JSON is nested too deep") from error

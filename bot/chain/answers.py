"""Return data of our own views, read by hand: a general decoder is forty times slower.

Structs and arrays of dynamic size are found as the ABI lays them out: a word in the head says how
many bytes after the start of its struct (or of the answer) the tail begins.
"""

_WORD = 32


def offset(data: bytes, index: int, start: int = 0) -> int:
    """Return where the dynamic value begins whose head is word `index` of the struct at `start`."""
    at = start + _WORD * index
    return start + int.from_bytes(data[at : at + _WORD], "big")


def number(data: bytes, index: int, start: int = 0) -> int:
    """Return the unsigned word `index` of the struct at `start`."""
    at = start + _WORD * index
    return int.from_bytes(data[at : at + _WORD], "big")


def numbers(data: bytes, index: int, start: int = 0, *, signed: bool = False) -> tuple[int, ...]:
    """Return the array whose head is word `index` of the struct at `start`."""
    first = offset(data, index, start) + _WORD
    length = int.from_bytes(data[first - _WORD : first], "big")
    return tuple(
        int.from_bytes(data[at : at + _WORD], "big", signed=signed)
        for at in range(first, first + _WORD * length, _WORD)
    )

"""Client order ids: made of what they are for, so that a lost order can still be told whose it is.

18 characters of [0-9a-v]: "rp", ten of the position, one of the purpose, five of the number. The
strictest venue (Kraken) takes 18 characters of free text.
"""

import re
from hashlib import blake2b

import msgspec

from bot.domain.orders import ClientId, Purpose

_PREFIX = "rp"
_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_POSITION_LENGTH = 10
_NUMBER_LENGTH = 5
_ROLES = {Purpose.ENTRY: "e", Purpose.EXIT: "x", Purpose.HEDGE: "h", Purpose.FLATTEN: "f"}
_PURPOSES = {role: purpose for purpose, role in _ROLES.items()}
_SHAPE = re.compile("rp([0-9a-v]{10})([exhf])([0-9a-v]{5})")

MAX_NUMBER = len(_DIGITS) ** _NUMBER_LENGTH - 1


class OrderName(msgspec.Struct, frozen=True, kw_only=True):
    """What a client id says."""

    position: str
    purpose: Purpose
    number: int  # of the order within its position, from 0


def position_id(depeg_id: str, number: int) -> str:
    """Return the id of the `number`-th position on a depeg: the same on every run."""
    digest = blake2b(f"{depeg_id}/{number}".encode(), digest_size=8).digest()
    return _digits(int.from_bytes(digest, "big"), _POSITION_LENGTH)


def client_id(position: str, purpose: Purpose, number: int) -> ClientId:
    """Return the id of the `number`-th order of a position.

    Raises:
        ValueError: not a position's id, or a number outside 0 .. `MAX_NUMBER`.
    """
    if len(position) != _POSITION_LENGTH or not set(position) <= set(_DIGITS):
        raise ValueError(f"{position!r} is not the id of a position")
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"order number {number} is not within 0 .. {MAX_NUMBER}")
    return ClientId(_PREFIX + position + _ROLES[purpose] + _digits(number, _NUMBER_LENGTH))


def read_client_id(text: str | None) -> OrderName | None:
    """Return what a client id says, None where this program did not make it."""
    found = _SHAPE.fullmatch(text or "")
    if found is None:
        return None
    position, role, number = found.groups()
    return OrderName(position=position, purpose=_PURPOSES[role], number=int(number, 32))


def is_ours(text: str | None) -> bool:
    """Return whether a client id is one that this program made."""
    return _SHAPE.fullmatch(text or "") is not None


def _digits(value: int, length: int) -> str:
    """Return the last `length` digits of `value` to base 32."""
    return "".join(_DIGITS[value >> 5 * place & 31] for place in reversed(range(length)))

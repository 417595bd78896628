"""Coinbase's words: names, numbers, times, ids, and how it refuses.

Source: Coinbase Advanced Trade API documentation, read 2026.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.domain.units import NANOS_PER_S

Params = Mapping[str, Any]

_SPACE = uuid.UUID("5a3c2f0e-7d40-4f5b-9c1d-6b8e2a0f4d17")  # of names that are made into ids


class CoinbaseError(Exception):
    """What is answered with a status and a word."""

    def __init__(self, status: int, word: str, message: str) -> None:
        super().__init__(message)
        self.status, self.word, self.message = status, word, message

    @property
    def body(self) -> dict[str, Any]:
        """As it is sent."""
        return {"error": self.word, "error_details": self.message, "message": self.message}


def bad_argument(message: str) -> CoinbaseError:
    """Return the answer to a request that says something wrong."""
    return CoinbaseError(400, "INVALID_ARGUMENT", message)


def product_id(pair: str) -> str:
    """Return Coinbase's name of a pair."""
    return pair.replace("/", "-")


def number(value: Decimal) -> str:
    """Return a number as it is sent: without needless zeros."""
    if not value.is_finite():
        return str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def instant(nanos: int) -> str:
    """Return a time as it is sent: RFC 3339, to the nanosecond."""
    moment = dt.datetime.fromtimestamp(nanos // NANOS_PER_S, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanos % NANOS_PER_S:09d}Z"


def named_id(*names: object) -> str:
    """Return an id that is always the same for these names."""
    return str(uuid.uuid5(_SPACE, "/".join(str(name) for name in names)))


def decimal_of(value: object, name: str) -> Decimal | None:
    """Return a number that came as text; None: it did not come."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise bad_argument(f"{name} is no number")
    return found


def count_in(params: Params, name: str, usual: int, most: int) -> int:
    """Return how many are asked for; too many means the most."""
    found = decimal_of(params.get(name), name)
    return max(1, min(most, usual if found is None else int(min(found, Decimal(most)))))


def moment_of(value: object, name: str) -> int | None:
    """Return a time in nanoseconds, told as seconds or as RFC 3339; None: not told."""
    if value is None or value == "":
        return None
    text = str(value)
    if text.isdecimal():
        return int(text) * NANOS_PER_S if len(text) < 12 else int(text) * (NANOS_PER_S // 1_000)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise bad_argument(f"{name} is no time") from error
    return round(moment.timestamp() * 1_000_000) * 1_000


class CoinbaseIds:
    """Order ids of one run of the venue: another run gives the same order another id."""

    def __init__(self, opened_at: int) -> None:
        self._head = f"{opened_at // NANOS_PER_S & 0xFFFFFFFF:08x}-0000-4000-8000-"

    def of_order(self, order: int) -> str:
        """Return the id of an order."""
        return f"{self._head}{order:012x}"

    def order_number(self, text: str) -> int | None:
        """Return the engine's number of an order; None: no id of this run."""
        tail = text.removeprefix(self._head)
        if tail == text or len(tail) != 12 or not set(tail) <= set("0123456789abcdef"):
            return None
        return int(tail, 16)

"""Numbers and times of venues, exactly: never through a float."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, WAD, Nanos, Wad

_DECIMALS = len(str(WAD)) - 1
_MOST_DIGITS = 30
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def wad_of(value: Any) -> Wad:
    """Return a venue's number at 18 decimals, digits beyond cut towards zero.

    Raises:
        ValueError: it is no finite number of a sane size.
    """
    number = decimal_of(value)
    return Wad(int(number.scaleb(_DECIMALS)))


def wad_at_least_0(value: Any) -> Wad:
    """Return the same of a number that cannot be below zero.

    Raises:
        ValueError: it is, or it is no number.
    """
    found = wad_of(value)
    if found < 0:
        raise ValueError(f"{found} is below zero")
    return found


def decimal_of(value: Any) -> Decimal:
    """Return a venue's number: a text, a whole number or a decimal.

    Raises:
        ValueError: it is something else, not finite, or absurdly large or fine.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"{type(value).__name__} is no number")  # noqa: TRY004 - a venue's word
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError("it is no number") from error
    if not number.is_finite() or not -_MOST_DIGITS <= number.adjusted() <= _MOST_DIGITS:
        if number.is_finite() and number == 0:
            return Decimal(0)
        raise ValueError("it is no number of a sane size")
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError("it has more digits than money has")
    return number


def text_of(amount: Wad) -> str:
    """Return an amount or a price as venues take it: all its digits, no needless zeros."""
    whole, rest = divmod(amount, WAD)
    digits = f"{rest:0{_DECIMALS}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def nanos_of_ms(value: Any) -> Nanos:
    """Return a time that is told in milliseconds.

    Raises:
        ValueError: it is no whole number.
    """
    return Nanos(int(decimal_of(value)) * NANOS_PER_MS)


def nanos_of_s(value: Any) -> Nanos:
    """Return a time that is told in seconds, with as many decimals as there are.

    Raises:
        ValueError: it is no number.
    """
    return Nanos(int(decimal_of(value) * NANOS_PER_S))


def nanos_of_text(value: Any) -> Nanos:
    """Return a time that is told as RFC 3339, to the nanosecond where it is.

    Raises:
        ValueError: it is no such text.
    """
    if not isinstance(value, str):
        raise ValueError("it is no time")  # noqa: TRY004 - a venue's word
    head, point, tail = value.partition(".")
    digits = tail.rstrip("Z") if point else ""
    if point and not (digits.isdecimal() and tail.endswith("Z")):
        head, digits = value, ""
    moment = dt.datetime.fromisoformat(head.removesuffix("Z"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    whole = (moment - _EPOCH) // _MICROSECOND * 1_000
    return Nanos(whole + int(digits[:9].ljust(9, "0") or "0"))

"""What is a number at all, and limits made exact: nonsense must never look like room to trade."""

from math import isfinite
from typing import TypeGuard

from bot.domain.units import BPS, WAD, Wad


def is_amount(value: object) -> TypeGuard[Wad]:
    """Return whether this is an integer from 0 up."""
    return type(value) is int and value >= 0


def is_price(value: object) -> TypeGuard[Wad]:
    """Return whether this is an integer above 0."""
    return type(value) is int and value > 0


def is_signed(value: object) -> TypeGuard[Wad]:
    """Return whether this is an integer, of any sign."""
    return type(value) is int


def is_age(value: object) -> TypeGuard[float]:
    """Return whether this is a finite number of seconds, not from the future."""
    return type(value) in (int, float) and isfinite(value) and value >= 0  # type: ignore[arg-type, operator]


def exactly(limit: float) -> Wad:
    """Return a limit in wads, rounded down.

    Raises:
        ValueError, OverflowError: it is not a finite number.
    """
    numerator, denominator = limit.as_integer_ratio()
    return Wad(numerator * WAD // denominator)


def share_of_bps(bps: float) -> Wad:
    """Return basis points as a share of 1.0, rounded down. Raises as `exactly` does."""
    numerator, denominator = bps.as_integer_ratio()
    return Wad(numerator * WAD // (denominator * BPS))

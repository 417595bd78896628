"""What exchanges say over their sockets, in one form; numbers are wads."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Protocol

import msgspec

from bot.domain.ticks import FaultKind
from bot.domain.units import WAD, Nanos

NOT_A_NUMBER = -1
_MOST_DIGITS = 20  # before the point: more is an attack on our arithmetic, not a price
_LEAST_EXPONENT = -40
_REMEMBERED, _SHORT = 1 << 15, 20  # texts of numbers, and the characters of the longest
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DECIMALS = len(str(WAD)) - 1
_SCALES: tuple[int, ...] = tuple(10 ** (_DECIMALS - places) for places in range(_DECIMALS + 1))

Level = tuple[int, int]  # price and size, both wads; a size of 0: the level is gone


class BookUpdate(msgspec.Struct, kw_only=True, gc=False):
    """A book, or what changed in it; sizes are absolute."""

    pair: str
    bids: list[Level]
    asks: list[Level]
    whole: bool  # a snapshot: what was known before is nothing
    first: int = 0  # the venue's numbers of what is in it; 0: it does not number
    last: int = 0
    checksum: int | None = None
    at: Nanos | None = None  # the venue's own time


class Print(msgspec.Struct, kw_only=True, gc=False):
    """A trade that happened."""

    pair: str
    price: int
    size: int
    at: Nanos


class Heartbeat(msgspec.Struct, gc=False):
    """The connection lives."""


class Flaw(msgspec.Struct, kw_only=True):
    """Something that cannot be trusted, and why."""

    what: FaultKind
    detail: str = ""
    pair: str = ""  # empty: every pair of the connection


News = BookUpdate | Print | Heartbeat | Flaw


class Words(Protocol):
    """One venue's language on a socket."""

    beats: bool  # whether it says something every second even where nothing happens
    numbers: bool  # whether updates carry numbers that REST snapshots fit into

    def read(self, text: str | bytes) -> list[News] | None:
        """Return what a message says; None where it is none of ours but of ccxt's.

        Raises:
            ValueError: nobody could read it (msgspec's errors are such).
        """

    def restart(self) -> None:
        """A new connection begins."""

    def opening(self) -> tuple[object, ...]:
        """Return what is to be sent once the books are subscribed to."""

    def again(self, pair: str) -> tuple[object, ...]:
        """Return what is to be sent for a new snapshot; nothing where REST has to be asked."""


def wad_of(number: Decimal) -> int:
    """Return a decimal as wads, digits beyond the 18th cut; `NOT_A_NUMBER` where it is none."""
    if not number.is_finite():
        return NOT_A_NUMBER
    exponent = number.adjusted()
    if exponent >= _MOST_DIGITS:
        return NOT_A_NUMBER
    return int(number.scaleb(_DECIMALS)) if exponent > _LEAST_EXPONENT else 0


def wad_of_text(text: str) -> int:
    """Return a decimal text as wads, as `wad_of` does; books repeat themselves, most are known.

    Raises:
        ValueError: not even the text of a number.
    """
    return _known_wad(text) if len(text) <= _SHORT else _wad_of_text(text)


def _wad_of_text(text: str) -> int:
    whole, _, fraction = text.partition(".")
    if len(whole) < _MOST_DIGITS and len(fraction) <= _DECIMALS:
        try:
            return int(whole + fraction) * _SCALES[len(fraction)]
        except ValueError:
            pass
    try:
        return wad_of(Decimal(text))
    except InvalidOperation as error:
        raise ValueError(f"{text!r:.40} is no number") from error


_known_wad = lru_cache(maxsize=_REMEMBERED)(_wad_of_text)


def levels_of(rows: list[tuple[str, str]]) -> list[Level]:
    """Return levels of prices and sizes."""
    return [(wad_of_text(price), wad_of_text(size)) for price, size in rows]


def nanos_of(moment: datetime) -> Nanos:
    """Return a moment since the epoch, to the microsecond."""
    return Nanos((moment - _EPOCH) // _MICROSECOND * 1000)

"""Rows of the order journal: an event, its number, and a checksum that covers all before it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from bot.domain.ledger_events import LedgerEvent
from bot.domain.units import Nanos

GENESIS = "0" * 32  # what the first row's checksum covers

_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER: msgspec.json.Decoder[LedgerEvent] = msgspec.json.Decoder(LedgerEvent)
_TYPES = (int, int, str, str, str)


class AlteredRow(ValueError):
    """A row is not what was appended, or one is missing."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows there are, and the checksum of the last one."""

    count: int = 0
    checksum: str = GENESIS


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    seq: int  # from 1, without gaps
    at: Nanos  # the event's own
    kind: str
    payload: str  # the event as JSON
    checksum: str

    @property
    def head(self) -> Head:
        """The journal up to here."""
        return Head(count=self.seq, checksum=self.checksum)

    @property
    def event(self) -> LedgerEvent:
        """What it says.

        Raises:
            AlteredRow: it is no event that this version knows.
        """
        try:
            return _DECODER.decode(self.payload)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise AlteredRow(f"row {self.seq} cannot be understood: {error}") from error


def entry_of(event: LedgerEvent, head: Head) -> Entry:
    """Return the row that follows `head`.

    Raises:
        ValueError: the event could not be read back as it is (a figure that is not a number).
    """
    payload = _ENCODER.encode(event)
    try:
        is_same = _DECODER.decode(payload) == event
    except msgspec.DecodeError as error:
        raise ValueError(f"{event} cannot be written down: {error}") from error
    if not is_same:
        raise ValueError(f"{event} cannot be written down")
    kind, text = type(event).__struct_config__.tag, payload.decode()
    seq = head.count + 1
    checksum = _checksum(head.checksum, seq, event.at, f"{kind}\n{text}")
    return Entry(seq=seq, at=event.at, kind=str(kind), payload=text, checksum=checksum)


def checked(rows: Iterable[tuple[Any, ...]], head: Head) -> Iterator[Entry]:
    """Yield rows that follow `head`, each of them proven by its checksum.

    Raises:
        AlteredRow: at the first one that is not.
    """
    for row in rows:
        if [type(value) for value in row] != [*_TYPES]:
            raise AlteredRow(f"row {head.count + 1} was altered: it has other types")
        seq, at, kind, payload, checksum = row
        if seq != head.count + 1:
            raise AlteredRow(f"row {head.count + 1} is missing")
        if checksum != _checksum(head.checksum, seq, at, f"{kind}\n{payload}"):
            raise AlteredRow(f"row {seq} was altered: its checksum does not fit")
        entry = Entry(seq=seq, at=Nanos(at), kind=kind, payload=payload, checksum=checksum)
        yield entry
        head = entry.head


def _checksum(before: str, seq: int, at: int, content: str) -> str:
    text = f"{before} {seq} {at} {content}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

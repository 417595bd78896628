"""The order journal as a file of lines, which proves itself: for people, archives and taxes."""

from pathlib import Path

import msgspec

from bot.domain.errors import JournalUnusable
from bot.domain.units import Nanos
from bot.history.journal_rows import AlteredRow, Entry, Head, checked
from bot.history.order_journal import OrderJournal


class _Line(msgspec.Struct, kw_only=True):
    """One line: the row as it is kept, the event within it as plain JSON."""

    seq: int
    at_ns: int
    kind: str
    checksum: str
    event: msgspec.Raw


def export_journal(journal: OrderJournal, target: Path) -> Head:
    """Write every event as a line of JSON; return how many, and the checksum of the last one.

    Raises:
        JournalUnusable: the journal was altered, or the target cannot be written.
    """
    lines = [_line(entry) for entry in journal.entries()]
    try:
        target.touch(mode=0o600)
        target.write_bytes(b"".join(lines))
    except OSError as error:
        raise JournalUnusable(str(target), f"{error}; export to another place") from error
    return checked_export(target)[-1].head if lines else Head()


def checked_export(path: Path) -> tuple[Entry, ...]:
    """Return the rows of an export, proven by their checksums.

    Lines that are missing at its end cannot be seen from within: compare the last checksum.

    Raises:
        JournalUnusable: it cannot be read, or a line was altered or is missing.
    """
    try:
        lines = [msgspec.json.decode(line, type=_Line) for line in path.read_bytes().splitlines()]
        return tuple(checked((_row(line) for line in lines), Head()))
    except (OSError, msgspec.DecodeError, UnicodeError, AlteredRow) as error:
        raise JournalUnusable(str(path), f"{error}; export it again") from error


def _line(entry: Entry) -> bytes:
    line = _Line(
        seq=entry.seq,
        at_ns=entry.at,
        kind=entry.kind,
        checksum=entry.checksum,
        event=msgspec.Raw(entry.payload.encode()),
    )
    return msgspec.json.encode(line) + b"\n"


def _row(line: _Line) -> tuple[int, Nanos, str, str, str]:
    payload = bytes(line.event).decode()
    return line.seq, Nanos(line.at_ns), line.kind, payload, line.checksum

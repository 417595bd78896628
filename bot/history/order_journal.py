"""The journal of positions and orders: append only, durable before it returns, checked when read.

Every row's checksum covers the row before it, and a row apart counts them all: what was changed,
taken away or slipped in is found, whoever did it. After a crash the file opens with a prefix of
what was appended; what `append` has returned for is in it unless the disk lied.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.errors import JournalUnusable
from bot.domain.ledger_events import Commanded, LedgerEvent
from bot.history.journal_file import Use, advice, connect, prepare
from bot.history.journal_rows import AlteredRow, Entry, Head, checked, entry_of

_READ = "SELECT seq, at_ns, kind, payload, checksum FROM order_events WHERE seq > ? ORDER BY seq"
_WRITE = "INSERT INTO order_events (seq, at_ns, kind, payload, checksum) VALUES (?, ?, ?, ?, ?)"
_APPENDS_PER_CHECKPOINT = 500


class OrderJournal:
    """One file of events; other processes may read it and append commands while it is in use."""

    def __init__(self, path: Path, use: Use = Use.OWN, *, busy_s: float = 2.0) -> None:
        """Open the journal, and check all of it.

        `busy_s` is how long a call waits for another process that is writing.

        Raises:
            JournalUnusable: it cannot be opened, is not a journal, or was altered. Any later call
                may raise it too, and then nothing of that call was written.
        """
        self._path, self._busy_s = path, busy_s
        self._head = Head()
        self._appends = 0
        with self._telling():
            prepare(path, use)
            self._connection = connect(path, use, busy_s)
        try:
            self.news()
            if use is Use.OWN:
                self._empty_log()  # short lives would let it grow for ever
        except JournalUnusable:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self._path

    def append(self, *events: LedgerEvent) -> tuple[Entry, ...]:
        """Write events, all or none; they are on disk when this returns.

        Returns what others appended since this object last looked, which now comes before them.
        Without events it proves that the file can be written.

        Raises:
            JournalUnusable: none of them was written.
            ValueError: an event holds a figure that cannot be written down.
        """
        self._checkpoint()
        with self._telling(), self._transaction("IMMEDIATE"):
            others = self._read(self._head)
            head = others[-1].head if others else self._head
            for event in events:
                entry = entry_of(event, head)
                row = (entry.seq, entry.at, entry.kind, entry.payload, entry.checksum)
                self._connection.execute(_WRITE, row)
                head = entry.head
            self._connection.execute(
                "UPDATE order_events_head SET count = ?, checksum = ?", (head.count, head.checksum)
            )
        self._head = head
        return others

    def news(self) -> tuple[Entry, ...]:
        """Return what others appended since this object last looked, oldest first."""
        with self._telling(), self._transaction("DEFERRED"):
            fresh = self._read(self._head)
        self._head = fresh[-1].head if fresh else self._head
        return fresh

    def entries(self) -> tuple[Entry, ...]:
        """Return every row, oldest first, checked again from the first one.

        Raises:
            JournalUnusable: a row was altered or is missing.
        """
        with self._telling(), self._transaction("DEFERRED"):
            return self._read(Head())

    def events(self) -> tuple[LedgerEvent, ...]:
        """Return every event, oldest first; raises as `entries` does."""
        entries = self.entries()
        with self._telling():
            return tuple(entry.event for entry in entries)

    def commands(self, since_seq: int = 0) -> tuple[tuple[int, Commanded], ...]:
        """Return (number, command) of what was commanded after an event, oldest first."""
        with self._telling():
            numbered = [(entry.seq, entry.event) for entry in self.entries()[since_seq:]]
        return tuple((seq, event) for seq, event in numbered if isinstance(event, Commanded))

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    def _read(self, since: Head) -> tuple[Entry, ...]:
        """Return the rows after `since`, proven, up to the one that the head names."""
        heads = self._connection.execute("SELECT count, checksum FROM order_events_head").fetchall()
        if len(heads) != 1:
            raise AlteredRow("the row that counts the others is gone")
        fresh = tuple(checked(self._connection.execute(_READ, (since.count,)), since))
        last = fresh[-1].head if fresh else since
        if (last.count, last.checksum) != heads[0]:
            raise AlteredRow(f"it should end with row {heads[0][0]}, and ends with {last.count}")
        return fresh

    def _checkpoint(self) -> None:
        self._appends += 1
        if self._appends % _APPENDS_PER_CHECKPOINT == 0:
            self._empty_log()

    def _empty_log(self) -> None:
        """Move the log of writes into the file; a log that is half copied must never be torn."""
        with self._telling():
            self._connection.execute("PRAGMA busy_timeout=0")  # a reader is no reason to wait
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.execute(f"PRAGMA busy_timeout={int(self._busy_s * 1000)}")

    @contextmanager
    def _transaction(self, kind: str) -> Iterator[None]:
        self._connection.execute(f"BEGIN {kind}")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeError, AlteredRow) as error:
            raise JournalUnusable(str(self._path), f"{error}; {advice(error)}") from error

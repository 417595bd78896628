"""The order journal's file: private, durable, and never mistaken for another one."""

import os
import sqlite3
from enum import Enum
from pathlib import Path

_SCHEMA = (
    """CREATE TABLE order_events (
        seq INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, kind TEXT NOT NULL,
        payload TEXT NOT NULL, checksum TEXT NOT NULL)""",
    "CREATE TABLE order_events_head (count INTEGER NOT NULL, checksum TEXT NOT NULL)",
)
_PRIVATE = 0o600  # -wal and -shm take it over
_ADVICE = {
    "SQLITE_FULL": "make room on the disk and start again; nothing was lost",
    "SQLITE_READONLY": "make the file and its folder writable for this user",
    "SQLITE_CANTOPEN": "make the file and its folder readable and writable for this user",
    "SQLITE_BUSY": "another program holds it: end that one (a copy, a shell, a backup)",
    "SQLITE_LOCKED": "another program holds it: end that one (a copy, a shell, a backup)",
    "SQLITE_IOERR": "check the disk; nothing that was told to be written is lost unless it lied",
}
_DAMAGED = (
    "the file is damaged: move it away, restore a copy or an export, and compare with the venue"
    " before trading (docs/ledger.md)"
)


class Use(Enum):
    """What a journal is opened for."""

    OWN = "to trade by; made if it is absent"
    APPEND = "to add commands to one that exists"
    READ = "to look at one that exists, whoever else uses it; nothing is written"


def prepare(path: Path, use: Use) -> None:
    """Make sure that there is a file that only its owner can read.

    Raises:
        OSError: it cannot be made, or is absent though it must exist.
    """
    if use is Use.OWN:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_EXCL, _PRIVATE))
            folder = os.open(path.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
    if path.stat().st_mode & 0o077 and use is not Use.READ:
        path.chmod(_PRIVATE)


def connect(path: Path, use: Use, busy_s: float) -> sqlite3.Connection:
    """Return a connection on which a committed row survives a power cut.

    Raises:
        sqlite3.Error: it cannot be opened, is damaged, or is something else than a journal.
        UnicodeError: the same.
    """
    mode = "ro" if use is Use.READ else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_s,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        _set_up(connection, use)
    except (sqlite3.Error, UnicodeError):  # its own words may be damaged too
        connection.close()
        raise
    return connection


def advice(error: Exception) -> str:
    """Return what a person should do about an error of the file."""
    if isinstance(error, OSError):
        return "make the file and its folder readable and writable for this user"
    name = getattr(error, "sqlite_errorname", None) or ""
    found = (text for start, text in _ADVICE.items() if name.startswith(start))
    return next(found, _DAMAGED)


def _set_up(connection: sqlite3.Connection, use: Use) -> None:
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA cell_size_check=ON")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if pages > 1 or tables or use is not Use.OWN:
        _check(connection, tables)
    if use is Use.READ:
        return
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    if not tables:
        _create(connection)


def _check(connection: sqlite3.Connection, tables: set[str]) -> None:
    if not {"order_events", "order_events_head"} <= tables:
        raise sqlite3.DatabaseError("it is not a journal of orders, or its tables are gone")
    (first,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if first != "ok":
        raise sqlite3.DatabaseError(str(first).replace("\n", " "))


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not connection.execute("SELECT name FROM sqlite_master").fetchall():
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO order_events_head (count, checksum) VALUES (0, ?)", ("0" * 32,)
            )
        connection.execute("COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise

"""Spoils the end of a write-ahead log, as a disk does that lied about having written.

What was copied into the database already is left alone: a disk loses what it wrote last. The format
is SQLite's: https://www.sqlite.org/fileformat2.html#walformat
"""

import random
import struct
from pathlib import Path

_HEADER = 32
_FRAME_HEADER = 24
_COPIED_AT = 96  # in the index: how many frames are in the database already
_MOST_FRAMES = 6  # one commit is two to four of them


def tear(database: Path, chance: random.Random) -> str:
    """Cut or garble the last frames of a log and delete its index; return what was done.

    The database must be closed.
    """
    log, index = _beside(database, "-wal"), _beside(database, "-shm")
    copied = _copied(index)
    index.unlink(missing_ok=True)
    end, frame = _written(log)
    tearable = min(end - _HEADER - copied * frame, _MOST_FRAMES * frame)
    if tearable <= 0:
        return f"{log.name}: nothing in it, only its index was deleted"
    torn = chance.randint(1, tearable)
    cut = chance.random() < 0.5
    with log.open("r+b") as file:
        if cut:
            file.truncate(end - torn)
        else:
            file.seek(end - torn)
            file.write(chance.randbytes(torn))
    return f"{log.name}: the last {torn} of {end} bytes {'cut off' if cut else 'garbled'}"


def lose(database: Path) -> str:
    """Take a database away, log and index with it; return what was done."""
    for tail in ("", "-wal", "-shm"):
        _beside(database, tail).unlink(missing_ok=True)
    return f"{database.name}: all of it is gone"


def _written(log: Path) -> tuple[int, int]:
    """Return where the newest frame ends, and a frame's size; what follows is of an older run."""
    content = log.read_bytes() if log.exists() else b""
    if len(content) < _HEADER:
        return 0, 1
    frame = _FRAME_HEADER + struct.unpack_from(">I", content, 8)[0]
    salt, end = content[16:24], _HEADER
    while end + frame <= len(content) and content[end + 8 : end + 16] == salt:
        end += frame
    return end, frame


def _copied(index: Path) -> int:
    content = index.read_bytes() if index.exists() else b""
    if len(content) < _COPIED_AT + 4:
        return 0
    copied: int = struct.unpack_from("=I", content, _COPIED_AT)[0]
    return copied


def _beside(database: Path, tail: str) -> Path:
    return database.with_name(database.name + tail)

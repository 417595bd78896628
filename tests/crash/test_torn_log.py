"""What a torn log leaves of a database: a prefix of its commits, and never all of them."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from crash.torn_log import tear

COMMITS = 40
WRITER = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("CREATE TABLE rows (n INTEGER)")
for n in range(40):
    connection.execute("INSERT INTO rows VALUES (?)", (n,))
    if n == 20 and sys.argv[2] == "copied":
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
os._exit(0)  # as a crash leaves it: the log is not copied
"""


def left_by_a_crash(database: Path, copied: str) -> None:
    subprocess.run([sys.executable, "-c", WRITER, str(database), copied], check=True)


def rows(database: Path) -> list[int]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [row for (row,) in connection.execute("SELECT n FROM rows ORDER BY rowid")]


@pytest.mark.parametrize("copied", ["copied", "not copied"])
@pytest.mark.parametrize("seed", range(8))
def test_a_torn_log_loses_the_newest_commits_alone(tmp_path: Path, seed: int, copied: str) -> None:
    database = tmp_path / "journal.sqlite"
    left_by_a_crash(database, copied)
    said = tear(database, Random(seed))  # noqa: S311 - seeded
    assert "the last" in said
    found = rows(database)
    assert found == list(range(len(found)))
    assert COMMITS - 8 < len(found) < COMMITS


def test_a_log_that_was_copied_whole_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "journal.sqlite"
    left_by_a_crash(database, "not copied")
    assert len(rows(database)) == COMMITS  # closing copies it
    assert "nothing in it" in tear(database, Random(1))  # noqa: S311 - seeded
    assert len(rows(database)) == COMMITS

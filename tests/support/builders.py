"""Blocks exactly when a test wants them, while the test itself waits for one."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.sandbox.world import World

_POLL_S = 0.05


@contextmanager
def building(world: World, due: Callable[[], bool]) -> Iterator[None]:
    """Mine a block of `world` whenever `due`, until the block of code is left."""
    done = threading.Event()

    def work() -> None:
        while not done.wait(_POLL_S):
            if due():
                world.relay.build()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def anything_pending(world: World) -> Callable[[], bool]:
    """Due while public transactions wait."""
    return lambda: int(world.rpc.call("txpool_status")["pending"], 16) > 0


def bundle_out(journal: Path) -> Callable[[], bool]:
    """Due while a bundle was sent whose fate is open."""
    return lambda: count_rows(journal, "bundles WHERE fate IN ('accepted', 'unknown')") > 0


def count_rows(journal: Path, where: str) -> int:
    """Return how many rows a journal in use has; looks at the file only, and never locks it."""
    try:
        with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {where}").fetchone()[0])  # noqa: S608 - a test's own words
    except sqlite3.OperationalError:  # not there yet
        return 0

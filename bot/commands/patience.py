"""Says why nothing happens, where that takes longer than people expect."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Timer

import click

_EXPECTED_S = 1.5


@contextmanager
def patience(reason: str) -> Iterator[None]:
    """Print `reason` on standard error if the with-block is not done soon."""
    timer = Timer(_EXPECTED_S, click.echo, (reason,), {"err": True})
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def compiling() -> AbstractContextManager[None]:
    """Return a with-block for what compiles on its first run."""
    return patience("preparing: compiles once per machine, for up to half a minute ...")

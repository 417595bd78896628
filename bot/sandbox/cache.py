"""Files of the cache folder: written whole or not at all, made by one process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from bot.cache_folder import cache_folder


def write_whole(path: Path, content: bytes) -> None:
    """Write so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Wait until no other process works under the same name."""
    with (cache_folder() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""The per-user folder that holds packages, compiler output and chain states."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile


def cache_dir() -> Path:
    """Return `REPEG_CACHE_DIR`, else `repeg` in the XDG cache folder; made if absent."""
    chosen = os.environ.get("REPEG_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(chosen) if chosen else Path(base) / "repeg"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_whole(path: Path, content: bytes) -> None:
    """Write so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(content)
    Path(part.name).replace(path)


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Wait until no other process works under the same name."""
    with (cache_dir() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

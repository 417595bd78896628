"""Where Repeg keeps what it can make again: packages, compiler output, chain states, machine code.

Below everything, because the search's kernels and the sandbox share it.
"""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return `REPEG_CACHE_DIR`, else `repeg` in the XDG cache folder; made if absent.

    Raises:
        OSError: it cannot be made.
    """
    chosen = os.environ.get("REPEG_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(chosen) if chosen else Path(base) / "repeg"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

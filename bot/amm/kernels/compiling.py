"""How kernels are compiled, and where the machine code is kept.

Numba notices a change of a kernel's own file only, not of a kernel in another file that was built
into it. So the code is kept in a folder named after the content of all kernels beside it: stale
code cannot be found. It is in the same per-user folder as everything else of Repeg's.
"""

import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from bot.cache_folder import cache_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile `function` for the use of other kernels of its folder."""
    return _compiled(function, None)


def entry(function: _Function) -> _Function:
    """Compile `function` to be called from Python: kept on disk, runs without the interpreter."""
    return _compiled(function, _folder(Path(function.__code__.co_filename).parent))


def _compiled(function: _Function, kept_in: Path | None) -> _Function:
    settings: Any = numba.config
    settings.CACHE_DIR, before = str(kept_in or ""), settings.CACHE_DIR
    try:
        keep = kept_in is not None
        compiled: Any = numba.njit(cache=keep, nogil=True, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = before
    return cast("_Function", compiled)


@cache
def _folder(sources: Path) -> Path | None:
    """Return where machine code of these sources is kept; None where nothing can be kept."""
    try:
        folder = cache_folder() / "kernels" / _digest(sources)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _digest(sources: Path) -> str:
    contents = (path.read_bytes() for path in sorted(sources.glob("*.py")))
    return sha256(b"\0".join(contents)).hexdigest()[:16]


_FOLDER = _folder(Path(__file__).parent)

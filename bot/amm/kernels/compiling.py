"""How kernels are compiled, and where the machine code is kept.

Numba notices a change of a kernel's own file only, not of a kernel in another file that was built
into it. So the code is kept in a folder named after the content of all of them: stale code cannot
be found. It is in the same per-user folder as everything else of Repeg's.
"""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

from bot.cache_folder import cache_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile `function` for the use of other kernels."""
    return _compiled(function, keep=False)


def entry(function: _Function) -> _Function:
    """Compile `function` to be called from Python: kept on disk, runs without the interpreter."""
    return _compiled(function, keep=_FOLDER is not None)


def _compiled(function: _Function, *, keep: bool) -> _Function:
    settings: Any = numba.config
    settings.CACHE_DIR, before = str(_FOLDER or ""), settings.CACHE_DIR
    try:
        compiled: Any = numba.njit(cache=keep, nogil=True, error_model="numpy")(function)
    finally:
        settings.CACHE_DIR = before
    return cast("_Function", compiled)


def _sources_digest() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _folder() -> Path | None:
    """Return where machine code of these sources is kept; None where nothing can be kept."""
    try:
        folder = cache_folder() / "kernels" / _sources_digest()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


_FOLDER = _folder()

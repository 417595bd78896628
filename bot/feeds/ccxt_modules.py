"""The modules of unmodified ccxt for the venues that are asked for, and no others.

ccxt's packages import every exchange they know when they are imported themselves: seconds of
start-up. Here each package is entered without running its `__init__`; what is asked of it later is
found one by one, and where that fails the whole package is loaded after all. Whoever imports ccxt
elsewhere in the process meets the same modules and classes.
"""

import importlib
import ssl
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.domain.errors import BadConfiguration

_PACKAGES = ("ccxt", "ccxt.async_support", "ccxt.pro")  # parents first
_REST, _SOCKETS = _PACKAGES[1:]
_BASES = {"ccxt": "ccxt.base.exchange"}  # where a package has its `Exchange` from
_ASYNCHRONOUS_BASE = "ccxt.async_support.base.exchange"


def rest_module() -> Any:
    """Return `ccxt.async_support`; a class of it is imported when it is first named."""
    return _entered()[_REST]


def socket_module() -> Any:
    """Return `ccxt.pro`; a class of it is imported when it is first named."""
    return _entered()[_SOCKETS]


def rest_class(venue: str) -> Any:
    """Return ccxt's class for a venue, without sockets.

    Raises:
        BadConfiguration: ccxt does not know it.
    """
    return _class(rest_module(), venue, "no exchange is called {!r}; ccxt names them, e.g. kraken")


def socket_class(venue: str) -> Any:
    """Return ccxt's class for a venue, with sockets.

    Raises:
        BadConfiguration: ccxt does not know it, or not its sockets.
    """
    return _class(socket_module(), venue, "no exchange is called {!r} that streams; see ccxt.pro")


def trusting(client: Any) -> Any:
    """Return a client of ccxt's that shares what it trusts: each would read the certificates."""
    client.ssl_context = _trust(client.cafile)
    return client


@cache
def _trust(cafile: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=cafile)


def _class(package: Any, venue: str, complaint: str) -> Any:
    found = getattr(package, venue, None) if _is_module(package, venue) else None
    if not isinstance(found, type):
        raise BadConfiguration(complaint.format(venue))
    return found


def _is_module(package: Any, name: str) -> bool:
    """Return whether a package has a module of that name: of ccxt's, these are its exchanges."""
    if not name.isidentifier() or name.startswith("_"):
        return False
    return any((Path(folder) / f"{name}.py").is_file() for folder in package.__path__)


def _entered() -> dict[str, ModuleType]:
    """Return ccxt's packages; those that nobody has imported yet are entered unrun."""
    for name in _PACKAGES:
        if name in sys.modules:
            continue
        spec = find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            raise BadConfiguration("ccxt is not installed; run `make setup`")
        package = module_from_spec(spec)
        package.__dict__["__getattr__"] = _Finder(package)
        sys.modules[name] = package
        parent, _, short = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], short, package)
    return {name: sys.modules[name] for name in _PACKAGES}


class _Finder:
    """A package's `__getattr__`: one name at a time, or all of it."""

    def __init__(self, package: ModuleType) -> None:
        self._package, self._is_whole = package, False

    def __call__(self, name: str) -> Any:
        if name == "__version__":
            return version("ccxt")
        if name.startswith("__") or self._is_whole or self._is_package(name):
            raise AttributeError(name)
        found = getattr(importlib.import_module("ccxt.base.errors"), name, None)
        if name == "Exchange":
            base = _BASES.get(self._package.__name__, _ASYNCHRONOUS_BASE)
            found = importlib.import_module(base).Exchange
        elif found is None and _is_module(self._package, name):
            module = importlib.import_module(f"{self._package.__name__}.{name}")
            found = getattr(module, name, None)  # the class, as the package itself has it
        if found is None:
            return self._from_whole(name)
        setattr(self._package, name, found)
        return found

    def _is_package(self, name: str) -> bool:
        return any((Path(folder) / name).is_dir() for folder in self._package.__path__)

    def _from_whole(self, name: str) -> Any:
        self._is_whole = True
        spec = self._package.__spec__
        if spec is None or spec.loader is None:
            raise AttributeError(name)
        spec.loader.exec_module(self._package)
        return getattr(self._package, name)

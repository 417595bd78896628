"""In which mode the bot runs, and what it takes to let it spend real money."""

from collections.abc import Mapping
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from socket import getaddrinfo
from urllib.parse import urlsplit

from bot.domain.errors import BadConfiguration

LIVE_WORD = "REPEG_LIVE"
_YES = "yes"


class Mode(Enum):
    """How far it goes; the engine is the same in all of them."""

    MONITOR = "monitor"  # watches and judges: there is no desk to order at
    SHADOW = "shadow"  # decides and writes down what it would do; nothing is sent
    PAPER = "paper"  # orders, on the loopback only
    LIVE = "live"  # orders, with real money

    @property
    def sends(self) -> bool:
        """Whether anything leaves the process."""
        return self in (Mode.PAPER, Mode.LIVE)


def require_live(mode: Mode, *, allowed: bool, environment: Mapping[str, str]) -> None:
    """Let live pass only where all three say so: the mode, the configuration, the environment.

    Raises:
        BadConfiguration: live, and one of the other two is missing.
    """
    if mode is not Mode.LIVE:
        return
    missing = []
    if not allowed:
        missing.append("allow_live = true in the configuration")
    if environment.get(LIVE_WORD) != _YES:
        missing.append(f"{LIVE_WORD}={_YES} in the environment")
    if missing:
        raise BadConfiguration(f"live trades with real money: it needs {' and '.join(missing)}")


def is_loopback(url: str | None) -> bool:
    """Return whether a URL leads to this machine by its address; a name alone is no proof.

    "localhost" is what this machine says that it is. A backslash is read differently by clients.
    """
    if "\\" in (url or ""):
        return False
    host = urlsplit(url or "").hostname or ""
    try:
        named = [host] if host != "localhost" else [str(a[4][0]) for a in getaddrinfo(host, None)]
        return all(ip_address(name).is_loopback for name in named)
    except (ValueError, OSError):
        return False


def require_loopback(what: str, url: str | None) -> None:
    """Let paper go nowhere else.

    Raises:
        BadConfiguration: the URL is not on the loopback.
    """
    if not is_loopback(url):
        told = url or "the world"
        raise BadConfiguration(f"paper stays on this machine: {what} leads to {told}")


def orders_file(journal: str, mode: Mode) -> Path:
    """Return where orders and positions are written: a file per mode, beside that of bundles.

    What was done with play money, or only thought of, must never be taken for a position.
    """
    path = Path(journal)
    tail = "" if mode is Mode.LIVE else f"-{mode.value}"
    return path.with_name(f"{path.stem}-orders{tail}{path.suffix or '.sqlite'}")

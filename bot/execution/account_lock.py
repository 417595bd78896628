"""One process per account: a second one would not know what the first has in flight.

The kernel holds the lock and lets go of it when the process dies, however it dies.
"""

import fcntl
import os
import re
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.domain.errors import AccountLocked, BadConfiguration

_PRIVATE = 0o600


def state_folder() -> Path:
    """Return `REPEG_STATE_DIR`, else `repeg` in the XDG state folder."""
    chosen = os.environ.get("REPEG_STATE_DIR")
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(chosen) if chosen else Path(base) / "repeg"


def account_name(venue: str, key: str) -> str:
    """Return what an account is locked by: the same for the same key, which it does not show."""
    return f"{venue}-{blake2b(f'{venue}/{key}'.encode(), digest_size=6).hexdigest()}"


class AccountLock:
    """Held from its making until it is released or the process ends. Children do not inherit it."""

    def __init__(self, account: str, folder: Path | None = None) -> None:
        """Take the lock, at once or not at all.

        Raises:
            AccountLocked: another process has it.
            BadConfiguration: its file cannot be made.
        """
        plain = re.sub(r"[^A-Za-z0-9.-]", "_", account)
        self.path = (folder or state_folder()) / f"{plain}.lock"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, _PRIVATE)
            os.fchmod(self._file, _PRIVATE)
        except OSError as error:
            raise BadConfiguration(f"{self.path}: {error}; set REPEG_STATE_DIR") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise AccountLocked(account, f"process {holder or 'unknown'}") from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Let another process have the account. Again: nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        """Return it; it is held already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release it."""
        self.release()

"""The bot as a person runs it, and as a crash ends it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from bot.chain.artifacts import PROJECT_ROOT

READY = b'"trading_ready"'
BUNDLES_READY = b'"engine_started"'  # the engine of bundles, which loads while positions trade
_POLL_S = 0.01
_STOP_S = 20.0
_SHOWN_LINES = 30
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class BotFailed(Exception):
    """It ended by itself, or did not come up; the text has its last lines."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """How long one start took, from the process's first instant to `trading_ready`."""

    seconds: float
    cpu_seconds: float  # of the process, all its threads
    queued_s: float  # of `seconds`: waiting for a core that others had

    @property
    def own_seconds(self) -> float:
        """How long it had taken on a machine of its own, at most."""
        return self.seconds - self.queued_s


class BotProcess:
    """`repeg run`, one life after another."""

    def __init__(self, config: Path, keys: dict[str, str], log: Path) -> None:
        self._config, self._log = config, log
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ
        }
        # The same place for state and caches in every life, and never a person's own.
        self._environment = inherited | keys | {"PYTHONPATH": str(PROJECT_ROOT)}
        self._process: subprocess.Popen[bytes] | None = None
        self._began_at = 0  # in the log
        self.lives = 0

    @property
    def is_up(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self, patience_s: float) -> Start:
        """Start it and wait until it may trade.

        Raises:
            BotFailed: it ended, or took longer.
        """
        began = time.monotonic()
        self.launch()
        self.await_word(READY, patience_s)
        seconds = time.monotonic() - began
        return Start(seconds=seconds, cpu_seconds=self._cpu_seconds(), queued_s=self._queued_s())

    def await_word(self, word: bytes, patience_s: float) -> None:
        """Wait until a word is in the log of this life. Raises as `start` does."""
        deadline = time.monotonic() + patience_s
        while word not in self._words():
            self.require_up()
            if time.monotonic() > deadline:
                raise BotFailed(f"no {word!r} after {patience_s:g} s:\n{self.last_words()}")
            time.sleep(_POLL_S)

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        self._began_at = self._log.stat().st_size if self._log.exists() else 0
        self._process = self.command("run", "--json-logs")
        self.lives += 1

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command on the same settings; the caller ends it."""
        command = [sys.executable, "-m", "bot", *words, "--mode", "paper"]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*command, "--config", str(self._config)],
                env=self._environment,
                cwd=self._config.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it without a word: SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> int:
        """Ask it to end, and return how it did.

        Raises:
            BotFailed: it did not.
        """
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise BotFailed(f"not stopped after {_STOP_S:g} s:\n{self.last_words()}") from None

    def require_up(self) -> None:
        """Raise where it ended by itself.

        Raises:
            BotFailed: it did.
        """
        if not self.is_up:
            raise BotFailed(f"it ended by itself:\n{self.last_words()}")

    def last_words(self) -> str:
        """Return the last lines of this life's log."""
        return "\n".join(self._words().decode(errors="replace").splitlines()[-_SHOWN_LINES:])

    def _words(self) -> bytes:
        with self._log.open("rb") as log:
            log.seek(self._began_at)
            return log.read()

    def _cpu_seconds(self) -> float:
        user, system = self._told("stat").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS_PER_S

    def _queued_s(self) -> float:
        """Of the main thread."""
        return int(self._told("schedstat").split()[1]) / 1e9

    def _told(self, name: str) -> str:
        number = 0 if self._process is None else self._process.pid
        return Path(f"/proc/{number}/{name}").read_text(encoding="ascii")

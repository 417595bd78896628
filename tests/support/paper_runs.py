"""`repeg run --mode paper` in a process of its own, and what it left in its journal."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from support.recorded_prices import Row, write_prices

from bot.execution.ledger_books import ledger_of
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.modes import Mode, orders_file
from bot.strategy.ledger import Ledger

PATIENCE_S = 150.0


def in_pairs(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with the dollar as a currency of a pair, where a book is meant."""
    for row in rows:
        named = row.asset if "/" in row.asset or row.kind != "cex" else f"{row.asset}/USD"
        yield Row(row.time, row.venue, named, row.price, row.kind)


class PaperRun:
    """One run; its logs are kept as events."""

    def __init__(self, folder: Path, settings: str, *options: str, mode: str = "paper") -> None:
        self.folder, self.mode = folder, Mode(mode)
        self.config = folder / "repeg.toml"
        journal = folder / "repeg.sqlite"
        self.config.write_text(f'journal = "{journal}"\n{settings}')
        self.orders = orders_file(str(journal), self.mode)
        self._said = folder / "said.log"
        self.environment = dict(os.environ) | {"REPEG_STATE_DIR": str(folder / "state")}
        self._options = ["--mode", mode, "--config", str(self.config), "--json-logs", *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> Self:
        """Start it."""
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run", *self._options],
                env=self.environment | environment,
                stderr=said,
                stdout=said,
            )
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        assert self._process is not None
        return self._process

    @property
    def said(self) -> str:
        """Everything that it printed."""
        return self._said.read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log events of a name."""
        found = []
        for line in self.said.splitlines():
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event.get("event") == name:
                    found.append(event)
        return found

    def until(self, holds: Callable[[], bool], patience_s: float = PATIENCE_S) -> float:
        """Wait for something while it runs; return the seconds that took."""
        began = time.monotonic()
        while not holds():
            assert time.monotonic() - began < patience_s, self.said[-4000:]
            assert self.process.poll() is None, self.said[-4000:]
            time.sleep(0.02)
        return time.monotonic() - began

    def until_said(self, name: str, patience_s: float = PATIENCE_S) -> dict[str, Any]:
        """Wait for a log event; return its first."""
        self.until(lambda: bool(self.events(name)), patience_s)
        return self.events(name)[0]

    def repeg(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same configuration."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments, "--config", str(self.config)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ledger(self) -> Ledger:
        """Return what its journal says now."""
        kept = OrderJournal(self.orders, Use.READ)
        try:
            return ledger_of(kept)
        finally:
            kept.close()

    def stop(self) -> int:
        """End it as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


def recording(folder: Path, rows: Iterable[Row]) -> Path:
    """Write a recording that the local exchange can play."""
    return write_prices(folder / "prices.csv", in_pairs(rows))

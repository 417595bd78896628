"""`repeg monitor`: what the coins are worth now, live."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Self

import click
import msgspec
from rich.console import Console
from rich.live import Live

from bot.app import build_monitor
from bot.commands.history_options import CONFIG, DATABASE, settings
from bot.commands.monitor_screen import line, screen
from bot.domain.depegs import DepegChange
from bot.domain.errors import RepegError
from bot.domain.units import NANOS_PER_S
from bot.feeds.feed import SystemClock
from bot.history.depeg_history import DepegHistory
from bot.logs import configure_logs
from bot.monitor import Monitor
from bot.strategy.depeg_figures import figures_of

_REFRESH_S = 0.5


@click.command()
@CONFIG
@DATABASE
@click.option("--for", "seconds", type=click.FloatRange(min=0.0), help="End after this time.")
@click.option("--keep/--no-keep", default=True, help="Write depegs into the history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn, a line each.")
def monitor(
    path: Path | None, database: str | None, seconds: float | None, *, keep: bool, as_json: bool
) -> None:
    """Watch all configured exchanges, pools, rails and oracles; tell what becomes of the coins.

    Shows a screen in a terminal, and a line per turn elsewhere. Sends nothing and needs no key.
    Ends with Ctrl-C.
    """
    config = settings(path, database)
    shows = not as_json and Console().is_terminal
    configure_logs(quiet=shows)
    watched = build_monitor(config, SystemClock())
    tell = _json_line(watched) if as_json else _plain_line
    with contextlib.ExitStack() as opened, contextlib.suppress(KeyboardInterrupt):
        history = DepegHistory.open(config.history.url) if keep else None
        if history is not None:
            opened.callback(history.close)
        with Writer(history) as kept:
            asyncio.run(_watch(watched, kept, None if shows else tell, seconds))


class Writer:
    """Writes turns into the history behind the listener's back; all of them before it is left."""

    def __init__(self, history: DepegHistory | None) -> None:
        self._history = history
        self._turns: SimpleQueue[DepegChange | None] = SimpleQueue()
        self._thread = Thread(target=self._write)
        self._failed: RepegError | None = None

    def put(self, change: DepegChange) -> None:
        """Let a turn be written.

        Raises:
            RepegError: an earlier one could not be.
        """
        if self._failed is not None:
            raise self._failed
        if self._history is not None:
            self._turns.put(change)

    def _write(self) -> None:
        while (change := self._turns.get()) is not None:
            try:
                if self._history is not None and self._failed is None:
                    self._history.follow(change)
            except RepegError as error:
                self._failed = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._turns.put(None)
        self._thread.join()
        if self._failed is not None:
            raise self._failed


async def _watch(
    watched: Monitor,
    kept: "Writer",
    tell: Callable[[DepegChange], None] | None,
    seconds: float | None,
) -> None:
    with contextlib.ExitStack() as shown:
        if tell is None:
            live = shown.enter_context(Live(auto_refresh=False, screen=True))
            showing = asyncio.create_task(_show(watched, live))
            shown.callback(showing.cancel)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for change in watched.changes():
                    if tell is not None:
                        tell(change)
                    kept.put(change)


async def _show(watched: Monitor, live: Live) -> None:
    clock = SystemClock()
    while True:
        live.update(screen(watched, clock.now()), refresh=True)
        await asyncio.sleep(_REFRESH_S)


def _plain_line(change: DepegChange) -> None:
    click.echo(f"{change.at / NANOS_PER_S:.0f} {change.turn.value}: {line(change.depeg)}")


def _json_line(watched: Monitor) -> Callable[[DepegChange], None]:
    def tell(change: DepegChange) -> None:
        for record in watched.watch.records:
            if record.depeg.id == change.depeg.id:
                told = {"turn": change.turn.value, **msgspec.to_builtins(figures_of(record))}
                click.echo(msgspec.json.encode(told).decode())

    return tell

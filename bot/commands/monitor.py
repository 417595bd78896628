"""`repeg monitor`: what the coins are worth now, live."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.live import Live

from bot.commands.history_options import CONFIG, DATABASE, settings
from bot.commands.monitor_screen import line, screen
from bot.commands.patience import compiling
from bot.domain.depegs import DepegChange
from bot.domain.units import NANOS_PER_S
from bot.feeds.feed import SystemClock
from bot.finite import Finite
from bot.history.depeg_history import DepegHistory
from bot.history.turn_writer import TurnWriter
from bot.logs import configure_logs
from bot.monitor import Monitor
from bot.monitor_app import build_monitor
from bot.operations.connection import node_urls
from bot.strategy.depeg_figures import figures_of
from bot.strategy.detection_alerts import is_alert

_REFRESH_S = 0.5
_STEP_S = 60.0


@click.command()
@CONFIG
@DATABASE
@click.option(
    "--rpc", metavar="URL", help="Listen to this node's blocks too: pools, rails, oracles."
)
@click.option(
    "--ws", metavar="URL", help="Its WebSocket; beside --rpc, on the same port, unless given."
)
@click.option("--for", "seconds", type=Finite(min=0.0), help="End after this time.")
@click.option("--keep/--no-keep", default=True, help="Write depegs into the history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per turn, a line each.")
def monitor(path: Path | None, database: str | None, seconds: float | None, **options: Any) -> None:
    """Watch all configured exchanges, pools, rails and oracles; tell what becomes of the coins.

    Shows a screen in a terminal, and a line per turn elsewhere; a turn that is worth waking
    somebody for is an alert. Sends nothing and needs no key. Ends with Ctrl-C.
    """
    rpc, as_json = options["rpc"], options["as_json"]
    node: dict[str, Any] = {}
    if rpc is not None:
        http, socket = node_urls(rpc, options["ws"])
        node = {"node": {"http_url": http, "ws_url": socket}, "chain": {"listen": True}}
    config = settings(path, database, **node)
    shows = not as_json and Console().is_terminal
    configure_logs(quiet=shows)
    with compiling():
        watched = build_monitor(config, SystemClock())
    tell = _json_line(watched) if as_json else _plain_line
    with contextlib.ExitStack() as opened, contextlib.suppress(KeyboardInterrupt):
        history = DepegHistory.open(config.history.url) if options["keep"] else None
        if history is not None:
            opened.callback(history.close)
        with TurnWriter(history) as kept:
            asyncio.run(_watch(watched, kept, None if shows else tell, seconds))


async def _watch(
    watched: Monitor,
    kept: TurnWriter,
    tell: Callable[[DepegChange], None] | None,
    seconds: float | None,
) -> None:
    with contextlib.ExitStack() as shown:
        if tell is None:
            live = shown.enter_context(Live(auto_refresh=False, screen=True))
            showing = asyncio.create_task(_show(watched, live))
            shown.callback(showing.cancel)
        walking = asyncio.create_task(_walk(watched, kept))
        shown.callback(walking.cancel)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for change in watched.changes():
                    if tell is not None:
                        tell(change)
                    kept.turn(change)


async def _walk(watched: Monitor, kept: TurnWriter) -> None:
    """Write down now and then where every depeg is, so that its shape is known later."""
    while True:
        await asyncio.sleep(_STEP_S)
        for depeg in watched.watch.watch.active:
            kept.step(depeg, watched.watch.watch.event_time)


async def _show(watched: Monitor, live: Live) -> None:
    clock = SystemClock()
    while True:
        live.update(screen(watched, clock.now()), refresh=True)
        await asyncio.sleep(_REFRESH_S)


def _plain_line(change: DepegChange) -> None:
    at = datetime.fromtimestamp(change.at // NANOS_PER_S, tz=UTC)
    alert = "ALERT " if is_alert(change) else ""
    click.echo(f"{at:%Y-%m-%dT%H:%M:%SZ} {alert}{change.turn.value}: {line(change.depeg)}")


def _json_line(watched: Monitor) -> Callable[[DepegChange], None]:
    def tell(change: DepegChange) -> None:
        for record in watched.watch.records:
            if record.depeg.id == change.depeg.id:
                told = {"turn": change.turn.value, "alert": is_alert(change)}
                told |= msgspec.to_builtins(figures_of(record))
                click.echo(msgspec.json.encode(told).decode())

    return tell

"""`repeg run`: watches, judges and trades until it is told to stop, as far as its mode lets it."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from bot.commands.atomic_run import trade
from bot.commands.moment_option import MOMENT
from bot.commands.paper_asked import PaperAsked
from bot.commands.patience import compiling
from bot.commands.run_sides import Running
from bot.config import Config, load_config
from bot.domain.errors import BadConfiguration
from bot.finite import Finite
from bot.logs import configure_logs
from bot.mode_places import require_here
from bot.modes import Mode, require_live
from bot.pauses import uncollected

__all__ = ["run", "trade"]


class RunAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What the command was asked for."""

    mode: Mode
    config: Config
    paper: PaperAsked
    blocks: int | None
    seconds: float | None


@click.command()
@click.option(
    "--mode",
    "word",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.MONITOR.value,
    show_default=True,
    help="How far it goes; only paper and live send anything.",
)
@click.option("--config", "path", type=click.Path(path_type=Path), help="Settings, a TOML file.")
@click.option("--rpc", metavar="URL", help="HTTP endpoint of the node.")
@click.option("--ws", metavar="URL", help="WebSocket endpoint of the node.")
@click.option("--relay", metavar="URL", help="Where bundles go.")
@click.option("--executor", metavar="ADDRESS", help="The deployed DepegExecutor.")
@click.option("--journal", metavar="FILE", help="SQLite file of bundles; that of orders beside it.")
@click.option("--mirror", metavar="live|URL", help="Paper: follow the real venues' books.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Paper: play recorded prices, a file as for `repeg detect`.",
)
@click.option(
    "--speed",
    type=Finite(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds of the recording per second.",
)
@click.option("--since", type=MOMENT, help="Play from here; what was before is known at once.")
@click.option("--fresh", is_flag=True, help="Paper: move the journal of earlier play aside.")
@click.option("--blocks", type=click.IntRange(min=1), help="Stop after so many blocks.")
@click.option("--for", "seconds", type=Finite(min=0.0), help="End after this time.")
@click.option("--json-logs", is_flag=True, help="Log one JSON object per line.")
def run(word: str, path: Path | None, *, json_logs: bool, **options: Any) -> None:
    """Watch, judge and trade depegs; with an executor, one bundle per block at most as well.

    \b
    monitor  watches, judges, plans; has no desk to order at. Needs no key.
    shadow   decides, and writes down what it would do. Sends nothing.
    paper    orders at a local exchange (--mirror, --prices, or accounts on the loopback).
    live     orders with real money. Needs allow_live = true and REPEG_LIVE=yes as well.

    Keys: REPEG_<VENUE>_KEY and _SECRET of each account; REPEG_OPERATOR_KEY and REPEG_RELAY_KEY
    for bundles. Logs go to standard error. Ctrl-C or SIGTERM cancels open entries, leaves
    positions as they are, and says what is still open.
    """  # noqa: D301 - \b is click's
    configure_logs(json_lines=json_logs)
    mode = Mode(word)
    config = load_config(path, **_settings(options))
    require_live(mode, allowed=config.allow_live, environment=os.environ)
    paper = PaperAsked(
        mirror=options["mirror"],
        prices=options["prices"],
        speed=options["speed"],
        since=options["since"],
        fresh=options["fresh"],
    )
    asked = RunAsked(
        mode=mode,
        config=config,
        paper=paper,
        blocks=options["blocks"],
        seconds=options["seconds"],
    )
    _check(asked)
    with compiling(), uncollected():
        running = Running(asked.mode, asked.config, asked.paper)
    with running:
        still_open = asyncio.run(running.run(asked.blocks, asked.seconds))
    if still_open:
        click.echo(f"still open: {', '.join(still_open)}; see `repeg positions`", err=True)
    sys.exit(0)


def _check(asked: RunAsked) -> None:
    """Refuse what does not go together, before anything is opened.

    Raises:
        BadConfiguration: says what to set.
    """
    mode, config = asked.mode, asked.config
    if asked.paper.is_given and mode is not Mode.PAPER:
        raise BadConfiguration(f"--mirror and --prices are for --mode paper, not {mode.value}")
    if asked.paper.fresh and not asked.paper.is_given:
        raise BadConfiguration("--fresh goes with --mirror or --prices: others keep their money")
    given = config.accounts or config.wallet.trade or asked.paper.is_given or config.executor
    if mode.sends and not given:
        what = "name --mirror live, --prices FILE, [[accounts]]" if mode is Mode.PAPER else "name"
        tail = " or --executor" if mode is Mode.PAPER else " [[accounts]] or --executor"
        raise BadConfiguration(f"there is nothing to trade with: {what}{tail}")
    if mode is Mode.PAPER:
        moved = msgspec.structs.replace(config, accounts=())
        require_here(moved if asked.paper.is_given else config)


def _settings(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "executor": options["executor"],
        "journal": options["journal"],
        "node": {"http_url": options["rpc"], "ws_url": options["ws"]},
        "relay": {"url": options["relay"]},
    }

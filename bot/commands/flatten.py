"""`repeg flatten`: the kill switch. Nothing new is entered, and what is held is left now."""

import asyncio
import os
import time
from contextlib import ExitStack
from pathlib import Path

import click

from bot.commands.journal_options import chosen, journal_options
from bot.commands.pause import command_journal, commanded
from bot.config import Config
from bot.domain.errors import AccountLocked, BadConfiguration
from bot.domain.ledger_events import Commanded
from bot.execution.account_options import credentials_of
from bot.execution.ledger_books import ledger_of
from bot.finite import Finite
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.logs import configure_logs
from bot.modes import Mode, orders_file
from bot.position_app import PositionSide, build_positions
from bot.position_assembly import Outside
from bot.strategy.ledger import Ledger

_POLL_S = 0.1


@click.command()
@click.argument("position", required=False)
@journal_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--wait",
    "wait_s",
    type=Finite(min=0.0),
    default=30.0,
    show_default=True,
    help="Seconds to wait until it is done; what was commanded stands anyway.",
)
@click.option("--json-logs", is_flag=True, help="Log one JSON object per line.")
def flatten(
    position: str | None, path: Path | None, journal: str | None, word: str | None, **options: bool
) -> None:
    """Leave one POSITION, or all of them and freeze: then nothing but leaving is allowed.

    Beside a running engine it commands that one, which obeys within a second. Without one it takes
    the accounts, trades until all is left, and ends. `repeg resume` ends the freeze.
    """
    configure_logs(json_lines=bool(options["json_logs"]))
    config, mode, file = chosen(path, journal, word)
    wanted = _wanted(_ledger(file), position)
    if not options["yes"]:
        what = position or f"all {len(wanted)} open positions, and freeze"
        click.confirm(f"{mode.value}: leave {what}?", abort=True)
    command_journal(file, *_commands(position))
    began = time.monotonic()
    if wanted:
        with ExitStack() as opened:
            _carry_out(config, mode, opened, float(options["wait_s"]))
    left = [name for name in wanted if name in _ledger(file).open_positions]
    seconds = time.monotonic() - began
    if left:
        click.echo(f"not flat after {seconds:.1f} s: {', '.join(left)}; it goes on being left")
        raise SystemExit(1)
    frozen = "" if position else ", frozen until `repeg resume`"
    click.echo(f"flat after {seconds:.1f} s{frozen}")


def _commands(position: str | None) -> tuple[Commanded, ...]:
    if position:
        return (commanded("flatten", position),)
    return commanded("freeze"), commanded("flatten")


def _ledger(file: Path) -> Ledger:
    kept = OrderJournal(file, Use.READ)
    try:
        return ledger_of(kept)
    finally:
        kept.close()


def _wanted(ledger: Ledger, position: str | None) -> tuple[str, ...]:
    if position is None:
        return ledger.open_positions
    if position not in ledger.open_positions:
        known = ", ".join(ledger.open_positions) or "none"
        raise BadConfiguration(f"no open position is called {position!r}; there are: {known}")
    return (position,)


def _carry_out(config: Config, mode: Mode, opened: ExitStack, wait_s: float) -> None:
    """Wait for the engine that has the accounts; where there is none, be it."""
    try:
        keys = {one.venue: credentials_of(os.environ, one.venue) for one in config.accounts}
        outside = Outside(mode=mode, credentials=keys, only_leaves=True)
        side = build_positions(config, outside, opened)
    except AccountLocked:
        _wait_for_engine(config, mode, wait_s)
        return
    except BadConfiguration as error:
        click.echo(f"commanded; this process cannot leave by itself: {error}", err=True)
        _wait_for_engine(config, mode, wait_s)
        return
    asyncio.run(_leave(side, wait_s))


def _wait_for_engine(config: Config, mode: Mode, wait_s: float) -> None:
    file = orders_file(config.journal, mode)
    kept = OrderJournal(file, Use.READ)
    try:
        ledger, until = ledger_of(kept), time.monotonic() + wait_s
        while ledger.flatten_requests and time.monotonic() < until:
            time.sleep(_POLL_S)
            for entry in kept.news():
                ledger.apply(entry.event)
    finally:
        kept.close()


async def _leave(side: PositionSide, wait_s: float) -> None:
    """Run the engine, which can only leave, until nothing is to be left."""
    running = asyncio.create_task(side.run())
    until = time.monotonic() + wait_s
    while not running.done() and side.to_be_flattened and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(_POLL_S)
    failed = running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await side.close()
    if failed and not running.cancelled():
        running.result()

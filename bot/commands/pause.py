"""`repeg pause` and `repeg resume`: whether anything new may be entered."""

import time
from pathlib import Path

import click

from bot.commands.journal_options import chosen, journal_options
from bot.domain.ledger_events import Commanded
from bot.domain.units import Nanos
from bot.engine_status import read_status, status_file
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal

OPERATOR = "operator"


def command_journal(file: Path, *commands: Commanded) -> None:
    """Append commands to a journal; an engine on it obeys within a fifth of a second.

    Raises:
        JournalUnusable: nothing was written.
    """
    kept = OrderJournal(file, Use.APPEND)
    try:
        kept.append(*commands)
    finally:
        kept.close()


def commanded(command: str, subject: str = "") -> Commanded:
    """Return what the operator wants from now on."""
    return Commanded(command=command, subject=subject, by=OPERATOR, at=Nanos(time.time_ns()))


@click.command()
@journal_options
def pause(path: Path | None, journal: str | None, word: str | None) -> None:
    """Enter nothing new; exits go on. Without a running engine: from its next start on."""
    _, mode, file = chosen(path, journal, word)
    command_journal(file, commanded("pause"))
    _told(file, f"{mode.value}: paused; `repeg resume` ends it")


@click.command()
@journal_options
def resume(path: Path | None, journal: str | None, word: str | None) -> None:
    """End a pause, and a freeze. What was told to be flattened still is."""
    _, mode, file = chosen(path, journal, word)
    command_journal(file, commanded("resume"))
    _told(file, f"{mode.value}: entries may be made again")


def _told(file: Path, what: str) -> None:
    running = read_status(status_file(file), Nanos(time.time_ns()))
    click.echo(what if running else f"{what} (no engine is running: from its next start on)")

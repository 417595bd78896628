"""The journal of play money outlives the exchange that the money was at; positions do not."""

from pathlib import Path

import structlog

from bot.domain.errors import BadConfiguration
from bot.domain.units import NANOS_PER_S
from bot.execution.account_lock import AccountLock
from bot.execution.ledger_books import ledger_of
from bot.feeds.feed import SystemClock
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal

log = structlog.get_logger()
_TAILS = ("", "-wal", "-shm")


def require_no_play_left(path: Path, *, fresh: bool) -> None:
    """See that no play position is open at an exchange that ended with its run.

    `fresh`: the journal is moved aside, whatever is in it.

    Raises:
        BadConfiguration: positions or orders are open, and the journal is not to be moved.
        AccountLocked: another process uses the journal.
        JournalUnusable: it cannot be read.
    """
    if not path.exists():
        return
    with AccountLock(f"journal-{path.resolve()}"):
        if fresh:
            _move_aside(path)
            return
        kept = OrderJournal(path, Use.READ)
        try:
            ledger = ledger_of(kept)
        finally:
            kept.close()
    if open_now := [*ledger.open_positions, *ledger.unsettled]:
        raise BadConfiguration(
            f"{path} has {len(open_now)} open positions and orders of an exchange that ended with"
            f" its run: {', '.join(open_now)}; --fresh moves that journal aside and begins anew,"
            " --journal FILE names another"
        )


def _move_aside(path: Path) -> None:
    moved = path.with_name(f"{path.stem}-until-{SystemClock().now() // NANOS_PER_S}{path.suffix}")
    for tail in _TAILS:
        old = path.with_name(path.name + tail)
        if old.exists():
            old.rename(moved.with_name(moved.name + tail))
    log.info("journal_moved_aside", journal=str(path), to=str(moved))

"""How many of our runs in blocks reverted, as the journal says it."""

from pathlib import Path

from fakes.engine_parts import head_of
from fakes.tickets import ticket_of

from bot.domain.messages import Fate, Outcome
from bot.execution.revert_watch import RevertWatch
from bot.history.bundle_book import BundleBook
from bot.history.journal import Journal


def test_it_counts_what_is_in_blocks_and_takes_a_first_revert_for_no_rule(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    told: list[int] = []
    watch = RevertWatch(BundleBook(journal), told.append)
    fates = [*[Fate.REVERTED] * 10, *[Fate.INCLUDED] * 20, *[Fate.MISSED] * 40]
    for number, fate in enumerate(fates, start=1):
        ticket = ticket_of(number=number)
        journal.intend(ticket)
        journal.settle(Outcome(transaction_hash=ticket.transaction_hash, fate=fate, block=number))
        if number in (1, 30, 70):
            watch.on_head(head_of(number))
    assert told == [0, 10_000 // 21, 2_000, 2_000]
    journal.close()

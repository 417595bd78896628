"""The journal: on disk before the act, complete after it, and unusable rather than half-written."""

import multiprocessing
import os
import sqlite3
from pathlib import Path

import pytest
from fakes.tickets import PLAN, ticket_of

from bot.domain.errors import HaltError, JournalUnusable
from bot.domain.messages import (
    UNSETTLED,
    Changed,
    Fate,
    LenderChange,
    NoPlan,
    Outcome,
    Refusal,
)
from bot.domain.units import Raw, Wei
from bot.history.journal import Journal

FIRST = ticket_of(100, number=1)
SECOND = ticket_of(101, number=2)
REFUSAL = NoPlan(block=99, refusal=Refusal.NO_GAP, detail="28 cycles")


def settled(transaction_hash: str, fate: Fate = Fate.INCLUDED) -> Outcome:
    return Outcome(
        transaction_hash=transaction_hash,
        fate=fate,
        block=101,
        profit=Raw(10**30),  # far beyond 64 bits
        gas_used=400_000,
        fee_wei=Wei(10**25),
    )


def row_of(path: Path, transaction_hash: str) -> dict[str, object]:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        query = "SELECT * FROM bundles WHERE transaction_hash = ?"
        row = dict(connection.execute(query, (transaction_hash,)).fetchone())
    connection.close()
    return row


def test_a_decision_not_to_act_is_kept_with_its_reason(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.refuse(REFUSAL)
    assert journal.decisions() == [(99, "no_gap", "28 cycles")]
    assert journal.bundles() == []


def test_an_intent_is_a_decision_and_an_unsettled_bundle(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.intend(FIRST)
    assert journal.decisions() == [(100, "send", PLAN.route)]
    assert journal.bundles() == [(FIRST.transaction_hash, "intended")]
    (sent,) = journal.unsettled()
    assert (sent.transaction_hash, sent.target_block, sent.nonce) == (
        FIRST.transaction_hash,
        101,
        1,
    )


def test_the_plan_can_be_read_back_from_its_row(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    Journal(path).intend(FIRST)
    plan = str(row_of(path, FIRST.transaction_hash)["plan_json"])
    assert '"amount_in":1000000000' in plan
    assert FIRST.transaction.hex() not in plan


@pytest.mark.parametrize("fate", [Fate.INTENDED, Fate.ACCEPTED, Fate.UNKNOWN])
def test_what_may_still_land_is_unsettled(tmp_path: Path, fate: Fate) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.intend(FIRST)
    journal.answer(FIRST.transaction_hash, fate, "because")
    assert fate in UNSETTLED
    assert len(journal.unsettled()) == 1


def test_what_the_relay_refused_will_never_land(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.intend(FIRST)
    journal.answer(FIRST.transaction_hash, Fate.REFUSED, "HTTP 403")
    assert journal.unsettled() == []
    assert row_of(tmp_path / "j.sqlite", FIRST.transaction_hash)["note"] == "HTTP 403"


@pytest.mark.parametrize("fate", [Fate.INCLUDED, Fate.MISSED, Fate.REVERTED])
def test_a_settled_bundle_is_done_and_its_figures_are_exact(tmp_path: Path, fate: Fate) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path)
    journal.intend(FIRST)
    journal.settle(settled(FIRST.transaction_hash, fate))
    assert journal.unsettled() == []
    row = row_of(path, FIRST.transaction_hash)
    assert (row["fate"], row["settled_block"], row["gas_used"]) == (fate.value, 101, 400_000)
    assert (row["profit_raw"], row["fee_wei"]) == (str(10**30), str(10**25))


def test_bundles_do_not_touch_each_other(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.intend(FIRST)
    journal.intend(SECOND)
    journal.settle(settled(FIRST.transaction_hash))
    assert journal.bundles() == [
        (FIRST.transaction_hash, "included"),
        (SECOND.transaction_hash, "intended"),
    ]
    assert [sent.target_block for sent in journal.unsettled()] == [102]


def test_the_same_transaction_can_be_tried_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    journal.intend(FIRST)
    journal.answer(FIRST.transaction_hash, Fate.REFUSED, "HTTP 429")
    journal.intend(FIRST)
    assert journal.bundles() == [(FIRST.transaction_hash, "intended")]
    assert len(journal.decisions()) == 2


def test_a_reopened_journal_still_asks_for_what_was_left_open(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "j.sqlite"
    first = Journal(path)
    first.intend(SECOND)
    first.intend(FIRST)
    first.close()
    again = Journal(path)
    assert [sent.target_block for sent in again.unsettled()] == [101, 102]
    again.settle(settled(FIRST.transaction_hash))
    again.close()
    assert len(Journal(path).unsettled()) == 1


def _intend_and_die(path: Path) -> None:
    Journal(path).intend(FIRST)
    os._exit(9)


def test_an_intent_survives_the_death_of_the_process(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    dying = multiprocessing.get_context("spawn").Process(target=_intend_and_die, args=(path,))
    dying.start()
    dying.join(60)
    assert dying.exitcode == 9
    assert [sent.transaction_hash for sent in Journal(path).unsettled()] == [FIRST.transaction_hash]


def test_every_write_is_synced_before_it_returns(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    (mode,) = journal._connection.execute("PRAGMA journal_mode").fetchone()
    (sync,) = journal._connection.execute("PRAGMA synchronous").fetchone()
    assert (mode, sync) == ("wal", 2)


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path)
    journal.refuse(REFUSAL)
    files = [path, *(path.with_name(path.name + tail) for tail in ("-wal", "-shm"))]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 3
    journal.close()


@pytest.mark.parametrize("kind", ["a folder", "text", "under a file", "another database"])
def test_a_file_that_is_no_journal_is_refused_with_its_path(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "j.sqlite"
    if kind == "a folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("these are my notes, " * 100)
    elif kind == "under a file":
        (tmp_path / "file").write_text("x")
        path = tmp_path / "file" / "j.sqlite"
    else:
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE bundles (id INTEGER)")
        other.close()
    with pytest.raises(JournalUnusable, match=str(path)) as caught:
        Journal(path).unsettled()
    assert isinstance(caught.value, HaltError)


def test_an_intent_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path)
    with sqlite3.connect(path) as other:
        other.execute("DROP TABLE bundles")
    other.close()
    with pytest.raises(JournalUnusable):
        journal.intend(FIRST)
    assert journal.decisions() == []


def test_what_lenders_changed_is_kept_in_order(tmp_path: Path) -> None:
    fee = LenderChange(
        block=100, lender="Aave V3", asset="USDC", what=Changed.FEE, before="5", after="9"
    )
    moved = LenderChange(
        block=101, lender="Aave V3", asset="", what=Changed.IMPLEMENTATION, before="1", after="2"
    )
    journal = Journal(tmp_path / "journal.sqlite")
    journal.note(fee)
    journal.note(moved)
    journal.close()
    again = Journal(tmp_path / "journal.sqlite")
    assert again.lender_changes() == [fee, moved]
    again.close()

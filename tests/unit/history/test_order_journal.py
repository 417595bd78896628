"""The order journal: durable before it returns, private, shared, and the same when it is read."""

import os
import sqlite3
import stat
from pathlib import Path

import msgspec
import pytest
from fakes.order_desk import START
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_events import answered, closed, filled, intended, opened, reported
from support.order_world import order_of

from bot.domain.errors import HaltError, JournalUnusable
from bot.domain.ledger_events import Commanded, Decided, LedgerEvent, OrderIntended
from bot.domain.orders import OrderState
from bot.domain.units import Nanos
from bot.history.journal_export import checked_export, export_journal
from bot.history.journal_file import Use
from bot.history.journal_rows import Head, _checksum
from bot.history.order_journal import OrderJournal

NAME = order_of().client_id
ALL: tuple[LedgerEvent, ...] = (
    opened(),
    intended(),
    answered(OrderState.UNKNOWN, note="no answer, ünd ümlauts"),
    reported(OrderState.CANCELED, 12.5, client_id=NAME),
    filled(12.5, fee=-0.000001, at=Nanos(START + 1)),
    Decided(what="ramp", subject="", detail="step 1", at=START),
    Commanded(command="flatten", subject="", by="operator", at=START),
    closed("nothing is left"),
)


def pause(at: int) -> Commanded:
    return Commanded(command="pause", at=Nanos(at))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "orders.sqlite"


def test_every_sort_of_event_is_read_back_as_it_was(path: Path) -> None:
    OrderJournal(path).append(*ALL)
    assert OrderJournal(path).events() == ALL


@given(
    amount=st.integers(1, 10**40),
    price=st.integers(1, 10**40),
    note=st.text(alphabet=st.characters(codec="utf-8")),
)
def test_no_figure_and_no_text_is_too_large_or_too_odd(
    tmp_path_factory: pytest.TempPathFactory, amount: int, price: int, note: str
) -> None:
    order = msgspec.structs.replace(order_of(), amount=amount, price=price)
    journal = OrderJournal(tmp_path_factory.mktemp("odd") / "orders.sqlite")
    said = Decided(what="alert", subject="", detail=note, at=START)
    journal.append(OrderIntended(order=order, at=START), said)
    assert journal.events() == (OrderIntended(order=order, at=START), said)
    journal.close()


def test_a_figure_that_is_not_a_number_is_not_written(path: Path) -> None:
    journal = OrderJournal(path)
    plan = msgspec.structs.replace(opened().plan, never=float("nan"))
    with pytest.raises(ValueError, match="cannot be written down"):
        journal.append(pause(1), msgspec.structs.replace(opened(), plan=plan))
    assert journal.events() == ()


def test_the_file_and_its_companions_are_private(path: Path) -> None:
    before = os.umask(0)
    try:
        journal = OrderJournal(path)
        journal.append(pause(1))
    finally:
        os.umask(before)
    files = sorted(path.parent.iterdir())
    assert [one.name[len("orders.sqlite") :] for one in files] == ["", "-shm", "-wal"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


def test_a_file_that_others_could_read_is_made_private(path: Path) -> None:
    OrderJournal(path).close()
    path.chmod(0o644)
    OrderJournal(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_command_of_another_process_comes_before_what_is_appended_next(path: Path) -> None:
    trader, person = OrderJournal(path), OrderJournal(path, Use.APPEND)
    trader.append(pause(1))
    person.append(pause(2))
    assert [entry.event for entry in trader.append(pause(3))] == [pause(2)]
    assert [entry.event for entry in person.news()] == [pause(3)]
    assert trader.events() == (pause(1), pause(2), pause(3))
    assert trader.commands(since_seq=1) == ((2, pause(2)), (3, pause(3)))


def test_one_who_looks_writes_nothing_and_cannot(path: Path) -> None:
    trader = OrderJournal(path)
    trader.append(pause(1))
    reader = OrderJournal(path, Use.READ)
    trader.append(pause(2))
    assert [entry.event for entry in reader.news()] == [pause(2)]
    with pytest.raises(JournalUnusable, match="readonly"):
        reader.append(pause(3))
    reader.close()
    assert path.with_name("orders.sqlite-wal").stat().st_size > 0, "it left the log of writes"


@pytest.mark.parametrize("use", [Use.APPEND, Use.READ])
def test_only_a_trader_makes_a_journal(path: Path, use: Use) -> None:
    with pytest.raises(JournalUnusable, match="No such file"):
        OrderJournal(path, use)
    assert not path.exists()


def test_what_is_written_is_on_disk_before_the_answer(path: Path) -> None:
    journal = OrderJournal(path)
    (sync,) = journal._connection.execute("PRAGMA synchronous").fetchone()
    (mode,) = journal._connection.execute("PRAGMA journal_mode").fetchone()
    assert (sync, mode) == (2, "wal")  # 2: FULL


def test_a_killed_writer_loses_nothing_that_was_answered(path: Path) -> None:
    child = os.fork()
    if child == 0:
        journal = OrderJournal(path)
        journal.append(*ALL)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert OrderJournal(path).events() == ALL


def test_the_log_of_writes_is_emptied_now_and_then(path: Path) -> None:
    journal = OrderJournal(path)
    for number in range(499):
        journal.append(pause(number))
    log = path.with_name("orders.sqlite-wal")
    grown = log.stat().st_size
    journal.append(pause(499))
    assert log.stat().st_size < grown / 20


def test_many_short_lives_do_not_let_the_log_of_writes_grow(path: Path) -> None:
    def life() -> None:
        child = os.fork()
        if child == 0:
            journal = OrderJournal(path)
            for number in range(20):
                journal.append(pause(number))
            os.kill(os.getpid(), 9)
        os.waitpid(child, 0)

    log = path.with_name("orders.sqlite-wal")
    life()
    grown = log.stat().st_size
    for _ in range(5):
        life()
    assert log.stat().st_size < 2 * grown
    assert len(OrderJournal(path).events()) == 6 * 20


def test_another_database_is_not_taken_for_a_journal(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bundles (id INTEGER)")
    other.close()
    with pytest.raises(JournalUnusable, match="not a journal of orders"):
        OrderJournal(path)


def test_a_text_file_is_not_taken_for_a_journal(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("SQLite format 4, perhaps" * 100)
    with pytest.raises(JournalUnusable, match="not a database"):
        OrderJournal(path)


@pytest.mark.parametrize(
    "act",
    [
        "UPDATE order_events SET payload = replace(payload, '12500', '22500') WHERE seq = 4",
        "UPDATE order_events SET at_ns = at_ns + 1 WHERE seq = 3",
        "UPDATE order_events SET kind = 'decided' WHERE seq = 3",
        "DELETE FROM order_events WHERE seq = 3",
        "DELETE FROM order_events WHERE seq = 8",
        "DELETE FROM order_events",
        "DELETE FROM order_events_head",
        "UPDATE order_events SET seq = seq + 10 WHERE seq > 4",
        "INSERT INTO order_events SELECT 9, 1, kind, payload, checksum FROM order_events LIMIT 1",
        "UPDATE order_events SET payload = CAST(payload AS BLOB) WHERE seq = 2",
        "UPDATE order_events_head SET count = 7",
    ],
)
def test_what_was_changed_by_hand_is_found(path: Path, act: str) -> None:
    OrderJournal(path).append(*ALL)
    with sqlite3.connect(path) as hand:
        hand.execute(act)
    hand.close()
    with pytest.raises(JournalUnusable, match=r"damaged: move it away") as caught:
        OrderJournal(path)
    assert isinstance(caught.value, HaltError)


def test_an_append_to_a_journal_that_was_changed_meanwhile_is_refused(path: Path) -> None:
    journal = OrderJournal(path)
    journal.append(*ALL)
    with sqlite3.connect(path) as hand:
        hand.execute("DELETE FROM order_events WHERE seq = 8")
        hand.execute("UPDATE order_events_head SET count = 7")
    hand.close()
    with pytest.raises(JournalUnusable):
        journal.append(pause(1))


def test_an_event_of_a_later_version_is_not_passed_over(path: Path) -> None:
    OrderJournal(path).close()
    payload = '{"type":"order_teleported","at":1}'
    checksum = _checksum(Head().checksum, 1, 1, f"order_teleported\n{payload}")
    with sqlite3.connect(path) as hand:
        hand.execute(
            "INSERT INTO order_events VALUES (1, 1, 'order_teleported', ?, ?)", (payload, checksum)
        )
        hand.execute("UPDATE order_events_head SET count = 1, checksum = ?", (checksum,))
    hand.close()
    with pytest.raises(JournalUnusable, match="row 1 cannot be understood"):
        OrderJournal(path).events()


def test_an_export_proves_itself_and_holds_every_event(path: Path, tmp_path: Path) -> None:
    journal, target = OrderJournal(path), tmp_path / "export.jsonl"
    journal.append(*ALL)
    head = export_journal(journal, target)
    assert head.count == len(ALL)
    entries = checked_export(target)
    assert tuple(entry.event for entry in entries) == ALL
    assert entries[-1].checksum == head.checksum
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize(("old", "new"), [("12500000", "12600000"), ("canceled", "filled")])
def test_an_export_that_was_changed_is_found(
    path: Path, tmp_path: Path, old: str, new: str
) -> None:
    journal, target = OrderJournal(path), tmp_path / "export.jsonl"
    journal.append(*ALL)
    export_journal(journal, target)
    target.write_text(target.read_text().replace(old, new, 1))
    with pytest.raises(JournalUnusable, match="row 4 was altered"):
        checked_export(target)


def test_an_export_that_misses_a_line_is_found(path: Path, tmp_path: Path) -> None:
    journal, target = OrderJournal(path), tmp_path / "export.jsonl"
    journal.append(*ALL)
    export_journal(journal, target)
    lines = target.read_text().splitlines(keepends=True)
    target.write_text("".join(lines[:3] + lines[4:]))
    with pytest.raises(JournalUnusable, match="row 4 is missing"):
        checked_export(target)


def test_an_export_to_nowhere_says_so(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalUnusable, match="export to another place"):
        export_journal(OrderJournal(path), tmp_path / "absent" / "export.jsonl")

"""Disks that are full, files that are read-only, busy, torn or rotten: never an altered event."""

import multiprocessing
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.ledger_events import filled, intended, opened
from support.order_world import POSITION, order_of

from bot.domain.errors import JournalUnusable
from bot.domain.ledger_events import Commanded, LedgerEvent
from bot.domain.units import Nanos
from bot.execution.ledger_books import LedgerBooks
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal

SEEDS = range(100)


def events(count: int) -> list[LedgerEvent]:
    many: list[LedgerEvent] = [opened(), intended(order_of(amount=10_000))]
    many += [filled(1, f"t{n}", client_id=order_of().client_id) for n in range(count - 2)]
    return many


def written(path: Path, count: int = 40, *, close: bool = True) -> tuple[LedgerEvent, ...]:
    journal = OrderJournal(path)
    for event in events(count):
        journal.append(event)
    if close:
        journal.close()
    return tuple(events(count))


def assert_nothing_was_taken(books: LedgerBooks, act: Callable[[], object], words: str) -> None:
    before = books.ledger.held(POSITION), dict(books.ledger.orders), dict(books.ledger.fills)
    with pytest.raises(JournalUnusable, match=words):
        act()
    after = books.ledger.held(POSITION), dict(books.ledger.orders), dict(books.ledger.fills)
    assert after == before


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a disk of its own needs root")
    size = f"size={kilobytes}k"
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip(f"no disk of its own here: {made.stderr.decode()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def until_it_fails(books: LedgerBooks) -> int:
    for number in range(100_000):
        try:
            books.write(filled(0.001, f"x{number}", client_id=order_of().client_id))
        except JournalUnusable:
            return number
    raise AssertionError("it never failed")


def test_on_a_full_disk_nothing_is_taken_and_all_before_is_kept(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 400) as disk:
        journal = OrderJournal(disk / "orders.sqlite")
        books = LedgerBooks(journal)
        books.write(*events(10))
        kept = 10 + until_it_fails(books)
        again = filled(0.001, "again", client_id=order_of().client_id)
        assert_nothing_was_taken(books, lambda: books.write(again), "full")
        assert len(books.ledger.fills) == kept - 2
        journal.close()
        assert len(OrderJournal(disk / "orders.sqlite", Use.READ).events()) == kept


def test_a_disk_that_has_room_again_is_written_again(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 400) as disk:
        books = LedgerBooks(OrderJournal(disk / "orders.sqlite"))
        books.write(*events(10))
        (disk / "other").write_bytes(bytes(200_000))
        until_it_fails(books)
        (disk / "other").unlink()
        again = filled(1, "again", client_id=order_of().client_id)
        assert books.write(again)
        assert OrderJournal(disk / "orders.sqlite", Use.READ).events()[-1] == again


def test_a_file_that_cannot_grow_is_not_half_written(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    books = LedgerBooks(OrderJournal(path))
    books.write(*events(10))
    with no_file_larger_than(path.with_name("orders.sqlite-wal").stat().st_size + 6_000):
        kept = 10 + until_it_fails(books)
        again = filled(1, "again", client_id=order_of().client_id)
        assert_nothing_was_taken(books, lambda: books.write(again), "orders.sqlite")
    assert len(OrderJournal(path).events()) == kept
    assert books.write(again), "the limit is gone"


def test_a_database_at_its_limit_says_that_it_is_full(tmp_path: Path) -> None:
    journal = OrderJournal(tmp_path / "orders.sqlite")
    books = LedgerBooks(journal)
    books.write(*events(10))
    journal._connection.execute("PRAGMA max_page_count = 5")
    until_it_fails(books)
    again = filled(1, "again", client_id=order_of().client_id)
    assert_nothing_was_taken(books, lambda: books.write(again), "full; make room on the disk")


def test_no_journal_begins_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 60) as disk:
        (disk / "other").write_bytes(bytes(56 * 1024))
        with pytest.raises(JournalUnusable):
            LedgerBooks(OrderJournal(disk / "orders.sqlite"))


def _tried_by_nobody(path: Path, answers: "multiprocessing.Queue[str]") -> None:
    os.setgroups([])
    os.setgid(65_534)
    os.setuid(65_534)
    try:
        LedgerBooks(OrderJournal(path))
        answers.put("it could be used")
    except JournalUnusable as error:
        answers.put(str(error))


@pytest.mark.parametrize("mode", [0o444, 0o000])
def test_a_file_that_may_not_be_written_is_refused_at_the_start(mode: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    folder = Path("/tmp") / f"repeg-read-only-{os.getpid()}-{mode}"  # noqa: S108  # anyone may look
    folder.mkdir(mode=0o755)
    try:
        written(folder / "orders.sqlite")
        (folder / "orders.sqlite").chmod(mode)
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=_tried_by_nobody, args=(folder / "orders.sqlite", answers))
        child.start()
        assert "readable and writable for this user" in answers.get(timeout=30)
        child.join()
    finally:
        shutil.rmtree(folder)


def test_a_read_only_disk_is_refused_at_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 400) as disk:
        written(disk / "orders.sqlite")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(JournalUnusable):
            LedgerBooks(OrderJournal(disk / "orders.sqlite"))


def test_a_busy_journal_is_waited_for_so_long_and_no_longer(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    books = LedgerBooks(OrderJournal(path, busy_s=0.5))
    books.write(*events(10))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # and holds it for longer than anyone should wait
    news = filled(1, "again", client_id=order_of().client_id)
    start = time.monotonic()
    assert_nothing_was_taken(books, lambda: books.write(news), "locked; another program holds it")
    assert 0.4 < time.monotonic() - start < 5
    other.execute("ROLLBACK")
    other.close()
    assert books.write(news)


def test_by_default_nobody_is_waited_for_longer_than_three_seconds(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    journal = OrderJournal(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(JournalUnusable, match="another program holds it"):
        journal.append(Commanded(command="pause", at=Nanos(1)))
    assert time.monotonic() - start < 3
    other.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_one_flipped_byte_is_found_or_changes_nothing(
    rotten: tuple[Path, tuple[LedgerEvent, ...]], seed: int, tmp_path: Path
) -> None:
    source, original = rotten
    content = bytearray(source.read_bytes())
    dice = random.Random(seed)  # noqa: S311
    place = dice.randrange(len(content))
    content[place] ^= dice.randrange(1, 256)
    path = tmp_path / "orders.sqlite"
    path.write_bytes(content)
    try:
        found = OrderJournal(path).events()
    except JournalUnusable as error:
        assert str(path) in str(error)  # noqa: PT017
        return
    assert found == original, f"byte {place}"


@pytest.fixture(scope="module")
def rotten(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[LedgerEvent, ...]]:
    path = tmp_path_factory.mktemp("rotten") / "orders.sqlite"
    return path, written(path)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flipped_byte_in_the_log_of_writes_loses_its_tail_at_most(
    live: tuple[Path, tuple[LedgerEvent, ...]], seed: int, tmp_path: Path
) -> None:
    folder, original = live
    path = copied(folder, tmp_path)
    log = path.with_name("orders.sqlite-wal")
    content = bytearray(log.read_bytes())
    dice = random.Random(seed)  # noqa: S311
    content[dice.randrange(len(content))] ^= dice.randrange(1, 256)
    log.write_bytes(content)
    assert_prefix_or_refused(path, original)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_torn_log_of_writes_opens_with_a_prefix(
    live: tuple[Path, tuple[LedgerEvent, ...]], seed: int, tmp_path: Path
) -> None:
    folder, original = live
    path = copied(folder, tmp_path)
    log = path.with_name("orders.sqlite-wal")
    dice = random.Random(seed)  # noqa: S311
    os.truncate(log, dice.randrange(log.stat().st_size + 1))
    if dice.random() < 0.5:
        path.with_name("orders.sqlite-shm").unlink()
    found = OrderJournal(path).events()
    assert found == original[: len(found)]


def test_without_its_index_the_log_of_writes_is_read_all_the_same(
    live: tuple[Path, tuple[LedgerEvent, ...]], tmp_path: Path
) -> None:
    folder, original = live
    path = copied(folder, tmp_path)
    path.with_name("orders.sqlite-shm").unlink()
    assert OrderJournal(path, Use.READ).events() == original
    assert OrderJournal(path).events() == original


def test_after_a_torn_tail_appending_goes_on(
    live: tuple[Path, tuple[LedgerEvent, ...]], tmp_path: Path
) -> None:
    folder, original = live
    path = copied(folder, tmp_path)
    log = path.with_name("orders.sqlite-wal")
    os.truncate(log, log.stat().st_size - 10)
    journal = OrderJournal(path)
    kept = journal.events()
    assert len(kept) < len(original)
    journal.append(original[-1])
    assert OrderJournal(path).events() == (*kept, original[-1])


def assert_prefix_or_refused(path: Path, original: tuple[LedgerEvent, ...]) -> None:
    try:
        found = OrderJournal(path).events()
    except JournalUnusable:
        return
    assert found == original[: len(found)]


def copied(folder: Path, target: Path) -> Path:
    for file in folder.iterdir():
        shutil.copy(file, target / file.name)
    return target / "orders.sqlite"


@pytest.fixture(scope="module")
def live(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Path, tuple[LedgerEvent, ...]]]:
    """A journal as a killed process leaves it: some of it in the file, the rest in the log."""
    source = tmp_path_factory.mktemp("live")
    written(source / "orders.sqlite", 30)
    journal = OrderJournal(source / "orders.sqlite")
    more = [filled(2, f"y{n}", client_id=order_of().client_id) for n in range(60)]
    for event in more:
        journal.append(event)
    copy = tmp_path_factory.mktemp("copy")
    for file in source.iterdir():
        shutil.copy(file, copy / file.name)
    yield copy, (*events(30), *more)
    journal.close()

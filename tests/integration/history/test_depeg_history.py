"""The same history on SQLite and on a real PostgreSQL server."""

import multiprocessing
from collections.abc import Iterator

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Depeg, DepegChange, Severity, Side, Status, Turn
from bot.domain.errors import HistoryUnusable
from bot.domain.past_depegs import Ending, Origin, PathPoint, Redeemable
from bot.domain.units import Nanos, Wad
from bot.history.catalogue_rows import moment_of, read_catalogue
from bot.history.database import HistoryDatabase
from bot.history.depeg_history import DepegHistory, Note, Wanted
from bot.history.tables import METADATA

START = Nanos(1_800_000_000 * 10**9)
MINUTE = 60 * 10**9
ACTIVE = Depeg(
    asset="USDC",
    side=Side.DISCOUNT,
    start=START,
    off_bps=-130.0,
    trough_bps=150.5,
    trough_price=Wad(984_950_000_000_000_001),
    trough_at=Nanos(START + MINUTE),
    severity=Severity.SEVERE,
    breadth=Breadth.CEX_WIDE,
    status=Status.RECOVERING,
    venues=("kraken", "binance"),
)
RESOLVED = msgspec.structs.replace(
    ACTIVE,
    off_bps=-1.0,
    status=Status.RESOLVED,
    end=Nanos(START + 90 * MINUTE),
    breadth=Breadth.EVERYWHERE,
    venues=("kraken", "binance", "curve"),
)


@pytest.fixture
def history(url: str) -> Iterator[DepegHistory]:
    with DepegHistory.open(url) as opened:
        yield opened


def test_a_new_history_holds_the_catalogue_to_the_last_field(history: DepegHistory) -> None:
    found = {depeg.id: depeg for depeg in history.depegs()}
    assert found == {depeg.id: depeg for depeg in read_catalogue()}


def test_migrations_make_exactly_the_tables_that_the_code_uses(url: str) -> None:
    with HistoryDatabase(url) as database, database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_opening_again_keeps_what_was_written(url: str) -> None:
    with DepegHistory.open(url) as history:
        history.record(ACTIVE)
    with DepegHistory.open(url) as history:
        assert history.find(ACTIVE.id) is not None
        assert len(history.depegs()) == 77


def test_a_recorded_depeg_comes_back_whole(history: DepegHistory) -> None:
    history.record(RESOLVED, [PathPoint(START, -6.0)])
    found = history.find(RESOLVED.id)
    assert found is not None
    assert found.trough_price == RESOLVED.trough_price
    assert found.magnitude_bps == 150.5
    assert found.severity is Severity.SEVERE
    assert found.hours == 1.5
    assert found.ending is Ending.RECOVERED
    assert found.backing is Backing.FIAT
    assert found.reflexive is False
    assert found.venues == ("kraken", "binance", "curve")
    assert found.path == (PathPoint(START, -6.0),)
    assert found.origin is Origin.SEEN


def test_recording_twice_is_recording_once(history: DepegHistory) -> None:
    history.record(ACTIVE, [PathPoint(START, -6.0)])
    once = history.depegs(with_paths=True)
    history.record(ACTIVE, [PathPoint(START, -6.0)])
    assert history.depegs(with_paths=True) == once


def test_following_a_depeg_leaves_its_end_and_the_way_there(history: DepegHistory) -> None:
    for turn, depeg, at in (
        (Turn.RECOVERING, ACTIVE, START + 5 * MINUTE),
        (Turn.RESOLVED, RESOLVED, START + 90 * MINUTE),
    ):
        history.follow(DepegChange(turn=turn, depeg=depeg, at=Nanos(at)))
    found = history.find(ACTIVE.id)
    assert found is not None
    assert found.end == RESOLVED.end
    assert found.path == (
        PathPoint(Nanos(START + MINUTE), -150.5),
        PathPoint(Nanos(START + 5 * MINUTE), -130.0),
        PathPoint(Nanos(START + 90 * MINUTE), -1.0),
    )


def test_a_long_path_is_thinned_when_it_is_over_and_keeps_ends_and_trough(
    history: DepegHistory,
) -> None:
    path = [PathPoint(Nanos(START + at * MINUTE), -(at % 97) - 6.0) for at in range(3_000)]
    path[1_234] = PathPoint(path[1_234].at, -150.5)
    history.record(ACTIVE, path)
    assert len(kept_path(history)) == 3_000
    history.record(RESOLVED)
    kept = kept_path(history)
    assert len(kept) <= 500
    assert (kept[0], kept[-1]) == (path[0], path[-1])
    assert path[1_234] in kept
    history.record(RESOLVED)
    assert kept_path(history) == kept


def kept_path(history: DepegHistory) -> tuple[PathPoint, ...]:
    found = history.find(ACTIVE.id)
    assert found is not None
    return found.path


def test_a_note_outlives_what_the_detector_writes_later(history: DepegHistory) -> None:
    history.record(ACTIVE)
    note = Note(cause="a bank failed", ending=Ending.PARTIAL, redeemable=Redeemable.PARTIAL)
    assert history.note(ACTIVE.id, note)
    history.record(ACTIVE)
    found = history.find(ACTIVE.id)
    assert found is not None
    assert (found.cause, found.ending) == ("a bank failed", Ending.PARTIAL)
    assert found.redeemable is Redeemable.PARTIAL


def test_what_came_back_is_recovered_whatever_was_noted(history: DepegHistory) -> None:
    history.record(ACTIVE)
    history.note(ACTIVE.id, Note(ending=Ending.TERMINAL))
    history.record(RESOLVED)
    found = history.find(ACTIVE.id)
    assert found is not None
    assert found.ending is Ending.RECOVERED


def test_a_note_on_no_depeg_says_so(history: DepegHistory) -> None:
    assert not history.note("nothing", Note(cause="none"))


def test_depegs_are_found_by_coin_and_time_oldest_first(history: DepegHistory) -> None:
    march, april = moment_of("2023-03-01"), moment_of("2023-04-01")
    found = history.depegs(Wanted(asset="usdc", first=march, last=april))
    assert [depeg.id for depeg in found] == ["usdc-2023-03"]
    assert march is not None
    assert april is not None
    began = [depeg.began for depeg in history.between(march, april)]
    assert len(began) == 10
    assert began == sorted(moment or 0 for moment in began)


def test_the_last_moment_of_a_window_is_outside(history: DepegHistory) -> None:
    history.record(ACTIVE)
    assert history.between(START, Nanos(START + 1)) != ()
    assert history.between(Nanos(START - 1), START) == ()


def test_a_replay_of_a_catalogued_event_is_linked_to_it(history: DepegHistory) -> None:
    start = moment_of("2023-03-10T21:40Z")
    assert start is not None
    replayed = msgspec.structs.replace(
        RESOLVED,
        start=start,
        trough_at=Nanos(start + 9 * 60 * MINUTE),
        end=Nanos(start + 60 * 60 * MINUTE),
    )
    history.record(replayed)
    history.record(RESOLVED)
    ids = (replayed.id, RESOLVED.id)
    assert [found.same_as for id_ in ids if (found := history.find(id_))] == ["usdc-2023-03", ""]


def test_a_failed_write_leaves_nothing(url: str) -> None:
    def write_half() -> None:
        with database.writing() as connection:
            connection.execute(text("INSERT INTO seeds (name, digest) VALUES ('half', '')"))
            connection.execute(text("INSERT INTO nowhere (name) VALUES ('other half')"))

    with HistoryDatabase(url) as database:
        with pytest.raises(HistoryUnusable, match="nowhere"):
            write_half()
        with database.reading() as connection:
            assert connection.execute(text("SELECT count(*) FROM seeds")).scalar() == 0


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    with HistoryDatabase(url) as database, database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HistoryUnusable, match="another version of this program"):
        HistoryDatabase(url)


def test_processes_that_open_and_write_at_once_lose_nothing(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_some, args=(url, number)) for number in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    with DepegHistory.open(url) as history:
        assert len(history.depegs(Wanted(origin=Origin.SEEN))) == 20
        assert len(history.depegs(Wanted(origin=Origin.CATALOGUE))) == 76


def write_some(url: str, number: int) -> None:
    with DepegHistory.open(url) as history:
        for minute in range(10):
            start = Nanos(START + (number * 10 + minute) * MINUTE)
            history.record(msgspec.structs.replace(ACTIVE, start=start))

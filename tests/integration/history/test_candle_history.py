from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from bot.domain.candles import Candle
from bot.domain.errors import ArchiveUnusable
from bot.domain.units import WAD, Nanos, Wad
from bot.history.candle_history import Archived, CandleHistory, Retention
from bot.history.candle_store import Series
from bot.history.cold_candles import ColdCandles, day_start
from bot.history.database import HistoryDatabase

DAY = 24 * 3600 * 10**9
HOUR = DAY // 24
NOON = Nanos(int(datetime(2023, 3, 14, 12, tzinfo=UTC).timestamp()) * 10**9)
FIRST = day_start(date(2023, 3, 10))
HOURLY = Series(venue="kraken", pair="USDC/USD", frame_s=3600)
ODD = Wad(123_456_789_012_345_678_901_234_567_890_123_456)  # more digits than arithmetic keeps
KEEP_TWO = Retention(warm_days=2)


def candle(hour: int, *, series: Series = HOURLY, close: int = WAD) -> Candle:
    return Candle(
        **msgspec.to_builtins(series),
        open_at=Nanos(FIRST + hour * HOUR),
        open=Wad(WAD),
        high=Wad(2 * WAD),
        low=Wad(1),
        close=Wad(close),
        volume=ODD,
    )


class Desk:
    """Four and a half days of hourly candles, to be archived at noon of the fifth."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = HistoryDatabase(url)
        self.cold = ColdCandles(folder / "archive")
        self.candles = CandleHistory(self.database, self.cold)
        self.truth = [candle(hour) for hour in range(4 * 24 + 12)]
        self.candles.store.add(HOURLY, self.truth, (FIRST, NOON))

    def read(self) -> list[Candle]:
        return self.candles.between(HOURLY, FIRST, NOON)

    def warm(self) -> list[Candle]:
        return self.candles.store.between(HOURLY, FIRST, NOON)


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    found = Desk(url, tmp_path)
    yield found
    found.database.close()


def test_archiving_moves_whole_days_and_changes_nothing_that_can_be_read(desk: Desk) -> None:
    done = desk.candles.archive(KEEP_TWO, NOON)
    assert done == Archived(days=2, candles=48, dropped_days=0)
    assert desk.cold.days() == [date(2023, 3, 10), date(2023, 3, 11)]
    assert desk.warm() == desk.truth[48:]
    assert desk.read() == desk.truth


def test_archiving_again_does_nothing(desk: Desk) -> None:
    desk.candles.archive(KEEP_TWO, NOON)
    assert desk.candles.archive(KEEP_TWO, NOON) == Archived(days=0, candles=0, dropped_days=0)


def test_other_programs_read_the_archive_as_exact_decimals(desk: Desk, tmp_path: Path) -> None:
    desk.candles.archive(KEEP_TWO, NOON)
    table = pq.read_table(tmp_path / "archive" / "candles" / "2023-03-10.parquet")
    assert str(table["low"][0].as_py()) == "1E-18"
    assert f"{table['volume'][0].as_py():f}" == "123456789012345678.901234567890123456"


def test_a_late_candle_of_an_archived_day_joins_the_others(desk: Desk) -> None:
    desk.candles.archive(KEEP_TWO, NOON)
    other = msgspec.structs.replace(HOURLY, pair="DAI/USD")
    late, corrected = candle(5, series=other), candle(6, close=WAD + 1)
    desk.candles.store.add(other, [late], (FIRST, FIRST))
    desk.candles.store.add(HOURLY, [corrected], (FIRST, FIRST))
    assert desk.candles.archive(KEEP_TWO, NOON).candles == 2
    assert desk.read() == [*desk.truth[:6], corrected, *desk.truth[7:]]
    assert desk.candles.between(other, FIRST, NOON) == [late]


def test_the_database_counts_more_than_the_archive(desk: Desk) -> None:
    desk.candles.archive(KEEP_TWO, NOON)
    corrected = candle(6, close=WAD + 1)
    desk.candles.store.add(HOURLY, [corrected], (FIRST, FIRST))
    assert desk.read()[6] == corrected


def test_nothing_leaves_the_database_where_the_archive_cannot_be_written(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_text("in the way")
    with pytest.raises(ArchiveUnusable, match="archive"):
        desk.candles.archive(KEEP_TWO, NOON)
    assert desk.warm() == desk.truth


class PowerCut(Exception):
    """The machine stops here."""


class CutAfterWrite(ColdCandles):
    """Writes, and then the power is cut before the database hears of it."""

    def write(self, day: date, candles: object) -> None:
        super().write(day, candles)
        raise PowerCut


def test_a_crash_between_the_file_and_the_database_loses_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    cut = CandleHistory(desk.database, CutAfterWrite(tmp_path / "archive"))
    with pytest.raises(PowerCut):
        cut.archive(KEEP_TWO, NOON)
    assert desk.cold.days() == [date(2023, 3, 10)]
    assert desk.warm() == desk.truth
    assert desk.read() == desk.truth
    assert desk.candles.archive(KEEP_TWO, NOON).candles == 48
    assert desk.read() == desk.truth


def test_a_damaged_file_is_named_and_neither_replaced_nor_emptied(
    desk: Desk, tmp_path: Path
) -> None:
    desk.candles.archive(KEEP_TWO, NOON)
    path = tmp_path / "archive" / "candles" / "2023-03-10.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    damaged = path.read_bytes()
    late = candle(5)
    desk.candles.store.add(HOURLY, [late], (FIRST, FIRST))
    with pytest.raises(ArchiveUnusable, match="2023-03-10"):
        desk.candles.archive(KEEP_TWO, NOON)
    assert path.read_bytes() == damaged
    assert desk.warm()[0] == late


def test_what_is_too_old_for_the_archive_goes_and_can_be_asked_for_again(desk: Desk) -> None:
    done = desk.candles.archive(Retention(warm_days=1, cold_days=2), NOON)
    assert done == Archived(days=3, candles=72, dropped_days=2)
    assert desk.cold.days() == [date(2023, 3, 12)]
    assert desk.read() == desk.truth[48:]
    gap = (FIRST, day_start(date(2023, 3, 12)))
    assert desk.candles.store.missing(HOURLY, FIRST, NOON) == [gap]


def test_importers_of_one_series_at_once_lose_no_span(desk: Desk) -> None:
    other = msgspec.structs.replace(HOURLY, pair="DAI/USD")
    hours = range(24)

    def add(hour: int) -> None:
        span = (FIRST + hour * HOUR, FIRST + (hour + 1) * HOUR)
        desk.candles.store.add(other, [candle(hour, series=other)], span)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, hours))
    assert desk.candles.store.missing(other, FIRST, Nanos(FIRST + DAY)) == []
    assert len(desk.candles.between(other, FIRST, NOON)) == 24


def test_nothing_is_dropped_unless_a_limit_is_set(desk: Desk) -> None:
    desk.candles.archive(Retention(warm_days=1), Nanos(NOON + 10_000 * DAY))
    assert desk.read() == desk.truth


def test_no_candle_can_be_higher_than_its_high() -> None:
    with pytest.raises(ValueError, match="no candle"):
        msgspec.structs.replace(candle(0), high=Wad(WAD - 1))

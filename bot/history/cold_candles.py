"""Candles of days long past, as Parquet: one file per UTC day, in a folder."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from bot.domain.candles import Candle
from bot.domain.errors import ArchiveUnusable
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.history.candle_store import Series

_PRICES = ("open", "high", "low", "close", "volume")
_WAD_TYPE = pa.decimal128(38, 18)
_SCHEMA = pa.schema(
    [
        pa.field("venue", pa.string(), nullable=False),
        pa.field("pair", pa.string(), nullable=False),
        pa.field("frame_s", pa.int64(), nullable=False),
        pa.field("open_at", pa.timestamp("ns", tz="UTC"), nullable=False),
        *(pa.field(name, _WAD_TYPE, nullable=False) for name in _PRICES),
    ]
)
_ORDER = [(name, "ascending") for name in ("venue", "pair", "frame_s", "open_at")]
_FAILURES = (OSError, pa.ArrowException)  # OSError: the disk; the other: what is on it


class ColdCandles:
    """The folder `candles` of an archive."""

    def __init__(self, archive: Path) -> None:
        self._folder = archive / "candles"

    def days(self) -> list[date]:
        """Return the days there are files of, oldest first."""
        names = sorted(path.stem for path in self._folder.glob("????-??-??.parquet"))
        return [date.fromisoformat(name) for name in names]

    def write(self, day: date, candles: Sequence[Candle]) -> None:
        """Add candles of one day to its file; returns once they are on the disk and read back.

        A candle that is there already is written over. The file changes at once or not at all.

        Raises:
            ArchiveUnusable: they are not safely there; the file is as it was.
        """
        path, half = self._path(day), self._folder / f".{day}.half"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            there = self._read(path) if path.exists() else ()
            table = _table(list({_key(candle): candle for candle in (*there, *candles)}.values()))
            pq.write_table(table, half, compression="zstd")
            _sync(half)
            if not pq.read_table(half, schema=_SCHEMA).equals(table):
                raise ArchiveUnusable(str(half), "what was written is not what can be read")
            half.replace(path)
            _sync(self._folder)
        except _FAILURES as error:
            with suppress(OSError):
                half.unlink()
            raise ArchiveUnusable(str(path), str(error)) from error

    def between(self, series: Series, first: Nanos, until: Nanos) -> list[Candle]:
        """Return the candles of a series that open in [first, until), oldest first.

        Raises:
            ArchiveUnusable: a file cannot be read.
        """
        found: list[Candle] = []
        for day in self.days():
            if day_start(day) < until and first < day_start(day + timedelta(days=1)):
                found += self._read(self._path(day), series)
        return [candle for candle in found if first <= candle.open_at < until]

    def drop(self, day: date) -> None:
        """Delete the file of a day.

        Raises:
            ArchiveUnusable: it cannot be deleted.
        """
        try:
            self._path(day).unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveUnusable(str(self._path(day)), str(error)) from error

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.parquet"

    def _read(self, path: Path, series: Series | None = None) -> tuple[Candle, ...]:
        try:
            table = pq.read_table(path, schema=_SCHEMA)
        except _FAILURES as error:
            raise ArchiveUnusable(str(path), str(error)) from error
        if series is not None:
            for name in ("venue", "pair", "frame_s"):
                table = table.filter(pc.equal(table[name], getattr(series, name)))
        return tuple(_candles(table))


def day_of(moment: Nanos) -> date:
    """Return the UTC day of a moment."""
    return datetime.fromtimestamp(moment // NANOS_PER_S, tz=UTC).date()


def day_start(day: date) -> Nanos:
    """Return the first moment of a UTC day."""
    return Nanos(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * NANOS_PER_S)


def _key(candle: Candle) -> tuple[str, str, int, int]:
    return candle.venue, candle.pair, candle.frame_s, candle.open_at


def _table(candles: Sequence[Candle]) -> pa.Table:
    columns = {
        "venue": [candle.venue for candle in candles],
        "pair": [candle.pair for candle in candles],
        "frame_s": [candle.frame_s for candle in candles],
        "open_at": [candle.open_at for candle in candles],
        **{name: _decimals(getattr(candle, name) for candle in candles) for name in _PRICES},
    }
    return pa.table(columns, schema=_SCHEMA).sort_by(_ORDER)


def _decimals(wads: Iterable[Wad]) -> list[Decimal]:
    return [Decimal(f"{wad}e-18") for wad in wads]  # arithmetic would round to 28 digits


def _wad(value: Decimal) -> Wad:
    numerator, denominator = value.as_integer_ratio()
    return Wad(numerator * WAD // denominator)


def _candles(table: pa.Table) -> Iterator[Candle]:
    opens = table["open_at"].cast(pa.int64()).to_pylist()
    names = ("venue", "pair", "frame_s", *_PRICES)
    for opened, row in zip(opens, table.select(names).to_pylist(), strict=True):
        first, high, low, close, volume = (_wad(row[name]) for name in _PRICES)
        yield Candle(
            venue=row["venue"],
            pair=row["pair"],
            frame_s=row["frame_s"],
            open_at=Nanos(opened),
            open=first,
            high=high,
            low=low,
            close=close,
            volume=volume,
        )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

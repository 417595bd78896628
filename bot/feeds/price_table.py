"""Rows of a price file as text, from CSV or Parquet, before anything is made of them."""

import csv
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from bot.domain.errors import BadPriceFile

COLUMNS = ("time", "venue", "asset", "bid", "ask", "price", "kind", "depth")
_NEEDED = ("time", "venue", "asset")
_PRICE = "price"
_PARQUET = b"PAR1"


class PriceRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One row; a cell that is empty or has no column is an empty text."""

    number: int  # in a CSV file its line, where the header is the first; in Parquet from 1
    time: str
    venue: str
    asset: str
    bid: str = ""
    ask: str = ""
    price: str = ""
    kind: str = ""
    depth: str = ""
    has_price: bool  # whether the file has that column


def read_rows(path: Path) -> Iterator[PriceRow]:
    """Yield the rows of a file as they stand there; other columns are passed over.

    Raises:
        BadPriceFile: it cannot be read, has no table in it, or lacks a column.
    """
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(_PARQUET)) == _PARQUET
        yield from (_parquet_rows(path) if is_parquet else _csv_rows(path))
    except OSError as error:
        raise BadPriceFile(path, error.strerror or str(error)) from error


def _csv_rows(path: Path) -> Iterator[PriceRow]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            lines = csv.reader(file, strict=True)
            header = _checked(path, [name.strip() for name in next(lines, [])])
            wanted = [(header.index(name), name) for name in COLUMNS if name in header]
            has_price = _PRICE in header
            for cells in lines:
                if len(cells) != len(header):
                    if not cells:
                        continue
                    reason = f"{len(cells)} cells under a header of {len(header)}"
                    raise BadPriceFile(path, reason, row=lines.line_num)
                told = {name: cells[i].strip() for i, name in wanted}
                yield PriceRow(number=lines.line_num, has_price=has_price, **told)
        except UnicodeDecodeError as error:
            raise BadPriceFile(path, "is neither UTF-8 text nor Parquet") from error
        except csv.Error as error:
            raise BadPriceFile(path, f"is no CSV: {error}") from error


def _parquet_rows(path: Path) -> Iterator[PriceRow]:
    arrow = import_module("pyarrow")  # slow to import: only who has such a file
    parquet = import_module("pyarrow.parquet")
    try:
        schema = parquet.read_schema(path)
        header = _checked(path, schema.names)
        wanted = [name for name in COLUMNS if name in header]
        _require_long_time(arrow, path, schema.field("time").type)
        table = parquet.read_table(path, columns=wanted)
        columns = [_texts(arrow, table.column(name)) for name in wanted]
    except arrow.ArrowException as error:
        raise BadPriceFile(path, f"is no Parquet that can be read: {error}") from error
    for number, cells in enumerate(zip(*columns, strict=True), start=1):
        told = dict(zip(wanted, cells, strict=True))
        yield PriceRow(number=number, has_price=_PRICE in header, **told)


def _texts(arrow: Any, column: Any) -> list[str]:
    """Return shortest texts, so that 0.9999 in 32 bits is not 0.99989998; times in nanoseconds.

    Of a long float the shortest text is its decimal without an exponent: 1678518240.1 is a time.
    """
    if arrow.types.is_timestamp(column.type):
        column = column.cast(arrow.timestamp("ns", column.type.tz)).cast(arrow.int64())
    elif arrow.types.is_float32(column.type) or arrow.types.is_float16(column.type):
        column = column.cast(arrow.string())
    elif arrow.types.is_float64(column.type):
        return ["" if cell is None else f"{Decimal(str(cell)):f}" for cell in column.to_pylist()]
    return ["" if cell is None else str(cell) for cell in column.to_pylist()]


def _require_long_time(arrow: Any, path: Path, kind: Any) -> None:
    if arrow.types.is_float32(kind) or arrow.types.is_float16(kind):
        reason = f"is a {kind}, which misses times by minutes: make it a timestamp, or 64 bits"
        raise BadPriceFile(path, reason, column="time")


def _checked(path: Path, header: list[str]) -> list[str]:
    if not header:
        raise BadPriceFile(path, "is empty")
    for name in COLUMNS:
        if header.count(name) > 1:
            raise BadPriceFile(path, "stands there more than once", column=name)
    for name in _NEEDED:
        if name not in header:
            raise BadPriceFile(path, f"is missing; there are: {', '.join(header)}", column=name)
    if "price" not in header and not {"bid", "ask"} <= set(header):
        raise BadPriceFile(path, "is missing, and so is bid or ask", column="price")
    return header

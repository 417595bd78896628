"""Candles in the history database, and which stretches of time they cover."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, delete, insert, select

from bot.domain.candles import Candle
from bot.domain.units import Nanos, Wad
from bot.history.database import HistoryDatabase, lock, upsert
from bot.history.spans import Span, joined, missing
from bot.history.tables import CANDLE_SPANS, CANDLES

_PRICES = ("open", "high", "low", "close", "volume")


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Whose candles, and how long each is."""

    venue: str
    pair: str
    frame_s: int


class CandleStore:
    """Candles by series. Every call may raise `HistoryUnusable`, and then wrote nothing."""

    def __init__(self, database: HistoryDatabase) -> None:
        self._database = database

    def add(self, series: Series, candles: Sequence[Candle], covered: Span) -> None:
        """Write candles of a series, and that there are no others within `covered`."""
        with self._database.writing() as connection:
            lock(connection, CANDLE_SPANS)
            upsert(connection, CANDLES, (candle_row(candle) for candle in candles))
            spans = joined([*_spans(connection, series), covered])
            _write_spans(connection, series, spans)

    def missing(self, series: Series, first: Nanos, until: Nanos) -> list[Span]:
        """Return the stretches of [first, until) that nobody has asked for yet."""
        with self._database.reading() as connection:
            return missing((first, until), _spans(connection, series))

    def between(self, series: Series, first: Nanos, until: Nanos) -> list[Candle]:
        """Return the candles that open in [first, until) and are in the database."""
        opens = CANDLES.c.open_ns
        query = select(CANDLES).where(_of(series, CANDLES), opens >= first, opens < until)
        with self._database.reading() as connection:
            return [candle_of(row) for row in connection.execute(query.order_by(opens))]


def candle_row(candle: Candle) -> dict[str, Any]:
    """Return the row of a candle."""
    return {
        "venue": candle.venue,
        "pair": candle.pair,
        "frame_s": candle.frame_s,
        "open_ns": candle.open_at,
        **{f"{name}_wad": str(getattr(candle, name)) for name in _PRICES},
    }


def candle_of(row: Row[Any]) -> Candle:
    """Return the candle of a row."""
    return Candle(
        venue=row.venue,
        pair=row.pair,
        frame_s=row.frame_s,
        open_at=Nanos(row.open_ns),
        open=Wad(int(row.open_wad)),
        high=Wad(int(row.high_wad)),
        low=Wad(int(row.low_wad)),
        close=Wad(int(row.close_wad)),
        volume=Wad(int(row.volume_wad)),
    )


def forget_spans(connection: Connection, until: Nanos) -> None:
    """Drop the knowledge that anything before `until` was asked for."""
    lock(connection, CANDLE_SPANS)
    ends_before = CANDLE_SPANS.c.until_ns <= until
    connection.execute(delete(CANDLE_SPANS).where(ends_before))
    cut = CANDLE_SPANS.update().where(CANDLE_SPANS.c.first_ns < until).values(first_ns=until)
    connection.execute(cut)


def _spans(connection: Connection, series: Series) -> list[Span]:
    rows = connection.execute(select(CANDLE_SPANS).where(_of(series, CANDLE_SPANS)))
    return [(row.first_ns, row.until_ns) for row in rows]


def _write_spans(connection: Connection, series: Series, spans: Iterable[Span]) -> None:
    connection.execute(delete(CANDLE_SPANS).where(_of(series, CANDLE_SPANS)))
    key = msgspec.to_builtins(series)
    rows = [{**key, "first_ns": first, "until_ns": until} for first, until in spans]
    if rows:
        connection.execute(insert(CANDLE_SPANS), rows)


def _of(series: Series, table: Table) -> ColumnElement[bool]:
    columns = table.c
    return (
        (columns.venue == series.venue)
        & (columns.pair == series.pair)
        & (columns.frame_s == series.frame_s)
    )

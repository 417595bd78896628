"""Candles of all times: the newer ones in the database, the older ones in the archive."""

from datetime import date, timedelta

import msgspec
from sqlalchemy import delete, func, select

from bot.domain.candles import Candle
from bot.domain.errors import HistoryUnusable
from bot.domain.units import Nanos
from bot.history.candle_store import CandleStore, Series, candle_of, forget_spans
from bot.history.cold_candles import ColdCandles, day_of, day_start
from bot.history.database import HistoryDatabase, lock
from bot.history.tables import CANDLES


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """For how long candles stay where."""

    warm_days: int  # in the database
    cold_days: int | None = None  # in the archive; None: for ever


class Archived(msgspec.Struct, frozen=True, kw_only=True):
    """What was moved and deleted."""

    days: int  # that went to the archive, or were added to there
    candles: int
    dropped_days: int  # that were too old for the archive too


class CandleHistory:
    """Candles of the database and of the archive, read as one."""

    def __init__(self, database: HistoryDatabase, cold: ColdCandles) -> None:
        self._database, self._cold = database, cold
        self.store = CandleStore(database)

    def between(self, series: Series, first: Nanos, until: Nanos) -> list[Candle]:
        """Return the candles that open in [first, until), oldest first; the database counts more.

        Raises:
            HistoryUnusable, ArchiveUnusable: one of the two cannot be read.
        """
        warm = self.store.between(series, first, until)  # first: a day may move meanwhile
        found = {candle.open_at: candle for candle in self._cold.between(series, first, until)}
        found.update({candle.open_at: candle for candle in warm})
        return [found[at] for at in sorted(found)]

    def archive(self, retention: Retention, now: Nanos) -> Archived:
        """Move whole days that are old enough to the archive, and drop what is too old for it.

        A day leaves the database in the transaction in which its file was written, synced and read
        back; where that ends early, it stays, and the next time finds both and loses neither.

        Raises:
            HistoryUnusable, ArchiveUnusable: one of the two failed; what was moved by then is
                moved, the rest stays.
        """
        today = day_of(now)
        warm_from = today - timedelta(days=retention.warm_days)
        days = moved = 0
        while (day := self._oldest_before(warm_from)) is not None:
            moved += self._move(day)
            days += 1
        dropped = self._drop(retention, today)
        return Archived(days=days, candles=moved, dropped_days=dropped)

    def _oldest_before(self, day: date) -> date | None:
        query = select(func.min(CANDLES.c.open_ns)).where(CANDLES.c.open_ns < day_start(day))
        with self._database.reading() as connection:
            oldest = connection.execute(query).scalar()
        return None if oldest is None else day_of(Nanos(oldest))

    def _move(self, day: date) -> int:
        opens = CANDLES.c.open_ns
        within = (opens >= day_start(day)) & (opens < day_start(day + timedelta(days=1)))
        with self._database.writing() as connection:
            lock(connection, CANDLES)
            rows = connection.execute(select(CANDLES).where(within)).all()
            self._cold.write(day, [candle_of(row) for row in rows])
            gone = connection.execute(delete(CANDLES).where(within)).rowcount
            if gone != len(rows):
                reason = f"{gone} candles of {day} would go, {len(rows)} are in the archive"
                raise HistoryUnusable("archive", reason)
        return len(rows)

    def _drop(self, retention: Retention, today: date) -> int:
        if retention.cold_days is None:
            return 0
        keep_from = today - timedelta(days=retention.cold_days)
        old = [day for day in self._cold.days() if day < keep_from]
        if old:
            with self._database.writing() as connection:
                forget_spans(connection, day_start(keep_from))
        for day in old:
            self._cold.drop(day)
        return len(old)

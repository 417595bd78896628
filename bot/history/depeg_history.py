"""Every depeg that is known: the catalogue's, and those the bot has seen itself."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Self

import msgspec
from sqlalchemy import Connection, Select, delete, func, select, update

from bot.domain.depegs import Depeg, DepegChange, Side, Status
from bot.domain.past_depegs import Ending, Origin, PastDepeg, PathPoint, Redeemable
from bot.domain.units import Nanos
from bot.history.catalogue_rows import catalogue_text, read_catalogue
from bot.history.database import HistoryDatabase, upsert
from bot.history.depeg_rows import SEEN, from_row, past_of, path_rows, row_of, venue_rows
from bot.history.path_shape import thinned
from bot.history.reversion_statistics import Grouping, Reversions, reversions
from bot.history.same_event import same_event
from bot.history.similarity import Similar, similar_depegs
from bot.history.tables import DEPEG_PATH, DEPEG_VENUES, DEPEGS, SEEDS

_CATALOGUE = "catalogue"
_MOST_POINTS = 500  # of the path of a depeg that is over


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which depegs are asked for; what is not given does not matter."""

    id: str | None = None
    asset: str | None = None  # its ticker, in any case
    first: Nanos | None = None  # began then or later
    last: Nanos | None = None  # began before
    side: Side | None = None
    origin: Origin | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a person, or another part of the bot, knows of a depeg; None: nothing to add."""

    cause: str | None = None
    ending: Ending | None = None
    redeemable: Redeemable | None = None
    hit_share: float | None = None
    rails_closed: bool | None = None


class DepegHistory:
    """Depegs in a database. Every call may raise `HistoryUnusable`, and then wrote nothing."""

    def __init__(self, database: HistoryDatabase) -> None:
        """Use `database`, and sow the catalogue of this version unless it is in there."""
        self._database = database
        self._catalogue = read_catalogue()
        self._sow()

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the history at `url`: a path, ``sqlite:///FILE`` or ``postgresql://USER@HOST/DB``.

        Raises:
            BadConfiguration: it is no URL of a database that is spoken here.
            HistoryUnusable: it cannot be opened, or a newer version made it.
        """
        return cls(HistoryDatabase(url))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop the connections."""
        self._database.close()

    def record(self, depeg: Depeg, path: Iterable[PathPoint] = ()) -> None:
        """Write a detected depeg as it is now, and add to its path.

        What was noted about it stays. Writing the same again changes nothing. Of the path of one
        that is over, at most 500 points are kept.
        """
        past = past_of(depeg)
        past = msgspec.structs.replace(past, same_as=same_event(past, self._catalogue))
        changing = (*SEEN, "ending") if depeg.status is Status.RESOLVED else SEEN
        with self._database.writing() as connection:
            upsert(connection, DEPEGS, [row_of(past)], only=changing)
            upsert(connection, DEPEG_VENUES, venue_rows(past))
            upsert(connection, DEPEG_PATH, path_rows(past.id, path))
            if depeg.status is Status.RESOLVED:
                _thin(connection, past.id)

    def follow(self, change: DepegChange) -> None:
        """Write what a depeg has turned into, its trough and where it is now."""
        depeg = change.depeg
        sign = 1 if depeg.side is Side.PREMIUM else -1
        trough = PathPoint(depeg.trough_at, sign * depeg.trough_bps)
        self.record(depeg, (trough, PathPoint(change.at, depeg.off_bps)))

    def note(self, depeg_id: str, note: Note) -> bool:
        """Write what is known of a depeg beside its price; return whether there is such a depeg."""
        values: dict[str, Any] = {
            name: value for name, value in msgspec.to_builtins(note).items() if value is not None
        }
        matches = DEPEGS.c.id == depeg_id
        with self._database.writing() as connection:
            if values:
                connection.execute(update(DEPEGS).where(matches).values(**values))
            return connection.execute(select(DEPEGS.c.id).where(matches)).first() is not None

    def find(self, depeg_id: str) -> PastDepeg | None:
        """Return the depeg of that id with its path; None: there is none."""
        found = self.depegs(Wanted(id=depeg_id), with_paths=True)
        return found[0] if found else None

    def between(self, first: Nanos, last: Nanos) -> tuple[PastDepeg, ...]:
        """Return the depegs that began in [first, last), oldest first."""
        return self.depegs(Wanted(first=first, last=last))

    def depegs(
        self, wanted: Wanted | None = None, *, with_paths: bool = False
    ) -> tuple[PastDepeg, ...]:
        """Return depegs, oldest first; those of an unknown beginning before all."""
        query = _matching(wanted or Wanted())
        ids = query.with_only_columns(DEPEGS.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(
                query.order_by(DEPEGS.c.began_ns.asc().nulls_first(), DEPEGS.c.id)
            ).all()
            venues = _venues(connection, ids)
            paths = _paths(connection, ids) if with_paths else {}
        return tuple(from_row(row, venues.get(row.id, ()), paths.get(row.id, ())) for row in rows)

    def reversions(
        self, grouping: Grouping, now: Nanos, wanted: Wanted | None = None
    ) -> tuple[Reversions, ...]:
        """Return how often the wanted depegs came back and how long it took, group by group."""
        return reversions(self.depegs(wanted), grouping, now)

    def similar(
        self, depeg: PastDepeg, count: int = 5, wanted: Wanted | None = None
    ) -> tuple[Similar, ...]:
        """Return the past depegs most like one, the nearest first, among those wanted.

        In a replay want only those that began before: nobody knew the others.
        """
        return similar_depegs(depeg, self.depegs(wanted, with_paths=True), count)

    def _sow(self) -> None:
        digest = hashlib.sha256(catalogue_text().encode()).hexdigest()
        sown = select(SEEDS.c.digest).where(SEEDS.c.name == _CATALOGUE)
        with self._database.reading() as connection:
            if connection.execute(sown).scalar() == digest:
                return
        rows = [row_of(past) for past in self._catalogue]
        stale = DEPEGS.c.id.not_in([row["id"] for row in rows])
        of_catalogue = DEPEGS.c.origin == Origin.CATALOGUE.value
        with self._database.writing() as connection:
            connection.execute(delete(DEPEGS).where(of_catalogue, stale))
            upsert(connection, DEPEGS, rows)
            upsert(connection, SEEDS, [{"name": _CATALOGUE, "digest": digest}])


def _thin(connection: Connection, depeg_id: str) -> None:
    points = DEPEG_PATH.c.depeg_id == depeg_id
    rows = connection.execute(select(DEPEG_PATH).where(points).order_by(DEPEG_PATH.c.at_ns)).all()
    if len(rows) > _MOST_POINTS:
        path = [PathPoint(Nanos(row.at_ns), row.off_bps) for row in rows]
        connection.execute(delete(DEPEG_PATH).where(points))
        upsert(connection, DEPEG_PATH, path_rows(depeg_id, thinned(path, _MOST_POINTS)))


def _matching(wanted: Wanted) -> Select[Any]:
    query = select(DEPEGS)
    if wanted.id is not None:
        query = query.where(DEPEGS.c.id == wanted.id)
    if wanted.asset is not None:
        query = query.where(func.upper(DEPEGS.c.asset) == wanted.asset.upper())
    if wanted.first is not None:
        query = query.where(DEPEGS.c.began_ns >= wanted.first)
    if wanted.last is not None:
        query = query.where(DEPEGS.c.began_ns < wanted.last)
    if wanted.side is not None:
        query = query.where(DEPEGS.c.side == wanted.side.value)
    if wanted.origin is not None:
        query = query.where(DEPEGS.c.origin == wanted.origin.value)
    return query


def _venues(connection: Connection, ids: Select[Any]) -> dict[str, Sequence[str]]:
    query = select(DEPEG_VENUES).where(DEPEG_VENUES.c.depeg_id.in_(ids))
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query.order_by(DEPEG_VENUES.c.place)):
        found[row.depeg_id].append(row.venue)
    return dict(found)


def _paths(connection: Connection, ids: Select[Any]) -> dict[str, Sequence[PathPoint]]:
    query = select(DEPEG_PATH).where(DEPEG_PATH.c.depeg_id.in_(ids))
    found: dict[str, list[PathPoint]] = defaultdict(list)
    for row in connection.execute(query.order_by(DEPEG_PATH.c.at_ns)):
        found[row.depeg_id].append(PathPoint(Nanos(row.at_ns), row.off_bps))
    return dict(found)

"""Depegs as rows of the history database, and back."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from bot.domain.coins import Backing, coin_of
from bot.domain.depegs import Breadth, Depeg, Side, Status
from bot.domain.past_depegs import Ending, Facts, Origin, PastDepeg, PathPoint, Redeemable
from bot.domain.units import Nanos, Wad
from bot.history.catalogue_rows import NANOS_PER_HOUR

_MinutesBelow = tuple[tuple[str, int], ...]

# What the detector knows of a depeg; the rest of a row is knowledge of people and stays.
SEEN = (
    *("breadth", "trough_ns", "trough_price_wad", "magnitude_bps", "end_ns", "hours", "status"),
    *("confirmed_ns", "same_as"),
)


def past_of(depeg: Depeg) -> PastDepeg:
    """Return a detected depeg as history keeps it."""
    coin = coin_of(depeg.asset)
    is_over = depeg.status is Status.RESOLVED
    return PastDepeg(
        id=depeg.id,
        asset=depeg.asset,
        name=depeg.asset,
        backing=coin.backing,
        side=depeg.side,
        breadth=depeg.breadth,
        start=depeg.start,
        trough_at=depeg.trough_at,
        trough_price=depeg.trough_price,
        magnitude_bps=depeg.trough_bps,
        end=depeg.end,
        hours=None if depeg.end is None else (depeg.end - depeg.start) / NANOS_PER_HOUR,
        status=depeg.status,
        confirmed_at=depeg.confirmed_at,
        ending=Ending.RECOVERED if is_over else Ending.OPEN,
        reflexive=None if coin.backing is Backing.UNKNOWN else coin.reflexive,
        venues=depeg.venues,
    )


def row_of(past: PastDepeg) -> dict[str, Any]:
    """Return every column of a depeg's row."""
    return {
        "id": past.id,
        "asset": past.asset,
        "name": past.name or past.asset,
        "backing": past.backing.value,
        "side": past.side.value,
        "breadth": past.breadth.value,
        "start_ns": past.start,
        "began_ns": past.began,
        "trough_ns": past.trough_at,
        "trough_price_wad": None if past.trough_price is None else str(past.trough_price),
        "magnitude_bps": past.magnitude_bps,
        "end_ns": past.end,
        "hours": past.hours,
        "status": None if past.status is None else past.status.value,
        "confirmed_ns": past.confirmed_at,
        "ending": past.ending.value,
        "cause": past.cause,
        "redeemable": past.redeemable.value,
        "hit_share": past.hit_share,
        "reflexive": past.reflexive,
        "rails_closed": past.rails_closed,
        "minutes_below_json": msgspec.json.encode(past.minutes_below).decode(),
        "facts_json": msgspec.json.encode(past.facts).decode(),
        "origin": past.origin.value,
        "same_as": past.same_as,
    }


def from_row(row: Row[Any], venues: Sequence[str], path: Sequence[PathPoint]) -> PastDepeg:
    """Return the depeg of a row."""
    return PastDepeg(
        id=row.id,
        asset=row.asset,
        name=row.name,
        backing=Backing(row.backing),
        side=Side(row.side),
        breadth=Breadth(row.breadth),
        start=_moment(row.start_ns),
        trough_at=_moment(row.trough_ns),
        trough_price=None if row.trough_price_wad is None else Wad(int(row.trough_price_wad)),
        magnitude_bps=row.magnitude_bps,
        end=_moment(row.end_ns),
        hours=row.hours,
        status=None if row.status is None else Status(row.status),
        confirmed_at=_moment(row.confirmed_ns),
        ending=Ending(row.ending),
        cause=row.cause,
        redeemable=Redeemable(row.redeemable),
        hit_share=row.hit_share,
        reflexive=row.reflexive,
        rails_closed=row.rails_closed,
        venues=tuple(venues),
        minutes_below=msgspec.json.decode(row.minutes_below_json, type=_MinutesBelow),
        path=tuple(path),
        origin=Origin(row.origin),
        same_as=row.same_as,
        facts=msgspec.json.decode(row.facts_json, type=Facts),
    )


def venue_rows(past: PastDepeg) -> list[dict[str, Any]]:
    """Return the rows of its venues."""
    return [
        {"depeg_id": past.id, "place": place, "venue": venue}
        for place, venue in enumerate(past.venues)
    ]


def path_rows(depeg_id: str, path: Iterable[PathPoint]) -> list[dict[str, Any]]:
    """Return the rows of a path; of two points at one moment the later one stands."""
    at_once = {point.at: point.off_bps for point in path}
    return [{"depeg_id": depeg_id, "at_ns": at, "off_bps": off} for at, off in at_once.items()]


def _moment(value: int | None) -> Nanos | None:
    return None if value is None else Nanos(value)

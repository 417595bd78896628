"""Depegs as plain figures, for a line of JSON or a table."""

from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.coins import coin_of
from bot.domain.depegs import DepegChange
from bot.domain.units import WAD, Nanos
from bot.strategy.detection_verdicts import Verdict
from bot.strategy.judged_watch import DepegRecord

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS_PER_MICRO = 1_000


class TurnFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One turn in the life of a depeg."""

    at: str
    turn: str
    severity: str
    breadth: str
    status: str


class VerdictFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What was thought of it at one time."""

    at: str
    depeg_class: str = msgspec.field(name="class")
    probability_of_never: float
    vetoes: tuple[str, ...]
    recommended: bool
    ways: tuple[str, ...]


class EventFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One depeg; times in UTC, magnitudes in basis points of par."""

    asset: str
    start: str
    end: str | None  # None: it is not over
    direction: str
    severity: str
    trough_bps: float
    breadth: str
    status: str
    depeg_class: str | None = msgspec.field(name="class")
    probability_of_never: float | None  # the newest while it was active, as with all that follows
    vetoes: tuple[str, ...]
    recommended: bool
    ways: tuple[str, ...]
    backing: str
    id: str
    confirmed_at: str | None
    trough_at: str
    trough_price: str
    venues: tuple[str, ...]
    turns: tuple[TurnFigures, ...]  # but for its comings and goings
    verdicts: tuple[VerdictFigures, ...]


def figures_of(record: DepegRecord) -> EventFigures:
    """Return what is told of one depeg."""
    depeg, verdict = record.depeg, record.verdict
    told = None if verdict is None else _verdict(verdict)
    return EventFigures(
        asset=depeg.asset,
        start=shown(depeg.start),
        end=None if depeg.end is None else shown(depeg.end),
        direction=depeg.side.value,
        severity=depeg.severity.name.lower(),
        trough_bps=round(depeg.trough_bps, 3),
        breadth=depeg.breadth.value,
        status=depeg.status.value,
        depeg_class=None if told is None else told.depeg_class,
        probability_of_never=None if told is None else told.probability_of_never,
        vetoes=() if told is None else told.vetoes,
        recommended=told is not None and told.recommended,
        ways=() if told is None else told.ways,
        backing=coin_of(depeg.asset).backing.value,
        id=depeg.id,
        confirmed_at=None if depeg.confirmed_at is None else shown(depeg.confirmed_at),
        trough_at=shown(depeg.trough_at),
        trough_price=f"{depeg.trough_price / WAD:.6f}",
        venues=depeg.venues,
        turns=tuple(_turn(change) for change in record.changes),
        verdicts=tuple(_verdict(verdict) for verdict in record.verdicts),
    )


def shown(at: Nanos) -> str:
    """Return a time as ISO 8601 in UTC, to the microsecond where it has any."""
    moment = _EPOCH + timedelta(microseconds=at // _NANOS_PER_MICRO)
    return moment.isoformat().replace("+00:00", "Z")


def _turn(change: DepegChange) -> TurnFigures:
    depeg = change.depeg
    return TurnFigures(
        at=shown(change.at),
        turn=change.turn.value,
        severity=depeg.severity.name.lower(),
        breadth=depeg.breadth.value,
        status=depeg.status.value,
    )


def _verdict(verdict: Verdict) -> VerdictFigures:
    return VerdictFigures(
        at=shown(verdict.at),
        depeg_class=verdict.depeg_class.value,
        probability_of_never=round(verdict.never, 4),
        vetoes=tuple(veto.name.lower() for veto in verdict.vetoes),
        recommended=bool(verdict.ways),
        ways=tuple(way.value for way in verdict.ways),
    )

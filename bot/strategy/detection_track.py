"""One side of par of one asset: from the first crossing until the depeg is over.

Every value comes with the stretch of event time that it held for, and each turn is stamped with
the moment it became true. How a stretch is cut into pieces therefore changes nothing.
"""

import msgspec

from bot.domain.depegs import Depeg, DepegChange, Severity, Side, Status, Turn
from bot.domain.units import Nanos
from bot.strategy.detection_agreement import LOWEST_BPS, Agreement, DetectionParameters, wider
from bot.strategy.detection_course import Course


class DepegTrack:
    """The depeg of one asset on one side, or what may become one."""

    def __init__(self, asset: str, side: Side, parameters: DetectionParameters) -> None:
        """Start on the peg."""
        self._asset, self._side, self._parameters = asset, side, parameters
        self._candidate: Depeg | None = None  # it crossed, and has not held for long enough yet
        self._course = Course(parameters)
        self._quiet_since: Nanos | None = None
        self.depeg: Depeg | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way on this side."""
        return self.depeg is None and self._candidate is None

    def blind(self) -> None:
        """Take note that nothing is known for a while: no crossing holds, and no calm does."""
        self._candidate = None
        self._quiet_since = None

    def hold(self, agreed: Agreement, start: Nanos, end: Nanos) -> tuple[DepegChange, ...]:
        """Take in what held from `start` until `end`, and return the turns that it makes."""
        if self.depeg is None:
            return self._approach(agreed, start, end)
        turns, depeg = self._followed(self.depeg, agreed, start)
        self.depeg = depeg
        changes = tuple(DepegChange(turn=turn, depeg=depeg, at=start) for turn in turns)
        return changes + self._calm(agreed, start, end)

    def resolve(self, at: Nanos) -> tuple[DepegChange, ...]:
        """End the depeg: it has been quiet for long enough, or the other side has begun."""
        if self.depeg is None:
            return ()
        end = at if self._quiet_since is None else self._quiet_since
        over = msgspec.structs.replace(self.depeg, status=Status.RESOLVED, end=end)
        self.depeg = self._quiet_since = None
        return (DepegChange(turn=Turn.RESOLVED, depeg=over, at=at),)

    def _approach(self, agreed: Agreement, start: Nanos, end: Nanos) -> tuple[DepegChange, ...]:
        if agreed.bps < LOWEST_BPS:
            self._candidate = None
            return ()
        if self._candidate is None:
            self._candidate = _crossed(self._asset, self._side, agreed, start)
            self._course.begin(agreed.bps)
        else:
            _, self._candidate = self._followed(self._candidate, agreed, start)
        at = Nanos(self._candidate.start + self._parameters.hold)
        if end < at:
            return ()
        self.depeg, self._candidate = self._candidate, None
        self._quiet_since = None
        return _opening(self.depeg, at)

    def _followed(self, depeg: Depeg, agreed: Agreement, at: Nanos) -> tuple[list[Turn], Depeg]:
        """Return the depeg with a value in it, and the turns that the value makes."""
        turns: list[Turn] = []
        after = _with_observers(_with_trough(depeg, agreed, at), agreed, at)
        status = self._course.follow(agreed.bps)
        if (agreed.off_bps, status) != (depeg.off_bps, depeg.status):
            after = msgspec.structs.replace(after, off_bps=agreed.off_bps, status=status)
        if after.confirmed_at != depeg.confirmed_at:
            turns.append(Turn.CONFIRMED)
        elif after.breadth is not depeg.breadth:
            turns.append(Turn.WIDER)
        if after.severity is not depeg.severity:
            turns.append(Turn.SEVERER)
        if after.status is not depeg.status:
            turns.append(Turn(after.status.value))
        return turns, after

    def _calm(self, agreed: Agreement, start: Nanos, end: Nanos) -> tuple[DepegChange, ...]:
        if agreed.bps >= self._parameters.exit_bps:
            self._quiet_since = None
            return ()
        if self._quiet_since is None:
            self._quiet_since = start
        at = Nanos(self._quiet_since + self._parameters.quiet)
        return self.resolve(at) if at <= end else ()


def _crossed(asset: str, side: Side, agreed: Agreement, at: Nanos) -> Depeg:
    return Depeg(
        asset=asset,
        side=side,
        start=at,
        confirmed_at=at if len(agreed.venues) > 1 else None,
        off_bps=agreed.off_bps,
        trough_bps=agreed.bps,
        trough_price=agreed.price,
        trough_at=at,
        severity=_band(agreed.bps),
        breadth=agreed.breadth,
        status=Status.ACTIVE,
        venues=agreed.venues,
    )


def _opening(candidate: Depeg, at: Nanos) -> tuple[DepegChange, ...]:
    """It starts as it is by then: a band or an observer met on the way is no turn of its own."""
    started = DepegChange(turn=Turn.STARTED, depeg=candidate, at=at)
    if candidate.confirmed_at is None:
        return (started,)
    return (started, DepegChange(turn=Turn.CONFIRMED, depeg=candidate, at=at))


def _with_trough(depeg: Depeg, agreed: Agreement, at: Nanos) -> Depeg:
    if agreed.bps <= depeg.trough_bps:
        return depeg
    return msgspec.structs.replace(
        depeg,
        trough_bps=agreed.bps,
        trough_price=agreed.price,
        trough_at=at,
        severity=_band(agreed.bps),
    )


def _with_observers(depeg: Depeg, agreed: Agreement, at: Nanos) -> Depeg:
    new = tuple([venue for venue in agreed.venues if venue not in depeg.venues])
    breadth, confirmed_at = wider(depeg.breadth, agreed.breadth), depeg.confirmed_at
    if confirmed_at is None and len(agreed.venues) > 1:
        confirmed_at = at
    if not new and (breadth, confirmed_at) == (depeg.breadth, depeg.confirmed_at):
        return depeg
    return msgspec.structs.replace(
        depeg, venues=depeg.venues + new, breadth=breadth, confirmed_at=confirmed_at
    )


def _band(bps: float) -> Severity:
    return Severity.of(bps) or Severity.MINOR

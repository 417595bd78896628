"""Past depegs as the fit takes them: when they came back, between which hours, and together."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from bot.domain.past_depegs import Ending, PastDepeg
from bot.domain.units import NANOS_PER_S, Nanos
from bot.strategy.outlook import HORIZON_H
from bot.strategy.traits import Traits, traits_of_past

_HOUR_NS = 3_600 * NANOS_PER_S
_WATCHED_H = 365 * 24.0  # terminal ones were looked at for longer than that
_ROUNDING = 0.02  # hours told to the minute are still somebody's reading
_TOGETHER_NS = 3 * 24 * _HOUR_NS
_DATED_WITHIN_H = 48.0
# A recovery that nobody dated is taken for one within the horizon: later ones made news by it.
_WHOLE_DAY = "2000-01-01"


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """When one depeg came back: some time between `low_h` and `high_h`; None: not by `low_h`."""

    id: str
    traits: Traits
    low_h: float
    high_h: float | None
    episode: int  # events of one number hang together

    @property
    def is_never(self) -> bool:
        """Whether it counts as one that did not come back within the horizon."""
        return self.high_h is None or self.low_h > HORIZON_H

    @property
    def hours(self) -> float | None:
        """The middle of when it came back; None: it did not, or is not dated to within days."""
        if self.high_h is None or self.is_never or self.high_h - self.low_h > _DATED_WITHIN_H:
            return None
        return (self.low_h + self.high_h) / 2


def returns_of(past: Iterable[PastDepeg]) -> tuple[Return, ...]:
    """Return those whose ending is known, and that count once, in the order of their times."""
    counted = [p for p in past if p.ending.is_known and not p.same_as]
    counted.sort(key=lambda p: (p.began or 0, p.id))
    found, episode, before = [], 0, None
    for one in counted:
        began = one.began
        if began is None or before is None or began - before > _TOGETHER_NS:
            episode += 1
        before = began
        low_h, high_h = _hours_of(one)
        found.append(
            Return(
                id=one.id,
                traits=traits_of_past(one),
                low_h=low_h,
                high_h=high_h,
                episode=episode,
            )
        )
    return tuple(found)


def _hours_of(past: PastDepeg) -> tuple[float, float | None]:
    if past.ending is Ending.TERMINAL:
        return _WATCHED_H, None
    if past.ending is Ending.PARTIAL:
        return HORIZON_H, None  # off its peg at the last source, which may be as old as that
    if past.hours is not None:
        return past.hours * (1 - _ROUNDING), past.hours * (1 + _ROUNDING)
    if past.end is None or past.began is None:
        return 0.0, HORIZON_H
    if past.start is None:  # it began before its trough, nobody knows when
        return max(0.0, (past.end - _latest(past.began, past.facts.trough)) / _HOUR_NS), HORIZON_H
    low = (past.end - _latest(past.start, past.facts.start)) / _HOUR_NS
    high = (_latest(past.end, past.facts.end) - past.start) / _HOUR_NS
    return max(0.0, low), high


def _latest(earliest: Nanos, text: str) -> Nanos:
    """The latest moment that a date such as ``2022-06`` or ``2022-06-17`` allows."""
    if "T" in text:
        return earliest
    if len(text) == len(_WHOLE_DAY):
        return Nanos(earliest + 24 * _HOUR_NS)
    day = datetime.fromtimestamp(earliest // NANOS_PER_S, tz=UTC)
    if "H" in text:
        after = day + timedelta(days=184)
    elif len(text) == len("2000-01"):
        after = (day + timedelta(days=31)).replace(day=1)
    else:
        after = day.replace(year=day.year + 1)
    return Nanos(int(after.timestamp()) * NANOS_PER_S)

"""How often depegs came back, and how long it took, with how little that is known.

The list of past depegs is chosen: failures that became famous are over-represented, small ones
that came back by themselves are not in it. Read rates as counts.
"""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import Enum

import msgspec

from bot.domain.depegs import Severity
from bot.domain.past_depegs import Ending, PastDepeg
from bot.domain.units import Nanos
from bot.history.catalogue_rows import NANOS_PER_HOUR

_Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution
_GIVEN_UP = 90 * 24 * NANOS_PER_HOUR  # what is not back by then has not come back
_UNKNOWN = "unknown"
_ON_PAR = "inside its band"


class Grouping(Enum):
    """What depegs are told apart by."""

    MAGNITUDE = "magnitude"
    BACKING = "backing"
    REDEMPTION = "redemption"
    REFLEXIVE = "reflexive"
    BREADTH = "breadth"
    SIDE = "side"
    COIN = "coin"


class Reversions(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one group of depegs."""

    group: str
    counted: int  # of which it is known whether they came back
    recovered: int
    rate: float | None  # recovered of counted; None: none is counted
    low: float  # 95 % interval of the rate, Wilson's
    high: float
    timed: int  # of which the hours to recovery are known
    mean_hours: float | None
    median_hours: float | None
    unsettled: int  # still going on, or of unknown ending


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate; (0, 1) where nothing was tried.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference":
    the rates from which the observed one is at most 1.96 standard errors away.
    """
    if trials == 0:
        return 0.0, 1.0
    rate, spread = successes / trials, _Z_95 * _Z_95 / trials
    middle = (rate + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (rate * (1 - rate) + spread / 4)) / (1 + spread)
    low = 0.0 if successes == 0 else middle - half
    return low, 1.0 if successes == trials else middle + half


def came_back(depeg: PastDepeg, now: Nanos) -> bool | None:
    """Return whether a depeg recovered; None: not known yet. After 90 days it has not."""
    if depeg.ending is Ending.OPEN:
        given_up = depeg.began is not None and now - depeg.began > _GIVEN_UP
        return False if given_up else None
    return depeg.ending is Ending.RECOVERED if depeg.ending.is_known else None


def distinct(depegs: Iterable[PastDepeg]) -> tuple[PastDepeg, ...]:
    """Return the depegs that count: each event once, as the catalogue knows it where it does.

    What one observer alone said, and no other ever confirmed, is left out.
    """
    every = tuple(depegs)
    ids = {depeg.id for depeg in every}
    return tuple(depeg for depeg in every if depeg.is_certain and depeg.same_as not in ids)


def reversions(
    depegs: Iterable[PastDepeg], grouping: Grouping, now: Nanos
) -> tuple[Reversions, ...]:
    """Return what became of every group of depegs, each event counted once."""
    groups: dict[str, list[PastDepeg]] = defaultdict(list)
    for depeg in distinct(depegs):
        groups[_KEYS[grouping](depeg)].append(depeg)
    order = _order(grouping, groups)
    return tuple(_summed_up(group, groups[group], now) for group in order)


def _summed_up(group: str, depegs: list[PastDepeg], now: Nanos) -> Reversions:
    known = [back for depeg in depegs if (back := came_back(depeg, now)) is not None]
    recovered = sum(known)
    low, high = wilson(recovered, len(known))
    hours = [depeg.hours for depeg in depegs if depeg.hours is not None and came_back(depeg, now)]
    return Reversions(
        group=group,
        counted=len(known),
        recovered=recovered,
        rate=recovered / len(known) if known else None,
        low=low,
        high=high,
        timed=len(hours),
        mean_hours=statistics.fmean(hours) if hours else None,
        median_hours=statistics.median(hours) if hours else None,
        unsettled=len(depegs) - len(known),
    )


def _magnitude(depeg: PastDepeg) -> str:
    if depeg.magnitude_bps is None:
        return _UNKNOWN
    return _ON_PAR if depeg.severity is None else depeg.severity.name.lower()


def _reflexive(depeg: PastDepeg) -> str:
    return _UNKNOWN if depeg.reflexive is None else "yes" if depeg.reflexive else "no"


def _order(grouping: Grouping, groups: dict[str, list[PastDepeg]]) -> list[str]:
    if grouping is not Grouping.MAGNITUDE:
        return sorted(groups)
    bands = [_ON_PAR, *(band.name.lower() for band in Severity), _UNKNOWN]
    return [band for band in bands if band in groups]


_KEYS: dict[Grouping, Callable[[PastDepeg], str]] = {
    Grouping.MAGNITUDE: _magnitude,
    Grouping.BACKING: lambda depeg: depeg.backing.value,
    Grouping.REDEMPTION: lambda depeg: depeg.redeemable.value,
    Grouping.REFLEXIVE: _reflexive,
    Grouping.BREADTH: lambda depeg: depeg.breadth.value,
    Grouping.SIDE: lambda depeg: depeg.side.value,
    Grouping.COIN: lambda depeg: depeg.asset,
}

"""How good the chances were that a model gave to events it had not seen.

Sources: Brier 1950 (mean squared error of a probability); Wilson 1927 (interval of a share).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

_Z_OF_80 = 1.2816
_EDGES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What was said of one event by a fit to all others, and what came."""

    id: str
    never: float  # said
    low: float  # 80 % interval
    high: float
    base: float  # share of the others that never came back
    came: bool  # it did not come back
    median_hours: float  # said, if it comes back
    late_hours: float
    hours: float | None  # it took; None: it did not come back, or nobody dated it to days


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a reliability table."""

    low: float
    high: float
    events: int
    said: float  # mean
    came: float  # share
    came_low: float  # 80 % interval of the share: how little a few events say
    came_high: float


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """All forecasts together; lower scores are better."""

    events: int
    never: int
    brier: float
    brier_of_base: float  # of saying the share of the others each time
    log_loss: float
    log_loss_of_base: float
    skill: float  # 1 - brier / brier_of_base: 0 no better than the share, 1 perfect
    skill_low: float  # 80 % interval of the skill, from the spread of the differences
    skill_high: float
    reliability: tuple[Bin, ...]
    dated: int  # that came back after a known time
    by_median: int  # of those, within the median said: half of them should be
    by_late: int  # within the late hours said: nine of ten should be


def calibrate(forecasts: Sequence[Forecast]) -> Calibration:
    """Return the scores of forecasts.

    Raises:
        ValueError: there are none, or all of their base rates were right for certain.
    """
    if not forecasts:
        raise ValueError("no forecasts to score")
    brier = _mean([(f.never - f.came) ** 2 for f in forecasts])
    base = _mean([(f.base - f.came) ** 2 for f in forecasts])
    if not base:
        raise ValueError("a base rate that is never wrong leaves nothing to score against")
    dated = [(f, f.hours) for f in forecasts if f.hours is not None]
    better = [(f.base - f.came) ** 2 - (f.never - f.came) ** 2 for f in forecasts]
    spread = _Z_OF_80 * math.sqrt(_mean([(b - (base - brier)) ** 2 for b in better]) / len(better))
    return Calibration(
        events=len(forecasts),
        never=sum(f.came for f in forecasts),
        brier=brier,
        brier_of_base=base,
        log_loss=_mean([_surprise(f.never, came=f.came) for f in forecasts]),
        log_loss_of_base=_mean([_surprise(f.base, came=f.came) for f in forecasts]),
        skill=1 - brier / base,
        skill_low=(base - brier - spread) / base,
        skill_high=(base - brier + spread) / base,
        reliability=tuple(_bins(forecasts)),
        dated=len(dated),
        by_median=sum(hours <= f.median_hours for f, hours in dated),
        by_late=sum(hours <= f.late_hours for f, hours in dated),
    )


def _bins(forecasts: Sequence[Forecast]) -> list[Bin]:
    found = []
    for low, high in pairwise(_EDGES):
        top = high if high < 1.0 else math.inf
        held = [f for f in forecasts if low <= f.never < top]
        if not held:
            continue
        came = sum(f.came for f in held)
        least, most = wilson(came, len(held))
        found.append(
            Bin(
                low=low,
                high=high,
                events=len(held),
                said=_mean([f.never for f in held]),
                came=came / len(held),
                came_low=least,
                came_high=most,
            )
        )
    return found


def wilson(hits: int, trials: int, z: float = _Z_OF_80) -> tuple[float, float]:
    """Return the interval of a share; `z` deviations on either side, 80 % by default."""
    share, z2 = hits / trials, z * z
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    spread = math.sqrt(share * (1 - share) / trials + z2 / (4 * trials * trials))
    spread *= z / (1 + z2 / trials)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def _surprise(chance: float, *, came: bool) -> float:
    return -math.log(max(1e-12, chance if came else 1.0 - chance))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)

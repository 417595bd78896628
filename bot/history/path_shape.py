"""How alike the ways of two depegs are, for as long as both are known."""

import math
from bisect import bisect_right
from collections.abc import Sequence

from bot.domain.past_depegs import PathPoint
from bot.domain.units import Nanos

_SAMPLES = 40
_WINDOW = 8  # samples that one path may be ahead of the other
_LEAST_BPS = 5.0  # the lowest band: below it, moves are noise
_LEAST_POINTS = 3
_ON_PAR = PathPoint(Nanos(0), 0.0)


def thinned(path: Sequence[PathPoint], most: int) -> list[PathPoint]:
    """Return at most `most` points of a path: both ends, and the farthest off of equal stretches.

    `path` is in order of time; one that is short enough stays as it is.
    """
    if len(path) <= most:
        return list(path)
    first, last = path[0], path[-1]
    stretch = (last.at - first.at) // (most - 2) + 1
    farthest: dict[int, PathPoint] = {}
    for point in path[1:-1]:
        number = (point.at - first.at) // stretch
        if abs(point.off_bps) > abs(farthest.get(number, _ON_PAR).off_bps):
            farthest[number] = point
    return [first, *farthest.values(), last]


def shape_distance(one: Sequence[PathPoint], other: Sequence[PathPoint]) -> float | None:
    """Return 0 for the same way .. 1 for a far one; None: too little is known of one of them.

    Both are looked at from their own first point, for the shorter one's time: a depeg that goes on
    is held against the beginnings of others. Deviations count by their logarithm, and one path may
    be a fifth of that time ahead of the other (dynamic time warping).
    """
    if min(len(one), len(other)) < _LEAST_POINTS:
        return None
    lasts = min(path[-1].at - path[0].at for path in (one, other))
    gap = _warped(_sampled(one, lasts), _sampled(other, lasts))
    return gap / (1.0 + gap)


def _sampled(path: Sequence[PathPoint], lasts: int) -> list[float]:
    """Return the path's values, on a scale of logarithms, at equal steps of time."""
    times = [point.at for point in path]
    values = []
    for step in range(_SAMPLES):
        moment = path[0].at + lasts * step // (_SAMPLES - 1)
        off_bps = path[bisect_right(times, moment) - 1].off_bps
        values.append(math.asinh(off_bps / _LEAST_BPS))
    return values


def _warped(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the mean gap along the best pairing of samples.

    Source: Sakoe and Chiba 1978, "Dynamic Programming Algorithm Optimization for Spoken Word
    Recognition", with their band.
    """
    before = [0.0] + [math.inf] * len(other)
    for i, value in enumerate(one, start=1):
        row = [math.inf] * (len(other) + 1)
        for j in range(max(1, i - _WINDOW), min(len(other), i + _WINDOW) + 1):
            row[j] = abs(value - other[j - 1]) + min(before[j], before[j - 1], row[j - 1])
        before = row
    return before[-1] / max(len(one), len(other))

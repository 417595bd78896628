"""Which sources take part: fresh ones, none with more votes than the others, none that lies.

A source is judged among those of the same base. It is left out only where at least two other
venues agree with each other against it: where two disagree, nobody knows who is wrong.
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.market.kernels.source_columns import (
    CEX,
    FROZEN,
    ORACLE,
    OUTLIER,
    PAR,
    SILENT,
    STALE,
    USED,
    Answer,
    Columns,
    Floats,
    Ints,
    Rules,
)

_LARGEST_SHARE = 0.9  # of the other venues' votes together
_SPREAD = 4.0  # medians of what others are off by
_NEVER = 2**63 - 1
_EVER = -1


class Group(NamedTuple):
    """The rows of one base, from `start` to before `end`."""

    venue: Ints
    used: Floats
    gaps: Floats
    moved: Ints
    start: int
    end: int


@kernel
def take_fresh(rows: Columns, answer: Answer, now: int) -> int:
    """Write which rows take part at `now`; returns when the next of them goes stale."""
    until = _NEVER
    for row in range(rows.said.size):
        answer.used[row] = 0.0
        if rows.ready[row] == 0:
            answer.state[row] = SILENT
        elif now - rows.seen[row] > rows.limit[row]:
            answer.state[row] = STALE
        else:
            answer.state[row] = USED
            answer.used[row] = rows.votes[row]
            if rows.kind[row] != PAR:
                until = min(until, rows.seen[row] + rows.limit[row] + 1)
    return until


@kernel
def _end_of(rows: Columns, start: int) -> int:
    """Return where the rows of the same base end; a row of PAR is alone."""
    end = start + 1
    while end < rows.base.size and rows.base[end] == rows.base[start] and rows.kind[end] != PAR:
        end += 1
    return end


@kernel
def limit_votes(rows: Columns, answer: Answer) -> None:
    """Give no venue as many votes on a base as the others together, where there are three."""
    start = 0
    while start < rows.base.size:
        end = _end_of(rows, start)
        total = 0.0
        for row in range(start, end):
            total += answer.used[row]
        for row in range(start, end):
            own = 0.0
            for other in range(start, end):
                if rows.venue[other] == rows.venue[row]:
                    own += answer.used[other]
            if own > _LARGEST_SHARE * (total - own) > 0.0:
                _limit_venue(
                    Group(rows.venue, answer.used, answer.gaps, rows.moved, start, end),
                    row,
                    own,
                    total,
                )
        start = end


@kernel
def _limit_venue(group: Group, row: int, own: float, total: float) -> None:
    others = 0
    for other in range(group.start, group.end):
        if group.venue[other] != group.venue[row] and group.used[other] > 0.0:
            others += _is_first(group, other)
    if others >= 2:
        for other in range(group.start, group.end):
            if group.venue[other] == group.venue[row]:
                group.used[other] *= _LARGEST_SHARE * (total - own) / own


@kernel
def doubt(rows: Columns, rules: Rules, answer: Answer, now: int) -> tuple[int, int]:
    """Leave out outliers and frozen sources; returns how many, and when one may count as frozen."""
    found, until, start = 0, _NEVER, 0
    if _write_gaps(rows, answer) <= min(rules.outlier, rules.frozen):
        return found, until
    while start < rows.base.size:
        group = Group(rows.venue, answer.used, answer.gaps, rows.moved, start, _end_of(rows, start))
        middle = _middle_gap(group)
        far = max(rules.outlier, _SPREAD * middle)
        for row in range(group.start, group.end):
            if middle >= 0.0 and answer.gaps[row] > min(rules.outlier, rules.frozen):
                idle = rows.kind[row] == CEX and now - rows.moved[row] > rules.patience
                answer.state[row] = _verdict(group, row, far, rules.frozen if idle else np.inf)
                found += answer.state[row] != USED
                if rows.kind[row] == CEX and now - rows.moved[row] <= rules.patience:
                    until = min(until, rows.moved[row] + rules.patience + 1)
        start = group.end
    for row in range(rows.base.size):
        if answer.state[row] != USED:
            answer.used[row] = 0.0
    return found, until


@kernel
def _write_gaps(rows: Columns, answer: Answer) -> float:
    """Write how far prices in use are from the solution, below 0 for others; returns the most."""
    most = 0.0
    for row in range(rows.base.size):
        answer.gaps[row] = -1.0
        if answer.used[row] > 0.0 and rows.kind[row] <= ORACLE:
            gap = rows.said[row] - answer.x[rows.base[row]] + answer.x[rows.quote[row]]
            answer.gaps[row] = abs(gap)
            most = max(most, abs(gap))
    return most


@kernel
def _middle_gap(group: Group) -> float:
    """Return the lower median of what prices are off by; below 0 where there are not three."""
    count = 0
    for row in range(group.start, group.end):
        count += group.gaps[row] >= 0.0
    if count < 3:
        return -1.0
    middle = np.inf
    for row in range(group.start, group.end):
        nearer = 0
        for other in range(group.start, group.end):
            nearer += 0.0 <= group.gaps[other] <= group.gaps[row]
        if 2 * nearer >= count and 0.0 <= group.gaps[row] < middle:
            middle = group.gaps[row]
    return float(middle)


@kernel
def _verdict(group: Group, row: int, far: float, frozen: float) -> int:
    gap = group.gaps[row]
    if gap > far and _others_near(group, row, far / 2, _EVER) >= 2:
        return OUTLIER
    if gap > frozen and _others_near(group, row, frozen / 2, group.moved[row]) >= 2:
        return FROZEN
    return USED


@kernel
def _others_near(group: Group, row: int, near: float, since: int) -> int:
    """Return how many other venues are that near to the solution, and moved after `since`."""
    count = 0
    for other in range(group.start, group.end):
        counts = group.venue[other] != group.venue[row]
        counts = counts and 0.0 <= group.gaps[other] <= near
        if counts and group.moved[other] > since:
            count += _is_first(group, other)
    return count


@kernel
def _is_first(group: Group, row: int) -> bool:
    """Whether no row above it is of the same venue and in use, so that a venue counts once."""
    for other in range(group.start, row):
        if group.venue[other] == group.venue[row] and group.used[other] > 0.0:
            return False
    return True

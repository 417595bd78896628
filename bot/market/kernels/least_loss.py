"""The log prices that fit all sources best.

A source says `said`, the log of quote currency per base, and has votes. What is minimised is the
votes' sum of Huber losses of `said - (x[base] - x[quote])`: a weighted median over the whole web of
pairs, that averages sources within a tenth of a basis point. The dollar is at 0.

Source: P. J. Huber, Robust Statistics, 1981, 7.8, for the loss and its majoriser, which never
climbs; bolder steps, towards Newton's, are taken while they descend, as Levenberg and Marquardt do.
"""

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.market.kernels.hub_system import HUBER, System, assemble, solve_hubs, write_moved
from bot.market.kernels.source_columns import Columns, Floats

_STEPS = 100
_DONE = 1e-10  # of a log price: a millionth of a basis point
_BOLDER, _SHYER, _BOLDEST = 0.4, 5.0, 1e-6


@kernel
def _loss(rows: Columns, used: Floats, x: Floats) -> float:
    total = 0.0
    base, quote, said = rows.base, rows.quote, rows.said
    for row in range(used.size):
        if used[row] > 0.0:
            gap = abs(said[row] - x[base[row]] + x[quote[row]])
            if gap <= HUBER:
                total += used[row] * gap * gap * (0.5 / HUBER)
            else:
                total += used[row] * (gap - 0.5 * HUBER)
    return total


@kernel
def minimise(rows: Columns, used: Floats, system: System, x: Floats) -> int:
    """Move `x` to the least loss; returns how many steps that took."""
    new = np.empty_like(x)
    loss = _loss(rows, used, x)
    boldness = 1.0
    for count in range(_STEPS):
        assemble(system, rows, used, x, boldness)
        solve_hubs(system.matrix, system.right)
        write_moved(system, rows, x, new)
        reached = _loss(rows, used, new)
        moved = _distance(new, x)
        if reached <= loss:
            loss = reached
            _copy(new, x)
            boldness = max(boldness * _BOLDER, _BOLDEST)
        elif boldness >= 1.0:
            return count
        else:
            boldness = min(boldness * _SHYER, 1.0)
        if moved < _DONE:
            return count
    return _STEPS


@kernel
def _distance(one: Floats, other: Floats) -> float:
    most = 0.0
    for node in range(one.size):
        most = max(most, abs(one[node] - other[node]))
    return most


@kernel
def _copy(source: Floats, target: Floats) -> None:
    for node in range(source.size):
        target[node] = source[node]

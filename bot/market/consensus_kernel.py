"""Log prices of all currencies at once, from what sources say of pairs of them.

Each source says `y`, the log of quote currency per base, and has a vote. What is minimised is the
votes' sum of Huber losses of `y - (x[base] - x[quote])`, so the result is a weighted median that
averages sources within half a basis point; node 0, the dollar, is at 0. Currencies that something
is quoted in are hubs; the others meet hubs only and are eliminated first, so the cost grows with
the number of sources and with the square of the few hubs.

Huber loss and its majorisation: P. J. Huber, Robust Statistics, 1981, 7.8. The damping between
that and Newton's step is Levenberg's and Marquardt's.

All kernels that call each other are in this one file: numba compiles anew when it changes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.amm.kernels.compiling import entry, kernel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_HUBER = 5e-5  # sources within half a basis point are averaged, farther ones outvoted
_STEPS = 80
_DONE = 1e-10  # of a log price
_RIDGE = 1e-9  # keeps what nothing ties to the dollar where it is


class Columns(NamedTuple):
    """All sources; one row each."""

    base: Ints  # node
    quote: Ints  # node
    said: Floats  # log of quote currency per base
    votes: Floats  # 0: left out
    hub: Ints  # by node: its number among the hubs, the dollar's 0; -1: none
    hubs: int


class _System(NamedTuple):
    """A damped step's equations: hubs by `matrix`, the other nodes by `weights` and `ties`."""

    matrix: Floats
    right: Floats
    weights: Floats
    pulls: Floats
    ties: Floats


@kernel
def _off(rows: Columns, row: int, x: Floats) -> float:
    return float(rows.said[row] - x[rows.base[row]] + x[rows.quote[row]])


@kernel
def _loss(rows: Columns, x: Floats) -> float:
    total = 0.0
    for row in range(rows.said.size):
        if rows.votes[row] > 0.0:
            off = abs(_off(rows, row, x))
            if off <= _HUBER:
                total += rows.votes[row] * off * off * (0.5 / _HUBER)
            else:
                total += rows.votes[row] * (off - 0.5 * _HUBER)
    return total


@kernel
def _factorise(matrix: Floats) -> None:
    """Replace the lower half of hubs 1.. by Cholesky's factor."""
    for i in range(1, matrix.shape[0]):
        for j in range(1, i + 1):
            total = matrix[i, j]
            for k in range(1, j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                matrix[i, i] = np.sqrt(max(total, 1e-300))
            else:
                matrix[i, j] = total / matrix[j, j]


@kernel
def _solve_hubs(matrix: Floats, right: Floats) -> None:
    """Solve for hubs 1.. in place of `right`; hub 0 stays at 0."""
    _factorise(matrix)
    size = right.size
    for i in range(1, size):
        total = right[i]
        for k in range(1, i):
            total -= matrix[i, k] * right[k]
        right[i] = total / matrix[i, i]
    for i in range(size - 1, 0, -1):
        total = right[i]
        for k in range(i + 1, size):
            total -= matrix[k, i] * right[k]
        right[i] = total / matrix[i, i]
    right[0] = 0.0


@kernel
def _add(system: _System, rows: Columns, row: int, weight: float, pull: float) -> None:
    """Add a source that pulls its base up, its quote down."""
    node, q = rows.base[row], rows.hub[rows.quote[row]]
    b = rows.hub[node]
    system.matrix[q, q] += weight
    system.right[q] -= pull
    if b >= 0:
        system.matrix[b, b] += weight
        system.matrix[b, q] -= weight
        system.matrix[q, b] -= weight
        system.right[b] += pull
    else:
        system.weights[node] += weight
        system.ties[node, q] += weight
        system.pulls[node] += pull


@kernel
def _eliminate(system: _System, node: int) -> None:
    """Fold a node that is no hub into the hubs' equations."""
    hubs = system.right.size
    for i in range(hubs):
        if system.ties[node, i] > 0.0:
            share = system.ties[node, i] / system.weights[node]
            system.right[i] += share * system.pulls[node]
            for j in range(hubs):
                system.matrix[i, j] -= share * system.ties[node, j]


@kernel
def _step(rows: Columns, x: Floats, boldness: float, new: Floats) -> None:
    """Write to `new` where the damped step from `x` leads; at boldness 1 it is a majoriser's."""
    hubs, nodes = rows.hubs, x.size
    matrix, ties = np.zeros((hubs, hubs)), np.zeros((nodes, hubs))
    weights = np.full(nodes, _RIDGE)
    system = _System(matrix, np.zeros(hubs), weights, np.zeros(nodes), ties)
    for row in range(rows.said.size):
        if rows.votes[row] > 0.0:
            off = _off(rows, row, x)
            if abs(off) <= _HUBER:
                _add(system, rows, row, rows.votes[row] / _HUBER, rows.votes[row] * off / _HUBER)
            else:
                pull = rows.votes[row] if off > 0.0 else -rows.votes[row]
                _add(system, rows, row, boldness * rows.votes[row] / abs(off), pull)
    for node in range(nodes):
        if rows.hub[node] < 0:
            _eliminate(system, node)
    for i in range(hubs):
        matrix[i, i] += _RIDGE
    _solve_hubs(matrix, system.right)
    _write_moved(system, rows, x, new)


@kernel
def _write_moved(system: _System, rows: Columns, x: Floats, new: Floats) -> None:
    for node in range(x.size):
        if rows.hub[node] >= 0:
            new[node] = x[node] + system.right[rows.hub[node]]
        else:
            total = system.pulls[node]
            for i in range(rows.hubs):
                total += system.ties[node, i] * system.right[i]
            new[node] = x[node] + total / system.weights[node]


@entry
def solve_prices(rows: Columns) -> tuple[Floats, int]:
    """Return log prices by node, the dollar's 0, and the number of steps to them."""
    x = np.zeros(rows.hub.size)
    new = np.zeros(rows.hub.size)
    loss = _loss(rows, x)
    boldness = 1.0
    for count in range(_STEPS):
        _step(rows, x, boldness, new)
        reached = _loss(rows, new)
        moved = np.max(np.abs(new - x))
        if reached <= loss:
            loss = reached
            x[:] = new
            boldness = max(boldness * 0.4, 1e-6)
        elif boldness >= 1.0:
            return x, count
        else:
            boldness = min(boldness * 5.0, 1.0)
        if moved < _DONE:
            return x, count
    return x, _STEPS

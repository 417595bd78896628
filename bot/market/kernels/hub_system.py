"""One damped step of all log prices: its equations, and their solution.

Nodes that are no hub meet hubs only. They are eliminated first, so the cost grows with the number
of sources and, per node, with the square of the few hubs.
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.market.kernels.source_columns import Columns, Floats

HUBER = 5e-5  # sources within half a basis point are averaged, farther ones outvoted
_RIDGE = 1e-9  # keeps what nothing ties to the dollar where it is


class System(NamedTuple):
    """The equations: hubs by `matrix` and `right`, others by the rest; written by `assemble`."""

    matrix: Floats  # hub by hub
    right: Floats  # by hub
    weights: Floats  # by node, 0 of hubs
    pulls: Floats  # by node
    ties: Floats  # node by hub: parts of `weights`
    drags: Floats  # node by hub: parts of `pulls`


@kernel
def empty_system(nodes: int, hubs: int) -> System:
    """Return room for the equations."""
    return System(
        np.zeros((hubs, hubs)),
        np.zeros(hubs),
        np.zeros(nodes),
        np.zeros(nodes),
        np.zeros((nodes, hubs)),
        np.zeros((nodes, hubs)),
    )


@kernel
def off(rows: Columns, row: int, x: Floats) -> float:
    """Return how far above the solution a source is."""
    return float(rows.said[row] - x[rows.base[row]] + x[rows.quote[row]])


@kernel
def assemble(system: System, rows: Columns, used: Floats, x: Floats, boldness: float) -> None:
    """Write the equations of the step from `x`; at boldness 1 it is the majoriser's."""
    _clear(system)
    for row in range(used.size):
        if used[row] > 0.0:
            add(system, rows, used[row], boldness, row, off(rows, row, x))
    for node in range(x.size):
        if rows.hub[node] < 0:
            eliminate(system, node)


@kernel
def _clear(system: System) -> None:
    system.matrix[:] = 0.0
    system.right[:] = 0.0
    system.weights[:] = 0.0
    system.pulls[:] = 0.0
    system.ties[:] = 0.0
    system.drags[:] = 0.0


@kernel
def add(system: System, rows: Columns, votes: float, boldness: float, row: int, gap: float) -> None:  # noqa: PLR0913, PLR0917 -- numba takes no objects that change
    """Add a source, which pulls its base up and its quote down by the slope of its loss."""
    if abs(gap) <= HUBER:
        weight = votes / HUBER
        pull = weight * gap
    else:
        weight = boldness * votes / abs(gap)
        pull = votes if gap > 0.0 else -votes
    node, low = rows.base[row], rows.hub[rows.quote[row]]
    high = rows.hub[node]
    system.matrix[low, low] += weight
    system.right[low] -= pull
    if high >= 0:
        system.matrix[high, high] += weight
        system.matrix[high, low] -= weight
        system.matrix[low, high] -= weight
        system.right[high] += pull
    else:
        system.weights[node] += weight
        system.pulls[node] += pull
        system.ties[node, low] += weight
        system.drags[node, low] += pull


@kernel
def eliminate(system: System, node: int) -> None:
    """Fold a node that is no hub into the hubs' equations."""
    hubs = system.right.size
    for i in range(hubs):
        if system.ties[node, i] > 0.0:
            share = system.ties[node, i] / system.weights[node]
            system.right[i] += share * system.pulls[node]
            for j in range(hubs):
                system.matrix[i, j] -= share * system.ties[node, j]


@kernel
def _factorise(matrix: Floats) -> None:
    """Replace the lower half of hubs 1.. by Cholesky's factor, slightly damped."""
    for i in range(1, matrix.shape[0]):
        for j in range(1, i + 1):
            total = matrix[i, j]
            for k in range(1, j):
                total -= matrix[i, k] * matrix[j, k]
            if i == j:
                matrix[i, i] = np.sqrt(max(total, 0.0) + _RIDGE)
            else:
                matrix[i, j] = total / matrix[j, j]


@kernel
def solve_hubs(matrix: Floats, right: Floats) -> None:
    """Solve for hubs 1.. in place of `right`; hub 0 does not move."""
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
def write_moved(system: System, rows: Columns, x: Floats, new: Floats) -> None:
    """Write where solved equations lead from `x`."""
    for node in range(x.size):
        if rows.hub[node] >= 0:
            new[node] = x[node] + system.right[rows.hub[node]]
        elif system.weights[node] > 0.0:
            total = system.pulls[node]
            for i in range(system.right.size):
                total += system.ties[node, i] * system.right[i]
            new[node] = x[node] + total / system.weights[node]
        else:
            new[node] = x[node]

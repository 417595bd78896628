"""One damped step of all log prices: its equations, and their solution.

Nodes that are no hub meet hubs only. They are eliminated first, so the cost grows with the number
of sources and, per node, with the square of the few hubs.
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.market.kernels.source_columns import Columns, Floats, Ints

HUBER = 1e-5  # sources within a tenth of a basis point are averaged, farther ones outvoted
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
def count_hubs(hub: Ints) -> int:
    """Return how many nodes are hubs."""
    count = 0
    for node in range(hub.size):
        count += hub[node] >= 0
    return count


@kernel
def empty_system(hub: Ints) -> System:
    """Return room for the equations of these nodes."""
    nodes, hubs = hub.size, count_hubs(hub)
    return System(
        np.zeros((hubs, hubs)),
        np.zeros(hubs),
        np.zeros(nodes),
        np.zeros(nodes),
        np.zeros((nodes, hubs)),
        np.zeros((nodes, hubs)),
    )


@kernel
def assemble(system: System, rows: Columns, used: Floats, x: Floats, boldness: float) -> None:
    """Write the equations of the step from `x`; at boldness 1 it is the majoriser's.

    A source pulls its base up and its quote down by the slope of its loss.
    """
    _clear(system)
    for row in range(used.size):
        votes = used[row]
        if votes > 0.0:
            node, low = rows.base[row], rows.low[row]
            gap = rows.said[row] - x[node] + x[rows.quote[row]]
            size = max(abs(gap), HUBER)
            pull = votes * gap / size
            weight = (votes if size == HUBER else boldness * votes) / size
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
    _eliminate(system, rows.hub)


@kernel
def _clear(system: System) -> None:
    for i in range(system.right.size):
        system.right[i] = 0.0
        for j in range(system.right.size):
            system.matrix[i, j] = 0.0
    for node in range(system.weights.size):
        system.weights[node] = 0.0
        system.pulls[node] = 0.0
        for i in range(system.right.size):
            system.ties[node, i] = 0.0
            system.drags[node, i] = 0.0


@kernel
def _eliminate(system: System, hub: Ints) -> None:
    """Fold the nodes that are no hub into the hubs' equations."""
    hubs = system.right.size
    for node in range(hub.size):
        if hub[node] < 0:
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

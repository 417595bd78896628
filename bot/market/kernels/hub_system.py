"""One damped step of all log prices: its equations, and their solution.

Nodes that are no hub meet hubs only. They are eliminated first, so the cost grows with the number
of sources and, per node, with the square of the few hubs.

Arrays are taken out of their tuples before a loop: inside, each use would be counted as a reference
and cost more than the arithmetic.
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
    matrix, right, weights, pulls, ties, drags = system
    for one in (right, weights, pulls):
        _clear(one)
    for each in (matrix, ties, drags):
        _clear_all(each)
    base, quote, lows, said, hub = rows.base, rows.quote, rows.low, rows.said, rows.hub
    for row in range(used.size):
        votes = used[row]
        if votes > 0.0:
            node, low = base[row], lows[row]
            gap = said[row] - x[node] + x[quote[row]]
            size = max(abs(gap), HUBER)
            pull = votes * gap / size
            weight = (votes if size == HUBER else boldness * votes) / size
            high = hub[node]
            matrix[low, low] += weight
            right[low] -= pull
            if high >= 0:
                matrix[high, high] += weight
                matrix[high, low] -= weight
                matrix[low, high] -= weight
                right[high] += pull
            else:
                weights[node] += weight
                pulls[node] += pull
                ties[node, low] += weight
                drags[node, low] += pull
    _eliminate(system, hub)


@kernel
def _clear(values: Floats) -> None:
    for i in range(values.size):
        values[i] = 0.0


@kernel
def _clear_all(values: Floats) -> None:
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            values[i, j] = 0.0


@kernel
def _eliminate(system: System, hub: Ints) -> None:
    """Fold the nodes that are no hub into the hubs' equations."""
    matrix, right, weights, pulls, ties, _ = system
    hubs = right.size
    for node in range(hub.size):
        if hub[node] < 0:
            for i in range(hubs):
                if ties[node, i] > 0.0:
                    share = ties[node, i] / weights[node]
                    right[i] += share * pulls[node]
                    for j in range(hubs):
                        matrix[i, j] -= share * ties[node, j]


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
    _, right, weights, pulls, ties, _ = system
    hub = rows.hub
    for node in range(x.size):
        if hub[node] >= 0:
            new[node] = x[node] + right[hub[node]]
        elif weights[node] > 0.0:
            total = pulls[node]
            for i in range(right.size):
                total += ties[node, i] * right[i]
            new[node] = x[node] + total / weights[node]
        else:
            new[node] = x[node]

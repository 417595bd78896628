"""What the others are worth without one coin's own sources.

A venue that quotes a coin in another currency says something about the coin only as far as that
currency's worth is known from elsewhere. So each coin's sources are priced by a solution that
leaves all rows of that coin out, by one step of weighted least squares with the weights of the
whole solution.
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.market.kernels.hub_system import (
    System,
    assemble,
    count_hubs,
    empty_system,
    solve_hubs,
    write_moved,
)
from bot.market.kernels.source_columns import PAR, Answer, Columns, Floats, Ints


class Web(NamedTuple):
    """Who is tied to whom by sources in use."""

    links: Ints  # hub by hub: how many pairs or other nodes tie them
    meets: Ints  # node by hub, 0 of hubs: how many pairs


@kernel
def weave(rows: Columns, answer: Answer) -> Web:
    """Return the ties of all rows in use."""
    hubs, nodes = count_hubs(rows.hub), answer.x.size
    web = Web(np.zeros((hubs, hubs), np.int64), np.zeros((nodes, hubs), np.int64))
    for row in range(answer.used.size):
        if answer.used[row] > 0.0 and rows.kind[row] != PAR:
            low, node = rows.hub[rows.quote[row]], rows.base[row]
            high = rows.hub[node]
            if high >= 0:
                web.links[low, high] += 1
                web.links[high, low] += 1
            else:
                web.meets[node, low] += 1
    for node in range(nodes):
        _link(web, node, 1)
    return web


@kernel
def _link(web: Web, node: int, by: int) -> None:
    """Count a node that is no hub among the ties of every two hubs that it meets."""
    hubs = web.links.shape[0]
    for i in range(hubs):
        for j in range(hubs):
            if i != j and web.meets[node, i] > 0 and web.meets[node, j] > 0:
                web.links[i, j] += by


@kernel
def reached_without(rows: Columns, web: Web, node: int, reached: Ints) -> None:
    """Write which hubs sources tie to the coin's par currency without the coin."""
    for i in range(reached.size):
        reached[i] = 0
    if rows.home[node] < 0:
        return
    leave = rows.hub[node]
    if leave < 0:
        _link(web, node, -1)
    reached[rows.hub[rows.home[node]]] = 1
    for _ in range(reached.size):
        _spread(web, leave, reached)
    if leave < 0:
        _link(web, node, 1)


@kernel
def _spread(web: Web, leave: int, reached: Ints) -> None:
    for i in range(reached.size):
        if reached[i] == 1:
            for j in range(reached.size):
                if j != leave and web.links[i, j] > 0:
                    reached[j] = 1


@kernel
def solve_without(rows: Columns, answer: Answer, whole: System, node: int, out: Floats) -> None:
    """Write log prices without the rows of `node`; of `whole`, the equations at the solution."""
    if rows.hub[node] >= 0:
        _solve_without_hub(rows, answer, node, out)
        return
    for other in range(out.size):
        out[other] = answer.x[other]
    if _hubs_met(whole, node) < 2:  # nothing leans on a coin that is quoted in one currency
        return
    matrix, right = whole.matrix.copy(), whole.right.copy()
    for i in range(right.size):
        share = whole.ties[node, i] / whole.weights[node]
        right[i] += whole.drags[node, i] - share * whole.pulls[node]
        matrix[i, i] -= whole.ties[node, i]
        for j in range(right.size):
            matrix[i, j] += share * whole.ties[node, j]
    solve_hubs(matrix, right)
    for other in range(out.size):
        if rows.hub[other] >= 0:
            out[other] += right[rows.hub[other]]


@kernel
def _hubs_met(whole: System, node: int) -> int:
    count = 0
    for i in range(whole.right.size):
        count += whole.ties[node, i] > 0.0
    return count


@kernel
def _solve_without_hub(rows: Columns, answer: Answer, node: int, out: Floats) -> None:
    used = np.empty_like(answer.used)
    for row in range(used.size):
        touches = rows.base[row] == node or rows.quote[row] == node
        used[row] = 0.0 if touches else answer.used[row]
    system = empty_system(rows.hub)
    assemble(system, rows, used, answer.x, 1.0)
    solve_hubs(system.matrix, system.right)
    write_moved(system, rows, answer.x, out)

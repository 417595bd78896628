"""The best single cycles of a market, with none left out.

At any prices a cycle gains at most the sum of what its pools' own best trades are worth, and it
gains only if its rates, compared with the prices, multiply to more than one. Ways are sorted by
that worth, best first, and a cycle is begun with its best way. A path is sized on its own, its ends
compared by price; what its missing ways are worth at most bounds what it can still become. Paths
that cannot become one of the best known cycles any more are left.
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.path_optimum import best_input
from bot.amm.kernels.row_layout import Floats, Places, Rows
from bot.amm.kernels.ways import FROM, POOL, TO, Ways


class Best(NamedTuple):
    """The best cycles so far, best first; places that gain nothing are not used yet."""

    hops: Places  # cycle by hop: row, coin in, coin out
    lengths: Places
    gains: Floats  # before gas, in worth
    nets: Floats  # after gas


class Path(NamedTuple):
    """Ways taken so far, by depth."""

    ways: Places
    nexts: Places  # where to go on among the ways that leave from there
    limits: Places  # and where they end
    worth: Floats  # of the path on its own, at most, after gas
    gas: Floats
    rate: Floats
    hops: Places
    paid: Floats


@entry
def search_cycles(rows: Rows, prices: Floats, ways: Ways, best: Best) -> int:
    """Fill `best` with the best cycles made of `ways`, of as many hops as it has room for.

    Returns how many paths were sized.
    """
    longest = best.hops.shape[1]
    path, sized = _path_of(longest), 0
    for first in range(len(ways.worth)):
        if ways.worth[first] * longest <= best.nets[-1]:
            break
        _push(ways, path, 0, first)
        path.worth[0] = ways.worth[first]
        sized += _search_from(rows, prices, ways, path, best)
    return sized


@kernel
def _path_of(longest: int) -> Path:
    places, amounts = np.zeros((3, longest + 1), np.int64), np.zeros((4, longest))
    hops = np.zeros((longest, 3), np.int64)
    return Path(
        places[0], places[1], places[2], amounts[0], amounts[1], amounts[2], hops, amounts[3]
    )


@kernel
def _push(ways: Ways, path: Path, depth: int, way: int) -> None:
    """Let the path take `way`, and go on from its end."""
    tokens, end = ways.most_worth.shape[1], ways.ends[way, TO]
    path.ways[depth], path.gas[depth], path.rate[depth] = way, ways.gas[way], ways.rate[way]
    for column in range(3):
        path.hops[depth, column] = ways.ends[way, column]
    if depth > 0:
        path.gas[depth] += path.gas[depth - 1]
        path.rate[depth] += path.rate[depth - 1]
    path.nexts[depth + 1] = ways.first[end * tokens]
    path.limits[depth + 1] = ways.first[(end + 1) * tokens]


@kernel
def _search_from(rows: Rows, prices: Floats, ways: Ways, path: Path, best: Best) -> int:
    """Size every cycle that begins with the path's first way and can still be among the best."""
    start, sized, depth = ways.ends[path.ways[0], FROM], 0, 1
    while depth > 0:
        if path.nexts[depth] >= path.limits[depth]:
            depth -= 1
            continue
        way = ways.sorted[path.nexts[depth]]
        end, more = ways.ends[way, TO], len(path.hops) - depth - 1
        tail = 0.0 if end == start else ways.most_worth[more, end, start]
        if path.worth[depth - 1] + ways.worth[way] + tail <= best.nets[-1]:
            path.nexts[depth] = _next_pair(ways, way)  # those to the same end are worth less still
            continue
        path.nexts[depth] += 1
        steepest = 0.0 if end == start else ways.most_rate[more, end, start]
        if path.rate[depth - 1] + ways.rate[way] + steepest <= 0.0:
            continue
        if _is_taken(ways, path, depth, way):
            continue
        _push(ways, path, depth, way)
        sized += 1
        worth = best_input(rows, path.hops[: depth + 1], prices[end] / prices[start], path.paid)
        path.worth[depth] = worth * prices[start] - path.gas[depth]
        if path.worth[depth] + tail <= best.nets[-1]:
            continue
        if end == start:
            _keep(path, depth, best)
        else:
            depth += 1
    return sized


@kernel
def _next_pair(ways: Ways, way: int) -> int:
    """Return where the ways between the next pair of tokens begin."""
    pair = ways.ends[way, FROM] * ways.most_worth.shape[1] + ways.ends[way, TO]
    following: int = ways.first[pair + 1]
    return following


@kernel
def _is_taken(ways: Ways, path: Path, depth: int, way: int) -> bool:
    """Return whether the way must not follow.

    Its pool or, but for the start, its end is on the path already, or it should have come first.
    """
    if way <= path.ways[0]:
        return True
    pool, token = ways.ends[way, POOL], ways.ends[way, TO]
    for at in range(depth):
        taken = path.ways[at]
        if ways.ends[taken, POOL] == pool or ways.ends[taken, TO] == token:
            return True
    return False


@kernel
def _keep(path: Path, depth: int, best: Best) -> None:
    """Put the path, a cycle now, among the best: it is better than the last of them."""
    at = len(best.nets) - 1
    while at > 0 and best.nets[at - 1] < path.worth[depth]:
        best.lengths[at], best.gains[at] = best.lengths[at - 1], best.gains[at - 1]
        best.nets[at] = best.nets[at - 1]
        for hop in range(best.hops.shape[1]):
            for column in range(3):
                best.hops[at, hop, column] = best.hops[at - 1, hop, column]
        at -= 1
    best.lengths[at], best.nets[at] = depth + 1, path.worth[depth]
    best.gains[at] = path.worth[depth] + path.gas[depth]
    for hop in range(depth + 1):
        for column in range(3):
            best.hops[at, hop, column] = path.hops[hop, column]

"""The best single cycles of a solved market, sized."""

import msgspec
import numpy as np

from bot.amm.dual_search import DualSearch
from bot.amm.flat_market import FlatMarket
from bot.amm.graph import Hop
from bot.amm.kernels.cycle_search import Best, search_cycles
from bot.amm.kernels.row_layout import COINS, OWNER, Floats, Places
from bot.amm.kernels.ways import ENDS_WIDTH, FROM, POOL, TO, Ways, list_ways


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A single cycle at its best size; no pool and no token twice."""

    hops: tuple[Hop, ...]  # the first may be any of them: the trip can be entered anywhere
    gain: float  # whole numeraire at the solution's prices, before gas


def best_cycles(search: DualSearch, ways: Ways, max_hops: int, count: int) -> tuple[RoundTrip, ...]:
    """Return the best cycles made of `ways` after their gas, best first; gains only.

    `ways` were listed for as many hops, at the present prices.
    """
    best = Best(
        hops=np.zeros((count, max_hops, 3), np.int64),
        lengths=np.zeros(count, np.int64),
        gains=np.zeros(count),
        nets=np.zeros(count),
    )
    if len(ways.worth):
        search_cycles(search.market.rows(), search.prices, ways, best)
    return _round_trips(best, search.market)


def listed_ways(search: DualSearch, rows: Places, gas: Floats, max_hops: int) -> Ways:
    """Return the ways through `rows` after `gas` by pool, ranked, at the present prices."""
    values = search.worth_at(rows)
    view, tokens = search.market.rows(rows), len(search.prices)
    coins = view.places[rows, COINS]
    ends = np.empty((int((coins * (coins - 1)).sum()), ENDS_WIDTH), np.int64)
    rates = np.empty(len(ends))
    found = list_ways(view, search.prices, ends, rates)
    ends, rates = ends[:found], rates[:found]
    charges = gas[ends[:, POOL]]
    # A way that does not beat the prices at first is worth nothing at any size.
    worth = np.where(rates > 0.0, values[ends[:, 0]], 0.0) - charges
    rank = np.lexsort((-rates, -worth))
    ends, rates, worth = ends[rank], rates[rank], worth[rank]
    pairs = ends[:, FROM] * tokens + ends[:, TO]
    by_pair = np.argsort(pairs, kind="stable")
    return Ways(
        ends,
        worth,
        rates,
        charges[rank],
        by_pair,
        np.searchsorted(pairs[by_pair], np.arange(tokens * tokens + 1)),
        _most_along(pairs, worth, tokens, max_hops),
        _most_along(pairs, rates, tokens, max_hops),
    )


def _most_along(pairs: Places, values: Floats, tokens: int, max_hops: int) -> Floats:
    """Return the largest sum of `values` over paths of up to so many ways, by start and end."""
    single = np.full(tokens * tokens, -np.inf)
    np.maximum.at(single, pairs, values)
    most = np.full((max(max_hops, 2), tokens, tokens), -np.inf)
    most[1] = single.reshape(tokens, tokens)
    for ways in range(2, max_hops):
        through = (most[1][:, :, None] + most[ways - 1][None, :, :]).max(axis=1)
        most[ways] = np.maximum(most[ways - 1], through)
    return most


def _round_trips(best: Best, market: FlatMarket) -> tuple[RoundTrip, ...]:
    """Return the cycles of the table, by pool and coin."""
    owners = market.rows().places[:, OWNER]
    found = []
    for at in range(int(np.count_nonzero(best.nets))):
        length = int(best.lengths[at])
        hops = []
        for row, i, j in best.hops[at, :length].tolist():
            coins = market.coins_of(row)
            hops.append(Hop(pool=market.pools[owners[row]], i=coins[i], j=coins[j]))
        found.append(RoundTrip(hops=tuple(hops), gain=float(best.gains[at])))
    return tuple(found)

"""The best single cycles of a solved market, sized."""

import msgspec
import numpy as np

from bot.amm.flat_market import FlatMarket
from bot.amm.graph import Hop
from bot.amm.kernels.cycle_search import Best
from bot.amm.kernels.row_layout import OWNER


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A single cycle at its best size; no pool and no token twice."""

    hops: tuple[Hop, ...]  # the first may be any of them: the trip can be entered anywhere
    paid: tuple[float, ...]  # whole coins into each hop
    gain: float  # whole numeraire at the solution's prices, before gas


def room_for(count: int, max_hops: int) -> Best:
    """Return an empty table of `count` cycles of up to `max_hops` hops."""
    return Best(
        hops=np.zeros((count, max_hops, 3), np.int64),
        lengths=np.zeros(count, np.int64),
        paid=np.zeros((count, max_hops)),
        gains=np.zeros(count),
        nets=np.zeros(count),
    )


def round_trips(best: Best, market: FlatMarket) -> tuple[RoundTrip, ...]:
    """Return the cycles of the table, by pool and coin."""
    owners = market.rows().places[:, OWNER]
    found = []
    for at in range(int(np.count_nonzero(best.nets))):
        length = int(best.lengths[at])
        hops = []
        for row, i, j in best.hops[at, :length].tolist():
            coins = market.coins_of(row)
            hops.append(Hop(pool=market.pools[owners[row]], i=coins[i], j=coins[j]))
        paid = tuple(best.paid[at, :length].tolist())
        found.append(RoundTrip(hops=tuple(hops), paid=paid, gain=float(best.gains[at])))
    return tuple(found)

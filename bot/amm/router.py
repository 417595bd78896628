"""The best trade over all pools of a market at once, with a proof of how good it is.

The prices that make the dual function least are found first (`bot.amm.dual_search`); what every
pool does at them adds up to the best set of swaps, and the dual function's value there bounds what
any set of swaps could earn.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from bot.amm.dual_search import DualSearch, Found
from bot.amm.flat_market import FlatMarket
from bot.amm.graph import Hop
from bot.amm.kernels.row_layout import OWNER, Floats, Places
from bot.amm.pool import Pool
from bot.domain.assets import Token
from bot.domain.venues import PoolSpec

Flows = dict[PoolSpec, tuple[float, ...]]

_WRONG = 1e-4  # gap from which the search starts again


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of all tokens and what every used pool does at them, in whole numeraire coins."""

    tokens: tuple[Token, ...]
    prices: tuple[float, ...]  # whole numeraire per whole coin, by place in `tokens`; 0: no market
    flows: Flows  # whole coins by coin of the pool, positive out of the pool; used pools only
    depths: Flows  # d flow / d price of each coin: how much deviation a leg there absorbs
    shares: dict[PoolSpec, float]  # of the bound; at most what dropping the pool would lose
    bound: float  # no set of swaps on the pools searched earns more, before gas
    value: float  # of `flows` before gas, shortfalls charged at `prices`
    gas_bound: float | None = None  # no set of swaps on any pools earns more after gas
    cold: bool = False  # the last block's prices did not lead to the optimum

    @property
    def gap(self) -> float:
        """Part of the bound that `flows` do not reach; above 1e-4 something is wrong."""
        return max(self.bound - self.value, 0.0) / max(self.bound, 1.0)


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A single cycle at its best size; no pool and no token twice."""

    hops: tuple[Hop, ...]  # the first may be any of them: the trip can be entered anywhere
    paid: tuple[float, ...]  # whole coins into each hop
    gain: float  # whole numeraire at the solution's prices, before gas


class Router:
    """Searches one market block after block, each time from where the last block ended.

    Not for two threads at once; the compiled parts leave the interpreter free to run others.
    """

    def __init__(self, pools: Sequence[PoolSpec], numeraire: Token) -> None:
        self.pools = tuple(pools)
        self.numeraire = numeraire
        self._market = FlatMarket(pools, numeraire)
        self._search = DualSearch(self._market)
        self._fresh = True  # nothing was solved yet

    def refresh(self, pools: Mapping[PoolSpec, Pool]) -> None:
        """Take the state of a block; a pool that is not in `pools` is out of the market."""
        self._market.refresh(pools)

    def solve(self) -> Solution:
        """Return the optimum without gas."""
        rows = self._search.live_rows()
        if not len(rows):
            return self._solution_of(rows, Found(0.0, 0.0), cold=False)
        found = self._search.run_cold(rows) if self._fresh else self._search.run(rows)
        wrong = found.bound - found.value > _WRONG * max(found.bound, 1.0)
        if wrong and not self._fresh:
            found = self._search.run_cold(rows)
        solution = self._solution_of(rows, found, cold=wrong)
        self._fresh = False
        return solution

    def _solution_of(self, rows: Places, found: Found, *, cold: bool) -> Solution:
        search = self._search
        used = search.used_pools(rows)
        owners = self._market.rows().places[rows, OWNER]
        kept = rows[used[owners]]
        worth = search.worth_by_pool(rows)
        return Solution(
            tokens=self._market.tokens,
            prices=tuple(search.prices.tolist()),
            flows=self._by_pool(kept, search.flows),
            depths=self._by_pool(kept, search.depths(kept)),
            shares={self.pools[place]: float(worth[place]) for place in np.flatnonzero(used)},
            bound=found.bound,
            value=found.value,
            cold=cold,
        )

    def _by_pool(self, rows: Places, amounts: Floats) -> Flows:
        """Add up the rows of each pool, by the pool's own coins."""
        owners = self._market.rows().places[rows, OWNER]
        sums = {place: [0.0] * len(self.pools[place].tokens) for place in owners.tolist()}
        for row, place in zip(rows.tolist(), owners.tolist(), strict=True):
            for at, coin in enumerate(self._market.coins_of(row)):
                sums[place][coin] += float(amounts[row, at])
        return {self.pools[place]: tuple(flows) for place, flows in sums.items()}

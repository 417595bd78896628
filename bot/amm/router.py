"""The best trade over all pools of a market at once, with a proof of how good it is."""

from collections.abc import Mapping, Sequence

import msgspec

from bot.amm.graph import Hop
from bot.amm.pool import Pool
from bot.domain.assets import Token
from bot.domain.venues import PoolSpec

Flows = dict[PoolSpec, tuple[float, ...]]


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of all tokens and what every used pool does at them, in whole numeraire coins."""

    tokens: tuple[Token, ...]
    prices: tuple[float, ...]  # whole numeraire per whole coin, by place in `tokens`
    flows: Flows  # whole coins by coin of the pool, positive out of the pool; used pools only
    depths: Flows  # d flow / d price of each coin: how much deviation a leg there absorbs
    shares: dict[PoolSpec, float]  # of the bound; at most what dropping the pool would lose
    bound: float  # no set of swaps on these pools earns more, before gas
    value: float  # of `flows` before gas, shortfalls charged at `prices`
    gas_bound: float | None = None  # likewise after gas, where gas was counted
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

    def refresh(self, pools: Mapping[PoolSpec, Pool]) -> None:
        """Take the state of a block; a pool that is not in `pools` is out of the market."""
        raise NotImplementedError

    def solve(self) -> Solution:
        """Return the optimum without gas."""
        raise NotImplementedError

    def pruned(self, gas: Mapping[PoolSpec, float], most_pools: int) -> Solution:
        """Return the best found of at most `most_pools` pools that each pay their own gas.

        `gas` is in whole numeraire coins per pool used; a pool without an entry costs nothing.
        """
        raise NotImplementedError

    def best_cycles(
        self, gas: Mapping[PoolSpec, float], max_hops: int, count: int
    ) -> tuple[RoundTrip, ...]:
        """Return the `count` best single cycles by gain less gas, best first; gains only."""
        raise NotImplementedError

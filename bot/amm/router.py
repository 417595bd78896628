"""The best trade over all pools of a market at once, with a proof of how good it is.

The prices that make the dual function least are found first (`bot.amm.dual_search`); what every
pool does at them adds up to the best set of swaps, and the dual function's value there bounds what
any set of swaps could earn.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from bot.amm.cycles import RoundTrip, best_cycles, listed_ways
from bot.amm.dual_search import DualSearch, Found
from bot.amm.flat_market import FlatMarket
from bot.amm.graph import Hop
from bot.amm.kernels.row_layout import MOST_COINS, OWNER, Floats, Places
from bot.amm.kernels.subset_search import Mask
from bot.amm.kernels.ways import Ways
from bot.amm.path_sizing import SizedPath
from bot.amm.pool import Pool
from bot.amm.pruning import Pruning
from bot.domain.assets import Token
from bot.domain.venues import PoolSpec

Flows = dict[PoolSpec, tuple[float, ...]]

_PLAIN = [tuple(range(coins)) for coins in range(MOST_COINS + 1)]
_SEEDS, _SEED_HOPS = 2, 3  # cycles that pruning starts from as well
_WRONG = 1e-4  # gap from which the search starts again


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of all tokens and what every used pool does at them, in whole numeraire coins."""

    tokens: tuple[Token, ...]
    prices: tuple[float, ...]  # whole numeraire per whole coin, by place in `tokens`; 0: no market
    flows: Flows  # whole coins by coin of the pool, positive out of the pool; used pools only
    depths: Flows  # d flow / d price of each coin: how much deviation a leg there absorbs
    shares: dict[PoolSpec, float]  # of the bound; at most what dropping the pool would lose
    bound: float  # no set of swaps on any pools earns more, before gas
    value: float  # of `flows` before gas, shortfalls charged at `prices`
    gap: float  # part of the bound that the search of all pools missed; above 1e-4 it has failed
    gas_bound: float | None = None  # no set of swaps on any pools earns more after gas
    cold: bool = False  # the last block's prices did not lead to the optimum


class _Whole(msgspec.Struct, frozen=True):
    """What was found on all pools."""

    rows: Places
    found: Found
    cold: bool


class Router:
    """Searches one market block after block, each time from where the last block ended.

    Not for two threads at once; the compiled parts leave the interpreter free to run others.
    """

    def __init__(self, pools: Sequence[PoolSpec], numeraire: Token) -> None:
        self.pools = tuple(pools)
        self.numeraire = numeraire
        self._market = FlatMarket(pools, numeraire)
        self._search = DualSearch(self._market)
        self._fresh = True  # no prices yet to start from
        self._whole: _Whole | None = None
        self._flows_are_whole = False  # those that the search holds
        self._ways: dict[tuple[int, bytes], Ways] = {}  # by hops and gas

    def refresh(self, pools: Mapping[PoolSpec, Pool]) -> None:
        """Take the state of a block; a pool that is not in `pools` is out of the market."""
        self._market.refresh(pools)
        self._whole = None
        self._ways.clear()

    def solve(self) -> Solution:
        """Return the optimum without gas."""
        whole = self._solved()
        return self._solution_of(whole, whole.rows, whole.found.value)

    def pruned(self, gas: Mapping[PoolSpec, float], most_pools: int) -> Solution:
        """Return the best found of at most `most_pools` pools that each pay their own gas.

        `gas` is in whole numeraire coins per pool used; a pool without an entry costs nothing. Both
        bounds are the whole market's.
        """
        whole = self._solved()
        standing = self._search.standing()
        charges = self._charges(gas)
        pruning = Pruning(self._search, (whole.rows, whole.found), charges, most_pools)
        trips = self._best_cycles(charges, _SEED_HOPS, _SEEDS)
        choice = pruning.choose([self._pools_of(trip) for trip in trips])
        gas_bound = pruning.bound(standing, choice)
        rows, value = whole.rows[:0], 0.0
        if choice is not None:
            again = pruning.run(choice)
            rows, value = again.rows, again.value
        solution = self._solution_of(whole, rows, value)
        self._search.stand(standing)
        self._flows_are_whole = False
        return msgspec.structs.replace(solution, gas_bound=gas_bound)

    def best_cycles(
        self, gas: Mapping[PoolSpec, float], max_hops: int, count: int
    ) -> tuple[RoundTrip, ...]:
        """Return the `count` best single cycles by gain less gas, best first; gains only.

        None is missed: every cycle of up to `max_hops` hops is sized or shown to be worse.
        """
        return self._best_cycles(self._charges(gas), max_hops, count)

    def path(self, hops: Sequence[Hop]) -> SizedPath:
        """Return the closed path through `hops`, valid until the next refresh.

        Where a cycle is begun decides its best size: what it gains stays in that token.

        Raises:
            LookupError: a pool of it is not in the market now.
        """
        return SizedPath(self._market, hops)

    def _best_cycles(self, charges: Floats, max_hops: int, count: int) -> tuple[RoundTrip, ...]:
        """Answer `best_cycles` at the whole market's prices, its ways listed once per block."""
        whole, key = self._whole or self._solved(), (max_hops, charges.tobytes())
        if key not in self._ways:
            self._ways[key] = listed_ways(self._search, whole.rows, charges, max_hops)
        return best_cycles(self._search, self._ways[key], max_hops, count)

    def _pools_of(self, trip: RoundTrip) -> Mask:
        """Return the trip's pools, and the ways home to the numeraire where it does not pass it."""
        used = {hop.pool for hop in trip.hops}
        passed = {hop.pool.tokens[hop.i] for hop in trip.hops}
        if self.numeraire not in passed:
            used |= {
                spec
                for spec in self.pools
                if self.numeraire in spec.tokens and not passed.isdisjoint(spec.tokens)
            }
        return np.array([spec in used for spec in self.pools])

    def _charges(self, gas: Mapping[PoolSpec, float]) -> Floats:
        return np.array([gas.get(spec, 0.0) for spec in self.pools])

    def _solved(self) -> _Whole:
        """Solve the whole market as it stands, once."""
        if self._whole is None or not self._flows_are_whole:
            rows = self._search.live_rows()
            found, cold = Found(0.0, 0.0), False
            if len(rows):
                found, cold = self._found(rows)
                self._fresh = False
            self._whole, self._flows_are_whole = _Whole(rows, found, cold), True
        return self._whole

    def _found(self, rows: Places) -> tuple[Found, bool]:
        """Search until the gap is closed; return whether more than going on was needed for it.

        Each run begins where the one before it ended, the cold one at spot prices.
        """
        search = self._search
        runs = [search.run_cold, search.run, search.run]
        if not self._fresh:
            runs = [search.run, search.run, *runs]
        found, tries = Found(0.0, 0.0), 0
        for tries, run in enumerate(runs, 1):  # noqa: B007
            found = run(rows)
            if found.gap <= _WRONG:  # false for a number that is none
                break
        return found, tries > 2

    def _solution_of(self, whole: _Whole, rows: Places, value: float) -> Solution:
        """Return what the search's last run, which was over `rows`, has found."""
        search = self._search
        used = search.used_pools(rows)
        kept = rows[used[self._market.rows().places[rows, OWNER]]]
        worth = search.worth_by_pool(rows).tolist()
        return Solution(
            tokens=self._market.tokens,
            prices=tuple(search.prices.tolist()),
            flows=self._by_pool(kept, search.flows),
            depths=self._by_pool(kept, search.depths(kept)),
            shares={self.pools[place]: worth[place] for place in np.flatnonzero(used).tolist()},
            bound=whole.found.bound,
            value=value,
            gap=whole.found.gap,
            cold=whole.cold,
        )

    def _by_pool(self, rows: Places, amounts: Floats) -> Flows:
        """Add up the rows of each pool, by the pool's own coins."""
        sums: Flows = {}
        owners = self._market.rows().places[rows, OWNER].tolist()
        for row, place, added in zip(rows.tolist(), owners, amounts[rows].tolist(), strict=True):
            spec, coins = self.pools[place], self._market.coins_of(row)
            if spec not in sums and coins == _PLAIN[len(spec.tokens)]:
                sums[spec] = tuple(added[: len(coins)])
                continue
            own = list(sums.get(spec, (0.0,) * len(spec.tokens)))
            for coin, amount in zip(coins, added, strict=False):
                own[coin] += amount
            sums[spec] = tuple(own)
        return sums

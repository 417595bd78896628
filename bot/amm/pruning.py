"""Which pools are worth their gas: the best found of few pools, from the optimum of all.

A pool's worth at the optimal prices is the least its absence can cost, and all of them add up to
the whole. So pools that are worth less than their gas go, the cheapest first, and prices are found
again; at the end those that would pay at the new prices may come back. A rail that is used in part
is worth nothing by that measure, though others need it: whether it can go is tried.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from bot.amm.dual_search import DualSearch, Found, Standing, Within
from bot.amm.kernels.row_layout import KIND, OWNER, RAIL, Floats, Places
from bot.amm.kernels.subset_search import Mask

_ROUNDS = 2  # of bringing pools back
_ROUNDING, _DUST = 1.0 + 1e-4, 1.0  # part of the bound, and whole numeraire


class Choice(msgspec.Struct, frozen=True):
    """Pools, where the search stood with them, and what they earn after gas."""

    pools: Mask
    standing: Standing
    net: float


class Pruning:
    """One pruning of the market that `search` has solved over `rows`."""

    def __init__(
        self, search: DualSearch, whole: tuple[Places, Found], gas: Floats, most_pools: int
    ) -> None:
        rows, found = whole
        self._search, self._rows, self._gas, self._most = search, rows, gas, most_pools
        self._ceiling = found.bound * _ROUNDING + _DUST  # fewer pools cannot be worth more
        self._all_rows = rows
        places = search.market.rows().places
        self._owners = places[rows, OWNER]
        self._rails = np.zeros(len(gas), np.bool_)
        self._rails[self._owners] = places[rows, KIND] == RAIL
        self._best: Choice | None = None
        self._tried = set[bytes]()
        self._take_one_of_rivals()

    def choose(self, seeds: Sequence[Mask] = ()) -> Choice | None:
        """Return the best choice found; None where no pool is worth its gas.

        `seeds` are small choices to try as well, such as the pools of good cycles.
        """
        for start in (self._search.used_pools(self._rows), *seeds):
            self._thin(start)
        for _ in range(_ROUNDS):
            self._try_without_rails()
            if self._best is None:
                break
            back = self._worth_adding(self._best)
            if not back.any():
                break
            self._thin(self._best.pools | back)
        return self._best

    def _take_one_of_rivals(self) -> None:
        """Leave one row, the worthiest, of pools that show several pictures of the same coins.

        Together they would count its depth more than once. The two ways of a rail are no rivals.
        """
        rows = self._rows
        shown = np.bincount(self._owners, minlength=len(self._gas))
        rivals = (shown > 1) & ~self._rails
        if rivals.any():
            by_worth = np.lexsort((-self._search.values[rows], self._owners))
            first = np.ones(len(rows), np.bool_)
            first[1:] = self._owners[by_worth][1:] != self._owners[by_worth][:-1]
            kept = np.zeros(len(rows), np.bool_)
            kept[by_worth[first]] = True
            kept |= ~rivals[self._owners]
            self._rows, self._owners = rows[kept], self._owners[kept]

    def run(self, choice: Choice) -> Within:
        """Let the search find the choice's optimum again."""
        self._search.stand(choice.standing)
        return self._search.run_within(self._rows, choice.pools, self._ceiling)

    def bound(self, whole: Standing, choice: Choice | None) -> float:
        """Return what any swaps can earn after gas: the least bound found between two prices."""
        last = (choice.standing if choice else whole).prices
        return self._search.bound_after_gas(self._all_rows, whole.prices, last, self._gas)

    def _thin(self, pools: Mask) -> None:
        """Drop pools until all left pay their gas and are few enough."""
        while pools.any() and self._is_new(pools):
            found = self._try(pools)
            used, worth = found.used, found.worth
            surplus = np.where(used & ~self._rails, worth - self._gas, np.inf)
            poor = int((surplus < 0.0).sum())
            too_many = int(used.sum()) - self._most
            if not poor and too_many <= 0:
                return
            surplus[~used] = np.inf
            count = max(poor // 2 if poor > 2 else 1, (too_many + 1) // 2)
            used[np.argsort(surplus)[:count]] = False
            pools = used

    def _try_without_rails(self) -> None:
        """Drop rails whose use does not show in their worth, where the rest does better alone."""
        if self._best is None:
            return
        for rail in np.flatnonzero(self._best.pools & self._rails):
            fewer = self._best.pools.copy()
            fewer[rail] = False
            if not self._is_new(fewer):
                continue
            self._search.stand(self._best.standing)
            self._try(fewer)

    def _worth_adding(self, best: Choice) -> Mask:
        """Return unused pools that would pay at the best choice's prices; few where it is full."""
        self._search.stand(best.standing)
        worth = self._search.worth_by_pool(self._rows, self._search.worth_at(self._rows))
        surplus = np.where(best.pools, 0.0, worth - self._gas)
        room = max(self._most - int(best.pools.sum()), self._most // 4 + 1)
        most = np.argsort(-surplus)[:room]
        added = np.zeros(len(surplus), np.bool_)
        added[most] = surplus[most] > 0.0
        return added

    def _is_new(self, pools: Mask) -> bool:
        """Return whether `pools` have not been tried yet, which they are now."""
        before = len(self._tried)
        self._tried.add(pools.tobytes())
        return len(self._tried) > before

    def _try(self, pools: Mask) -> Within:
        """Find the optimum of `pools`, which may be the best choice."""
        found = self._search.run_within(self._rows, pools, self._ceiling)
        net = found.value - float(self._gas[found.used].sum())
        fits = np.count_nonzero(found.used) <= self._most
        if fits and net > (self._best.net if self._best else 0.0):
            self._best = Choice(found.used.copy(), self._search.standing(), net)
        return found

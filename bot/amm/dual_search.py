"""One search for the optimum, kept from block to block: prices, flows and what was learnt."""

import msgspec
import numpy as np

from bot.amm.flat_market import FlatMarket
from bot.amm.kernels.certificate import certify, measure_depths
from bot.amm.kernels.dual_newton import Search, minimise
from bot.amm.kernels.dual_value import evaluate
from bot.amm.kernels.market_shape import connected, spot_prices
from bot.amm.kernels.row_layout import (
    MOST_COINS,
    OWNER,
    TOKENS,
    USED,
    Answer,
    Floats,
    Places,
    Rows,
)
from bot.amm.kernels.stable_scratch import SCRATCH_SHAPE
from bot.amm.kernels.subset_search import (
    DUST,
    HELD_FROM_LAST,
    HELD_FROM_SPOT,
    ByPool,
    Mask,
    least_bound,
    search_within,
)

_LEAST_BOUND = 100.0
_BETWEEN = np.array((0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0))  # where the bound is looked for


class Found(msgspec.Struct, frozen=True):
    """Result of one run, in whole numeraire."""

    bound: float
    value: float

    @property
    def gap(self) -> float:
        """Part of the bound that was not reached; of a hundred coins at least.

        Rails of wide caps leave some thousandths of a coin open: no more can be told in floats.
        """
        return max(self.bound - self.value, 0.0) / max(self.bound, _LEAST_BOUND)


class Within(msgspec.Struct, frozen=True):
    """Result of a run on some pools: worth in whole numeraire, the rows in reach, and by pool."""

    value: float
    rows: Places
    used: Mask
    worth: Floats


class Standing(msgspec.Struct, frozen=True):
    """What a later run can start from."""

    prices: Floats
    rails: Floats


class DualSearch:
    """Runs on the rows of `market`; every method is about the rows given to it."""

    def __init__(self, market: FlatMarket) -> None:
        self.market = market
        self.prices = np.zeros(len(market.tokens))  # zero: not known
        self._search = _search_for(0, len(market.tokens))
        self._aside = answer_room(0, len(market.tokens))  # for answers that are not the search's

    @property
    def flows(self) -> Floats:
        """Whole coins out of the pool, row by coin, of the rows of the last run."""
        return self._search.here.flows

    @property
    def values(self) -> Floats:
        """Worth of the flows by row, of the last run."""
        return self._search.here.values

    def live_rows(self) -> Places:
        """Return the open rows that are linked to the numeraire, and guess prices of new tokens.

        Where nothing has a price yet, that is left to the cold run.
        """
        rows = self.market.rows()
        if len(self.values) != len(rows.places):
            self._search = _search_for(len(rows.places), len(self.prices))
            self._aside = answer_room(len(rows.places), len(self.prices))
        live, reached = connected(rows, len(self.prices))
        self.prices[~reached] = 0.0
        if self.prices[0] > 0.0 and (self.prices[reached] <= 0.0).any():
            spot = spot_prices(self.market.rows(live), len(self.prices))
            self.prices = np.where(self.prices > 0.0, self.prices, spot)
        return live

    def run_cold(self, rows: Places) -> Found:
        """Find the optimum from spot prices, whatever came before."""
        self.market.forget()
        self.prices = spot_prices(self.market.rows(rows), len(self.prices))
        return self._run(rows, HELD_FROM_SPOT)

    def run(self, rows: Places) -> Found:
        """Find the optimum from the present prices."""
        return self._run(rows, HELD_FROM_LAST)

    def run_within(self, rows: Places, pools: Mask, most: float) -> Within:
        """Find the optimum of those `rows` that are of `pools`, from the present prices.

        It is known to be worth `most` at the most. A run that ends above that has lost its way:
        then from spot prices; nothing is found where that is no better.
        """
        by_pool = ByPool(pools.copy(), np.zeros(len(pools)))
        view = self.market.rows(rows)
        value, linked = search_within(view, self.prices, most, self._search, by_pool)
        return Within(value, linked, by_pool.used, by_pool.worth)

    def bound_after_gas(self, rows: Places, first: Floats, last: Floats, gas: Floats) -> float:
        """Return what swaps in these rows can earn after `gas`, which a pool in use costs once.

        The least of what is found at prices between `first` and `last`.
        """
        return least_bound(self.market.rows(rows), (first, last), gas, _BETWEEN, self._aside)

    def worth_at(self, rows: Places) -> Floats:
        """Return by row what its best trade is worth at the present prices."""
        evaluate(self.market.rows(rows), self.prices, 0.0, self._aside)
        return self._aside.values

    def worth_by_pool(self, rows: Places, values: Floats | None = None) -> Floats:
        """Add up `values`, by row, or those of the last run, by pool."""
        owners = self.market.rows().places[rows, OWNER]
        worth = self.values if values is None else values
        by_pool: Floats = np.bincount(owners, worth[rows], len(self.market.pools)).astype(
            np.float64
        )
        return by_pool

    def used_pools(self, rows: Places) -> Mask:
        """Return the pools that the last run moves more than dust in."""
        view = self.market.rows(rows)
        moved = np.abs(self.flows[rows] * self._prices_by_coin(view)).max(axis=1)
        used = np.zeros(len(self.market.pools), np.bool_)
        used[view.places[rows[moved > DUST], OWNER]] = True
        return used

    def depths(self, rows: Places) -> Floats:
        """Return d flow / d price by row and coin, of these rows only."""
        depths = np.zeros_like(self.flows)
        measure_depths(self.market.rows(rows), self.prices, self._aside, depths)
        return depths

    def standing(self) -> Standing:
        """Return where the search stands."""
        return Standing(self.prices.copy(), self.market.rows().memory[:, USED].copy())

    def stand(self, standing: Standing) -> None:
        """Go back to where the search stood, with as many rows as it had then."""
        self.prices = standing.prices.copy()
        self.market.rows().memory[:, USED] = standing.rails

    def _run(self, rows: Places, held: float) -> Found:
        view = self.market.rows(rows)
        minimise(view, self.prices, held, self._search)
        return Found(*certify(view, self.prices, self._search.here))

    def _prices_by_coin(self, view: Rows) -> Floats:
        """Return the price of every coin of the chosen rows; unused places are token 0's."""
        by_coin: Floats = self.prices[view.places[view.chosen, TOKENS:]]
        return by_coin


def answer_room(rows: int, tokens: int) -> Answer:
    """Return an empty answer of so many rows."""
    return Answer(
        np.zeros((rows, MOST_COINS)),
        np.zeros(rows),
        np.zeros(tokens),
        np.zeros((tokens, tokens)),
        np.zeros(SCRATCH_SHAPE),
    )


def _search_for(rows: int, tokens: int) -> Search:
    here = answer_room(rows, tokens)
    there = here._replace(net=np.zeros(tokens), slope=np.zeros((tokens, tokens)))
    return Search(here, there, np.zeros(tokens), np.zeros(tokens), np.zeros((tokens, tokens)))

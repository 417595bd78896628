"""The optimum of some pools of a market, again and again: what pruning asks, without Python."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.amm.kernels.certificate import certify
from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.dual_newton import Search, minimise
from bot.amm.kernels.dual_value import evaluate
from bot.amm.kernels.market_shape import connected, spot_prices
from bot.amm.kernels.row_layout import (
    COINS,
    OWNER,
    TAU,
    TOKENS,
    USED,
    Answer,
    Floats,
    Places,
    Rows,
)

HELD_FROM_SPOT = 1e-4  # how strongly rails are held at first, in price
HELD_FROM_LAST = 1e-6
DUST = 1e-2  # whole numeraire: a pool that moves less is not used

Mask = NDArray[np.bool_]


class ByPool(NamedTuple):
    """What every pool does at an optimum."""

    used: Mask  # whether it moves more than dust
    worth: Floats


@entry
def search_within(
    rows: Rows, prices: Floats, most: float, search: Search, pools: ByPool
) -> tuple[float, Places]:
    """Return what the chosen rows of the pools in `pools.used` earn, and those of them in reach.

    `prices` are moved from where they are to the optimum, and `pools` is written. A run that ends
    above `most` has lost its way: then from spot prices; nothing is found where that is no better.
    """
    linked = connected(_of_pools(rows, pools.used), prices.size)[0]
    pools.used[:] = False
    pools.worth[:] = 0.0
    if len(linked) == 0:
        return 0.0, linked
    view = Rows(rows.places, rows.numbers, rows.segments, rows.memory, linked)
    minimise(view, prices, HELD_FROM_LAST, search)
    value = certify(view, prices, search.here)[1]
    if value > most:
        forget(rows.memory)
        prices[:] = spot_prices(view, prices.size)
        minimise(view, prices, HELD_FROM_SPOT, search)
        value = certify(view, prices, search.here)[1]
    _tell(view, prices, search.here, pools)
    return value if value <= most else 0.0, linked


@entry
def least_bound(
    rows: Rows, prices: tuple[Floats, Floats], gas: Floats, between: Floats, answer: Answer
) -> float:
    """Return the least bound after `gas`, by pool, found at prices `between` two others.

    Each pool counts with what its own best trade leaves after its gas, where it leaves anything: a
    bound at any prices, as no other trade of that pool is worth more (Lagrangian of the problem
    with fixed charges).
    """
    first, last = prices
    least, worth = np.inf, np.zeros(len(gas))
    for part in between:
        evaluate(rows, first + (last - first) * part, 0.0, answer)
        worth[:] = 0.0
        for row in rows.chosen:
            worth[rows.places[row, OWNER]] += answer.values[row]
        least = min(least, np.maximum(worth - gas, 0.0).sum())
    return least


@entry
def forget(memory: Floats) -> None:
    """Drop what the search has learnt about rows."""
    memory[:, USED] = 0.0
    memory[:, TAU] = np.nan


@kernel
def _of_pools(rows: Rows, pools: Mask) -> Rows:
    """Return the rows with those chosen that are of `pools`."""
    kept, count = np.empty_like(rows.chosen), 0
    for row in rows.chosen:
        if pools[rows.places[row, OWNER]]:
            kept[count] = row
            count += 1
    return Rows(rows.places, rows.numbers, rows.segments, rows.memory, kept[:count])


@kernel
def _tell(rows: Rows, prices: Floats, answer: Answer, pools: ByPool) -> None:
    """Write what the chosen rows do, by pool."""
    for row in rows.chosen:
        owner = rows.places[row, OWNER]
        pools.worth[owner] += answer.values[row]
        for coin in range(rows.places[row, COINS]):
            moved = answer.flows[row, coin] * prices[rows.places[row, TOKENS + coin]]
            if abs(moved) > DUST:
                pools.used[owner] = True

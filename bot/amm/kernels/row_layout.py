"""What stands where in the arrays that kernels read."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MOST_COINS = 8  # of one pool

# Kinds of row.
SHUT, PRODUCT, SEGMENTS, STABLE, WEIGHTED, RAIL = range(6)

# Columns of `Rows.places`.
KIND, COINS, OWNER, LOWEST, HIGHEST, CURRENT = range(6)  # edges' rows; the segment of the price
TOKENS = 6  # and the next ones: the token of each coin
PLACES_WIDTH = TOKENS + MOST_COINS

# Columns of `Rows.numbers`. Every kind keeps `KEEP` of what it is paid, or of what it pays.
KEEP = 0
ROOT, DEPTH = 1, 2  # PRODUCT: square-root price and liquidity; SEGMENTS: the price
RATE, CAP, SCALE = 1, 2, 3  # RAIL; SCALE is the flow over which its kink is smoothed
FIRST, SECOND, SHARE = 1, 2, 3  # WEIGHTED: balances, the first one's share of the weights
ANN, INVARIANT, LOG_C, K0 = 1, 2, 3, 4  # STABLE: log(D^(n+1) / n^n), and that over prod(x)
IN_SCALE, OUT_SCALE = 5, 6  # STABLE: coins paid per unit that arrives, coins got per unit that left
BALANCES = 7
WHOLES = BALANCES + MOST_COINS  # whole coins per unit of the curve
NUMBERS_WIDTH = WHOLES + MOST_COINS

# Columns of `Rows.segments`: an edge, the liquidity up to the next one, and the coins that a swap
# from the present price to the edge moves (without fee, both above zero).
EDGE, LIQUIDITY, MOVED_FIRST, MOVED_SECOND = range(4)
SEGMENTS_WIDTH = 4

# Columns of `Rows.memory`, which kernels write.
USED, TAU = range(2)  # a rail's last input; a stable curve's last solution, not a number if none
MEMORY_WIDTH = 2


class Rows(NamedTuple):
    """All pictures of a market; one row each, but for the edges of segments."""

    places: Places
    numbers: Floats
    segments: Floats
    memory: Floats
    chosen: Places  # the rows that take part


class Answer(NamedTuple):
    """What pools do at some prices, written by `evaluate`."""

    flows: Floats  # row by coin: whole coins, positive out of the pool
    values: Floats  # by row: what the flows are worth
    net: Floats  # by token: sum of the flows
    slope: Floats  # token by token: d net / d price
    scratch: Floats  # a stable curve's own: flows, unit prices, balances, then its slopes

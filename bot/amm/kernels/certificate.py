"""What a found optimum is worth: its bound, what its flows reach, and how much each leg absorbs."""

import numpy as np

from bot.amm.kernels.compiling import entry
from bot.amm.kernels.dual_value import evaluate, row_worth
from bot.amm.kernels.row_layout import (
    CAP,
    COINS,
    KIND,
    RAIL,
    RATE,
    TOKENS,
    USED,
    Answer,
    Floats,
    Rows,
)

_RAIL_STEEPNESS = 1e3  # per coin of room: more than any pool, as a rail's price does not move


@entry
def certify(rows: Rows, prices: Floats, answer: Answer) -> tuple[float, float]:
    """Return the bound at `prices`, kinks and all, and the worth of the flows found there.

    Flows of rails are what their memory says, in place of all or nothing; a token that the flows
    are short of is charged at its price, one they leave over counts nothing.
    """
    bound = evaluate(rows, prices, 0.0, answer)
    net = np.zeros(prices.size)
    for row in rows.chosen:
        if rows.places[row, KIND] == RAIL:
            paid = rows.memory[row, USED]
            answer.flows[row, 0], answer.flows[row, 1] = -paid, paid * rows.numbers[row, RATE]
        for coin in range(rows.places[row, COINS]):
            net[rows.places[row, TOKENS + coin]] += answer.flows[row, coin]
    value = net[0]
    for token in range(1, prices.size):
        value += min(net[token] * prices[token], 0.0)
    return bound, value


@entry
def measure_depths(rows: Rows, prices: Floats, answer: Answer, depths: Floats) -> None:
    """Write d flow / d price of every coin of the chosen rows; rails by the room they have left."""
    for row in rows.chosen:
        coins = rows.places[row, COINS]
        if rows.places[row, KIND] == RAIL:
            paid = rows.memory[row, USED]
            room = min(paid, rows.numbers[row, CAP] - paid)
            depths[row, 0] = depths[row, 1] = _RAIL_STEEPNESS * room
            continue
        for coin in range(coins):
            end = rows.places[row, TOKENS + coin]
            answer.slope[end, end] = 0.0
        row_worth(rows, row, prices, 0.0, answer)
        for coin in range(coins):
            end = rows.places[row, TOKENS + coin]
            depths[row, coin] = answer.slope[end, end]

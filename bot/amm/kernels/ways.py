"""Every way from one token to another through one row."""

from math import log
from typing import NamedTuple

from bot.amm.kernels.compiling import entry
from bot.amm.kernels.hop_quotes import hop_quote
from bot.amm.kernels.row_layout import COINS, OWNER, TOKENS, Floats, Places, Rows

FROM, TO, POOL = 3, 4, 5  # columns of `Ways.ends` after row, coin in and coin out
ENDS_WIDTH = 6


class Ways(NamedTuple):
    """Ways by rank: worth, then rate."""

    ends: Places  # row, coin in, coin out, token in, token out, pool
    worth: Floats  # of the best trade this way at the prices, at most, after gas
    rate: Floats  # logarithm of the rate at size zero, compared with the prices
    gas: Floats
    sorted: Places  # ranks by token in, then token out, best first
    first: Places  # by token in * tokens + token out: where their ways begin in `sorted`; the end
    most_worth: Floats  # of a path: most ways, token in, token out
    most_rate: Floats


@entry
def list_ways(rows: Rows, prices: Floats, ends: Places, rates: Floats) -> int:
    """Write the ways through the chosen rows and their rates, as in `Ways`; return how many."""
    count = 0
    for row in rows.chosen:
        coins = rows.places[row, COINS]
        for pair in range(coins * coins):
            i, j = pair // coins, pair % coins
            slope = hop_quote(rows, row, i, j, 0.0)[1] if i != j else 0.0
            if slope <= 0.0:
                continue
            start, end = rows.places[row, TOKENS + i], rows.places[row, TOKENS + j]
            way = ends[count]
            way[0], way[1], way[2] = row, i, j
            way[FROM], way[TO], way[POOL] = start, end, rows.places[row, OWNER]
            rates[count] = log(slope * prices[end] / prices[start])
            count += 1
    return count

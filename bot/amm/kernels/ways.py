"""Every way from one token to another, sorted by what it can be worth."""

from math import log
from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import kernel
from bot.amm.kernels.hop_quotes import hop_quote
from bot.amm.kernels.row_layout import COINS, OWNER, TOKENS, Answer, Floats, Places, Rows

FROM, TO, POOL = 3, 4, 5  # columns of `Ways.ends` after row, coin in and coin out


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


@kernel
def ways_of(rows: Rows, prices: Floats, gas: Floats, answer: Answer, longest: int) -> Ways:
    """Return the ways through the chosen rows, whose own best trades are in `answer`.

    For cycles of up to `longest` ways.
    """
    count = 0
    for row in rows.chosen:
        count += rows.places[row, COINS] * (rows.places[row, COINS] - 1)
    ends, worth = np.empty((count, 6), np.int64), np.empty(count)
    rate, charge = np.empty(count), np.empty(count)
    count = 0
    for row in rows.chosen:
        for i in range(rows.places[row, COINS]):
            for j in range(rows.places[row, COINS]):
                slope = hop_quote(rows, row, i, j, 0.0)[1] if i != j else 0.0
                if slope <= 0.0:
                    continue
                start, end = rows.places[row, TOKENS + i], rows.places[row, TOKENS + j]
                pool = rows.places[row, OWNER]
                ends[count] = (row, i, j, start, end, pool)
                rate[count] = log(slope * prices[end] / prices[start])
                # A way that does not beat the prices at first is worth nothing at any size.
                gross = answer.values[row] if rate[count] > 0.0 else 0.0
                worth[count], charge[count] = gross - gas[pool], gas[pool]
                count += 1
    rank = np.argsort(-rate[:count], kind="mergesort")
    rank = rank[np.argsort(-worth[:count][rank], kind="mergesort")]
    ends, worth, rate = ends[rank], worth[rank], rate[rank]
    tokens = prices.size
    pairs = ends[:, FROM] * tokens + ends[:, TO]
    by_pair = np.argsort(pairs, kind="mergesort")
    first = np.searchsorted(pairs[by_pair], np.arange(tokens * tokens + 1))
    most_worth = _most_along(ends, worth, tokens, longest)
    most_rate = _most_along(ends, rate, tokens, longest)
    return Ways(ends, worth, rate, charge[rank], by_pair, first, most_worth, most_rate)


@kernel
def _most_along(ends: Places, values: Floats, tokens: int, longest: int) -> Floats:
    """Return the largest sum of `values` over paths of up to so many ways, by start and end."""
    most = np.full((max(longest, 2), tokens, tokens), -np.inf)
    for way in range(len(values)):
        start, end = ends[way, FROM], ends[way, TO]
        most[1, start, end] = max(most[1, start, end], values[way])
    for count in range(2, longest):
        most[count] = most[count - 1]
        for start in range(tokens):
            for between in range(tokens):
                for end in range(tokens):
                    through = most[1, start, between] + most[count - 1, between, end]
                    most[count, start, end] = max(most[count, start, end], through)
    return most

"""Finds the prices at which the dual function is least: the optimum of the whole market.

Semismooth Newton on the prices: one pass over the pools gives value, gradient and curvature, and
tokens are few, so a step costs one pass. Where a pool's curvature jumps (a tick, the edge of its
fee) the gradient does not, so steps stay good. Rails are held by a proximal term that is moved to
their last flow and made weaker, round by round (method of multipliers).
"""

from typing import NamedTuple

import numpy as np

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.dual_value import evaluate
from bot.amm.kernels.row_layout import CAP, KIND, RAIL, RATE, TOKENS, USED, Answer, Floats, Rows

_LONGEST_STEP = 0.03  # of any price
_LEAST_PRICE = 1e-12
_MOST_ROUNDS, _MOST_STEPS, _MOST_TRIALS, _MOST_FIRMER = 14, 100, 25, 8
_WEAKEST = 1e-6  # smoothing of rails, in price
_STEADY = 1e-9  # rails count as settled when they leave this part of the value open
_ENOUGH = 1e-11  # predicted gain, as a part of the value, below which steps end
_NOISY_TRIALS = 8
_NOISE = 1e-7  # likewise, below which the value is rounding noise and the residual decides


class Search(NamedTuple):
    """Where the search stands and where it looks; both share all but their sums by token."""

    here: Answer
    there: Answer
    tried: Floats  # prices of `there`
    move: Floats  # by token, in price
    system: Floats  # tokens by tokens, for the linear solve


@entry
def minimise(rows: Rows, prices: Floats, smooth: float, search: Search) -> tuple[float, int, int]:
    """Bring `prices` to the optimum over the chosen rows; the first price is the unit.

    Leaves the flows in `search.here.flows` and rails' flows in the rows' memory. Returns the
    smoothed value, Newton steps and rounds of the rails. `smooth` is how strongly rails are held
    at first, in price: weak from a good start, strong from a poor one.
    """
    rails = False
    for row in rows.chosen:
        rails = rails or rows.places[row, KIND] == RAIL
    smooth = smooth if rails else 0.0
    value, steps, rounds = 0.0, 0, 0
    while rounds < _MOST_ROUNDS:
        value = evaluate(rows, prices, smooth, search.here)
        going = True
        for _ in range(_MOST_STEPS):
            value, going = _step(rows, prices, smooth, value, search)
            steps += 1
            if not going:
                break
        rounds += 1
        if not rails or _settle(rows, prices, search.here) < _STEADY * (1.0 + abs(value)):
            break
        smooth = max(0.1 * smooth, _WEAKEST)
    return value, steps, rounds


@kernel
def _settle(rows: Rows, prices: Floats, answer: Answer) -> float:
    """Move the proximal term to where the rails are; return what they leave open at `prices`."""
    numbers, left_open = rows.numbers, 0.0
    for row in rows.chosen:
        if rows.places[row, KIND] == RAIL:
            paid = -answer.flows[row, 0]
            rows.memory[row, USED] = paid
            first, second = rows.places[row, TOKENS], rows.places[row, TOKENS + 1]
            edge = numbers[row, RATE] * prices[second] - prices[first]
            left_open += edge * (numbers[row, CAP] - paid) if edge > 0.0 else -edge * paid
    return left_open


@kernel
def _step(
    rows: Rows, prices: Floats, smooth: float, value: float, search: Search
) -> tuple[float, bool]:
    """Take one Newton step; return the value there and whether another one is worth it."""
    here, there = search.here, search.there
    if not _aim(prices, search):
        return value, False
    predicted = -(here.net * search.move).sum()
    reached, accepted = _descend(rows, prices, smooth, value, search)
    if not accepted:
        return evaluate(rows, prices, smooth, here), False
    prices[:] = search.tried
    here.net[:] = there.net
    here.slope[:] = there.slope
    return reached, predicted >= _ENOUGH * (1.0 + abs(reached))


@kernel
def _descend(
    rows: Rows, prices: Floats, smooth: float, value: float, search: Search
) -> tuple[float, bool]:
    """Shorten the step until the value falls; return the value there, and whether it did."""
    here, there, move = search.here, search.there, search.move
    promised = (here.net * move).sum()
    in_noise = -promised < _NOISE * (1.0 + abs(value))
    part = 1.0
    for trial in range(_MOST_TRIALS):
        search.tried[:] = np.maximum(prices + part * move, _LEAST_PRICE)
        reached = evaluate(rows, search.tried, smooth, there)
        if reached <= value + 1e-4 * part * promised:
            return reached, True
        if in_noise:
            if _residual(there, search.tried) < _residual(here, prices):
                return reached, True
            if trial >= _NOISY_TRIALS:
                break
        ahead = (there.net * move).sum()  # the slope along the step, which only rises
        part *= min(max(promised / (promised - ahead), 0.1), 0.5) if ahead > 0.0 else 0.5
    return value, False


@kernel
def _residual(answer: Answer, prices: Floats) -> float:
    """Return the largest net flow of a token but the first, in worth."""
    return np.abs(answer.net[1:] * prices[1:]).max()


@kernel
def _aim(prices: Floats, search: Search) -> bool:
    """Put the Newton step into `search.move`, cut to the longest one; false if there is none.

    In relative prices, so that dear and cheap tokens weigh alike.
    """
    firm = 0.0
    for _ in range(_MOST_FIRMER):
        steepest = _prepare(prices, search, firm)
        if _solve(search.system, search.move):
            break
        firm = firm * 100.0 + 1e-12 * steepest
    else:
        return False
    longest = np.abs(search.move[1:]).max()
    if longest == 0.0:
        return False
    search.move[0] = 0.0
    search.move[1:] *= prices[1:] * min(1.0, _LONGEST_STEP / longest)
    return True


@kernel
def _prepare(prices: Floats, search: Search, firm: float) -> float:
    """Write the system in relative prices, `firm` added to its diagonal; return the largest one."""
    net, slope, steepest = search.here.net, search.here.slope, 0.0
    for i in range(1, prices.size):
        search.move[i] = -net[i] * prices[i]
        for j in range(1, i + 1):
            search.system[i, j] = slope[i, j] * prices[i] * prices[j]
        own = search.system[i, i]
        steepest = max(steepest, own)
        search.system[i, i] = own + 1e-13 * own + 1e-3 + firm
    return steepest


@kernel
def _solve(system: Floats, vector: Floats) -> bool:
    """Solve in place by Cholesky's method, from the lower triangle, all but the first place."""
    if not _factor(system):
        return False
    count = vector.size
    for i in range(1, count):
        for k in range(1, i):
            vector[i] -= system[i, k] * vector[k]
        vector[i] /= system[i, i]
    for i in range(count - 1, 0, -1):
        for k in range(i + 1, count):
            vector[i] -= system[k, i] * vector[k]
        vector[i] /= system[i, i]
    return True


@kernel
def _factor(system: Floats) -> bool:
    for j in range(1, len(system)):
        for i in range(j, len(system)):
            left = system[i, j]
            for k in range(1, j):
                left -= system[i, k] * system[j, k]
            if i > j:
                system[i, j] = left / system[j, j]
            elif left > 0.0:
                system[j, j] = np.sqrt(left)
            else:
                return False
    return True

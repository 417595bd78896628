"""Finds the prices at which the dual function is least: the optimum of the whole market.

Semismooth Newton on the prices: one pass over the pools gives value, gradient and curvature, and
tokens are few, so a step costs one pass. Where a pool's curvature jumps (a tick, the edge of its
fee) the gradient does not, so steps stay good. Rails are held by a proximal term that is moved to
their last flow and made weaker, round by round (method of multipliers).
"""

from math import sqrt
from typing import NamedTuple

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.dual_value import evaluate
from bot.amm.kernels.row_layout import CAP, KIND, RAIL, RATE, TOKENS, USED, Answer, Floats, Rows

_LONGEST_STEP = 0.03  # of any price
_LEAST_PRICE = 1e-12
_MOST_ROUNDS, _MOST_STEPS, _MOST_TRIALS, _MOST_FIRMER = 14, 100, 25, 8
_WEAKEST = 1e-6  # smoothing of rails, in price
_STEADY = 1e-9  # rails count as settled when they leave this part of the value open
_ENOUGH = 1e-11  # predicted gain, as a part of the value, below which steps end
_EVEN = 1e-6  # flows cancel when no more than this part of the value is left of any token
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
    rails = _has_rails(rows)
    smooth = smooth if rails else 0.0
    value, part, trials, ending, steps, rounds = 0.0, 0.0, 0, False, 0, 0
    while True:
        _look(prices, part, search)  # at the prices themselves while `part` is zero
        reached = evaluate(rows, search.tried, smooth, search.there)
        if part > 0.0:
            part, trials = _shorten(prices, part, (value, reached), trials, search), trials + 1
            if part >= 0.0:
                ending = part == 0.0
                continue
            ending = _is_there(prices, reached, search)
        value = reached
        _adopt(prices, search)
        if not ending and steps < _MOST_STEPS * (rounds + 1) and _aim(prices, search):
            part, trials, steps = 1.0, 0, steps + 1
            continue
        rounds += 1
        left_open = _settle(rows, prices, search.here)
        if left_open < _STEADY * (1.0 + abs(value)) or rounds == _MOST_ROUNDS:
            return value, steps, rounds
        smooth, part, ending = max(0.1 * smooth, _WEAKEST), 0.0, False


@kernel
def _has_rails(rows: Rows) -> bool:
    found = False
    for row in rows.chosen:
        found = found or rows.places[row, KIND] == RAIL
    return found


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
def _is_there(prices: Floats, value: float, search: Search) -> bool:
    """Return whether no further step is worth it: nothing to gain, and flows that cancel.

    Rails of wide caps bend the value so much that coins are left over where nothing is to gain.
    """
    if _promise(search.here, search.move) >= _ENOUGH * (1.0 + abs(value)):
        return False
    left = _residual(search.there, search.tried)
    return left <= _EVEN * (1.0 + abs(value)) or left > 0.5 * _residual(search.here, prices)


@kernel
def _look(prices: Floats, part: float, search: Search) -> None:
    for i in range(prices.size):
        search.tried[i] = max(prices[i] + part * search.move[i], _LEAST_PRICE)


@kernel
def _adopt(prices: Floats, search: Search) -> None:
    for i in range(prices.size):
        prices[i] = search.tried[i]
        search.here.net[i] = search.there.net[i]
        for j in range(prices.size):
            search.here.slope[i, j] = search.there.slope[i, j]


@kernel
def _shorten(
    prices: Floats, part: float, values: tuple[float, float], trials: int, search: Search
) -> float:
    """Return the part of the step to try next: below zero if this one will do, zero to give up."""
    value, reached = values
    promised = _promise(search.here, search.move)
    if reached <= value - 1e-4 * part * promised:
        return -1.0
    if promised < _NOISE * (1.0 + abs(value)):
        if _residual(search.there, search.tried) < _residual(search.here, prices):
            return -1.0
        if trials >= _NOISY_TRIALS:
            return 0.0
    if trials >= _MOST_TRIALS:
        return 0.0
    ahead = -_promise(search.there, search.move)  # the slope along the step, which only rises
    return part * (min(max(promised / (promised + ahead), 0.1), 0.5) if ahead > 0.0 else 0.5)


@kernel
def _promise(answer: Answer, move: Floats) -> float:
    """Return by how much the value would fall over the whole step, were it straight."""
    total = 0.0
    for i in range(move.size):
        total -= answer.net[i] * move[i]
    return total


@kernel
def _residual(answer: Answer, prices: Floats) -> float:
    """Return the largest net flow of a token but the first, in worth."""
    largest = 0.0
    for i in range(1, prices.size):
        largest = max(largest, abs(answer.net[i] * prices[i]))
    return largest


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
    longest = 0.0
    for i in range(1, prices.size):
        longest = max(longest, abs(search.move[i]))
    search.move[0] = 0.0
    for i in range(1, prices.size):
        search.move[i] *= prices[i] * min(1.0, _LONGEST_STEP / longest)
    return longest > 0.0


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
                system[j, j] = sqrt(left)
            else:
                return False
    return True

"""The dual function: what all pools would give at some prices, with gradient and curvature.

F(prices) = sum over pools of the worth of the pool's own best trade. Its gradient is the net flow
of every token into our hands, and F at ANY prices bounds what swaps can earn. A one-way rail has a
kink: there the best trade jumps from nothing to the cap. With `smooth` above zero it is rounded
off around the rail's last flow (proximal term), so that Newton's method can hold it in between.

Source: Diamandis, Resnick, Chitra, Angeris: An Efficient Algorithm for Optimal Routing Through
Constant Function Market Makers (arXiv 2302.04938).
"""

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.pair_responses import (
    product_response,
    segments_response,
    weighted_response,
)
from bot.amm.kernels.row_layout import (
    CAP,
    COINS,
    KIND,
    PRODUCT,
    RAIL,
    RATE,
    SCALE,
    SEGMENTS,
    STABLE,
    TOKENS,
    USED,
    WEIGHTED,
    Answer,
    Floats,
    Rows,
)
from bot.amm.kernels.stable_response import stable_response
from bot.amm.kernels.stable_scratch import FLOW, SLOPES


@entry
def evaluate(rows: Rows, prices: Floats, smooth: float, answer: Answer) -> float:
    """Return F over the chosen rows, its parts in `answer`. Other rows' flows are not touched.

    `smooth` is a price per whole coin; zero leaves the kinks in, and F is then the bound.
    """
    for i in range(prices.size):
        answer.net[i] = 0.0
        for j in range(prices.size):
            answer.slope[i, j] = 0.0
    total = 0.0
    for row in rows.chosen:
        worth = row_worth(rows, row, prices, smooth, answer)
        answer.values[row] = worth
        total += worth
    return total


@kernel
def row_worth(rows: Rows, row: int, prices: Floats, smooth: float, answer: Answer) -> float:
    """Answer for one row: its flows are written, its sums added."""
    kind = rows.places[row, KIND]
    if kind == STABLE:
        return _stable(rows, row, prices, answer)
    if kind == RAIL:
        return _rail(rows, row, prices, smooth, answer)
    return _pair(rows, row, prices, answer)


@kernel
def _pair(rows: Rows, row: int, prices: Floats, answer: Answer) -> float:
    places = rows.places
    first, second, kind = places[row, TOKENS], places[row, TOKENS + 1], places[row, KIND]
    n0, n1 = prices[first], prices[second]
    psi0, psi1, steep = 0.0, 0.0, 0.0
    if kind == SEGMENTS:
        psi0, psi1, steep = segments_response(rows, row, n0, n1)
    elif kind == PRODUCT:
        psi0, psi1, steep = product_response(rows, row, n0, n1)
    elif kind == WEIGHTED:
        psi0, psi1, steep = weighted_response(rows, row, n0, n1)
    answer.flows[row, 0], answer.flows[row, 1] = psi0, psi1
    if psi0 == 0.0 and psi1 == 0.0:
        return 0.0
    _add_pair(answer, (first, second), (psi0, psi1), steep, n0 / n1)
    worth: float = n0 * psi0 + n1 * psi1
    return worth


@kernel
def _rail(rows: Rows, row: int, prices: Floats, smooth: float, answer: Answer) -> float:
    numbers, places = rows.numbers, rows.places
    first, second = places[row, TOKENS], places[row, TOKENS + 1]
    rate, cap, scale = numbers[row, RATE], numbers[row, CAP], numbers[row, SCALE]
    edge = rate * prices[second] - prices[first]
    used, steep, bent = rows.memory[row, USED], 0.0, 0.0
    if smooth <= 0.0:
        paid = cap if edge > 0.0 else 0.0
    else:
        paid = min(max(used + scale * edge / smooth, 0.0), cap)
        bent = 0.5 * smooth / scale * (paid - used) ** 2
        if 0.0 < paid < cap:
            steep = scale / smooth
    answer.flows[row, 0], answer.flows[row, 1] = -paid, paid * rate
    _add_pair(answer, (first, second), (-paid, paid * rate), steep, rate)
    worth: float = edge * paid - bent
    return worth


@kernel
def _add_pair(
    answer: Answer,
    tokens: tuple[int, int],
    flows: tuple[float, float],
    steep: float,
    ratio: float,
) -> None:
    """Add a pair to the sums; its slopes are a rank-one matrix."""
    first, second = tokens
    answer.net[first] += flows[0]
    answer.net[second] += flows[1]
    answer.slope[first, first] += steep
    answer.slope[first, second] -= steep * ratio
    answer.slope[second, first] -= steep * ratio
    answer.slope[second, second] += steep * ratio * ratio


@kernel
def _stable(rows: Rows, row: int, prices: Floats, answer: Answer) -> float:
    worth = stable_response(rows, row, prices, answer.scratch)
    coins = rows.places[row, COINS]
    for i in range(coins):
        answer.flows[row, i] = answer.scratch[FLOW, i]
    if worth == 0.0:
        return 0.0
    for i in range(coins):
        token = rows.places[row, TOKENS + i]
        answer.net[token] += answer.scratch[FLOW, i]
        for j in range(coins):
            other = rows.places[row, TOKENS + j]
            answer.slope[token, other] += answer.scratch[SLOPES + i, j]
    return worth

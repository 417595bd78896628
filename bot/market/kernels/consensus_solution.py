"""All of it at once: who takes part, what everything is worth, what each source says, what is new.

The answer is a function of the columns and the time alone. Prices are told to a twentieth of a
basis point, so that what does not matter changes nothing.
"""

import numpy as np

from bot.amm.kernels.compiling import entry, kernel
from bot.market.kernels.hub_system import System, assemble, empty_system
from bot.market.kernels.least_loss import minimise
from bot.market.kernels.source_columns import (
    PAR,
    Answer,
    AnswerSheets,
    Columns,
    Floats,
    Ints,
    Rules,
    Sheets,
    answer_in,
    columns_in,
)
from bot.market.kernels.source_doubts import doubt, limit_votes, take_fresh
from bot.market.kernels.without_coin import Web, reached_without, solve_without, weave

_UNKNOWN = np.nan
_GRID, _FINE_GRID, _FINE_BELOW = 2e5, 1e10, 0.05  # steps in 1.0; the fine one for low prices


@entry
def solve_consensus(sheets: Sheets, rules: Rules, written: AnswerSheets, now: int) -> int:
    """Write the answer at `now`; returns until when it holds if nobody says anything.

    A change of price, of a source's state or of what a source says marks the coin as changed.
    """
    rows, answer = columns_in(sheets), answer_in(written)
    before = np.empty_like(answer.state)
    for row in range(before.size):
        before[row] = answer.state[row]
    for node in range(answer.x.size):
        answer.x[node] = 0.0
        answer.changed[node] = 0
    until = take_fresh(rows, answer, now)
    limit_votes(rows, answer)
    system = empty_system(rows.hub)
    minimise(rows, answer.used, system, answer.x)
    left_out, frozen_at = doubt(rows, rules, answer, now)
    if left_out > 0:
        minimise(rows, answer.used, system, answer.x)
    assemble(system, rows, answer.used, answer.x, 1.0)
    for row in range(before.size):
        if before[row] != answer.state[row]:
            answer.changed[rows.base[row]] = 1
            answer.changed[rows.quote[row]] = 1
    _publish(rows, answer, system)
    return min(until, frozen_at)


@kernel
def _publish(rows: Columns, answer: Answer, whole: System) -> None:
    """Write every coin's price and what its sources are priced by."""
    web = weave(rows, answer)
    without = np.empty_like(answer.x)
    reached = np.zeros(web.links.shape[0], np.int64)
    start = 0
    for node in range(answer.x.size):
        end = start
        while end < rows.base.size and rows.base[end] == node and rows.kind[end] != PAR:
            end += 1
        reached_without(rows, web, node, reached)
        if rows.home[node] >= 0:
            solve_without(rows, answer, whole, node, without)
        tied = _publish_bases(rows, answer, start, end, reached, without)
        if rows.hub[node] >= 0:
            tied |= _publish_quotes(rows, answer, web, node, reached, without)
        own = _price(answer.x, node, rows.home[node]) if tied else _UNKNOWN
        _put(answer.price, node, own, answer.changed, node)
        start = end


@kernel
def _publish_bases(  # noqa: PLR0913, PLR0917 -- numba takes no objects that change
    rows: Columns, answer: Answer, start: int, end: int, reached: Ints, without: Floats
) -> bool:
    """Write what the quotes of a coin are worth without it; returns whether any is known."""
    tied = False
    for row in range(start, end):
        node = rows.base[row]
        known = reached[rows.hub[rows.quote[row]]] == 1
        price = _price(without, rows.quote[row], rows.home[node]) if known else _UNKNOWN
        tied |= known and answer.used[row] > 0.0
        _put(answer.of_quote, row, price, answer.changed, node)
    return tied


@kernel
def _publish_quotes(  # noqa: PLR0913, PLR0917 -- numba takes no objects that change
    rows: Columns, answer: Answer, web: Web, node: int, reached: Ints, without: Floats
) -> bool:
    """Write what others quoted in a coin are worth without it; returns whether any is known."""
    tied = False
    for row in range(rows.base.size):
        if rows.quote[row] == node and rows.shown[row] == 1:
            known = _is_reached(rows, web, reached, rows.base[row], node)
            price = _price(without, rows.base[row], rows.home[node]) if known else _UNKNOWN
            tied |= known and answer.used[row] > 0.0
            _put(answer.of_base, row, price, answer.changed, node)
    return tied


@kernel
def _is_reached(rows: Columns, web: Web, reached: Ints, node: int, without: int) -> bool:
    if rows.hub[node] >= 0:
        return bool(reached[rows.hub[node]] == 1)
    for i in range(reached.size):
        if web.meets[node, i] > 0 and reached[i] == 1 and i != rows.hub[without]:
            return True
    return False


@kernel
def _price(x: Floats, node: int, home: int) -> float:
    price = np.exp(x[node] - x[home])
    grid = _GRID if price >= _FINE_BELOW else _FINE_GRID
    return float(np.floor(price * grid + 0.5) / grid)


@kernel
def _put(values: Floats, place: int, value: float, changed: Ints, node: int) -> None:
    """Write a value, and mark the node where it is another one."""
    same = values[place] == value or (np.isnan(values[place]) and np.isnan(value))
    if not same:
        values[place] = value
        changed[node] = 1

"""The best input of one path: where its slopes multiply to one, its ends' prices compared.

What a path pays is concave in what goes in, so the sum of the logarithms of its slopes falls, and
its root is found by Newton's method inside a bracket. A path that ends at a cap has its optimum
there: the bracket closes on it.
"""

from math import log

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.hop_quotes import hop_quote
from bot.amm.kernels.row_layout import Floats, Places, Rows

_MOST_STEPS = 80
_CLOSE = 1e-8  # of the size: the gain is flat there
_BELOW_CAP = 1.0 - 1e-12
_FAR = 1e300

ROW, COIN_IN, COIN_OUT = range(3)  # columns of hops


@entry
def size_cycle(  # noqa: PLR0913, PLR0917 - separate arrays are handed over faster than `Rows`
    places: Places, numbers: Floats, segments: Floats, hops: Places, worth: float, paid: Floats
) -> float:
    """Answer as `best_input`."""
    rows = Rows(places, numbers, segments, numbers, places[0])
    return best_input(rows, hops, worth, paid)


@kernel
def best_input(rows: Rows, hops: Places, worth: float, paid: Floats) -> float:
    """Return the gain of the best input and write what goes into each hop.

    `worth` is what a whole coin of the path's end is worth in those of its start, in which the gain
    is: one for a cycle, less where what goes in has a fee. Zero, and nothing written, where no
    input gains.
    """
    low, high, size, best, gain = 0.0, _FAR, 0.0, 0.0, 0.0
    for _ in range(_MOST_STEPS):
        got, value, slope = _walk(rows, hops, size)
        refused = value == -_FAR
        if refused:  # a hop cannot take it: `slope` is the share it can
            high = size * slope  # as paths are concave, no less is too much either
            following = high * _BELOW_CAP
        else:
            value += log(worth)
            if got * worth - size > gain:
                best, gain = size, got * worth - size
            low, high = (size, high) if value > 0.0 else (low, size)
            following = _newton(size, value, slope)
        if not low < following < high:
            following = 0.5 * (low + high) if high < _FAR else 2.0 * size + 1.0
        settled = not refused and abs(following - size) <= _CLOSE * size
        if settled or high - low <= _CLOSE * high:
            break
        size = following
    if gain > 0.0:
        _write_inputs(rows, hops, best, paid)
    return gain


@kernel
def _newton(size: float, value: float, slope: float) -> float:
    return size - value / slope if slope < 0.0 else 2.0 * size + 1.0


@kernel
def _write_inputs(rows: Rows, hops: Places, size: float, paid: Floats) -> None:
    for at in range(len(hops)):
        paid[at] = size
        size = hop_quote(rows, hops[at, ROW], hops[at, COIN_IN], hops[at, COIN_OUT], size)[0]


@kernel
def _walk(rows: Rows, hops: Places, size: float) -> tuple[float, float, float]:
    """Return what comes out, the logarithm of the slopes' product, and the slope of that.

    Where a hop cannot take its input: how far the path comes, the least number, and the share of
    its input that the hop takes.
    """
    amount, total, bend, rate = size, 0.0, 0.0, 1.0
    for at in range(len(hops)):
        row, i, j = hops[at, ROW], hops[at, COIN_IN], hops[at, COIN_OUT]
        got, slope, falls = hop_quote(rows, row, i, j, amount)
        if slope <= 0.0:
            return got, -_FAR, falls / amount if amount > 0.0 else 0.0
        total += log(slope)
        bend += falls * rate
        rate *= slope
        amount = got
    return amount, total, bend

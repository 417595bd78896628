"""What a pair of coins does at given prices: the trade that is worth most, in closed form.

All answer (first coin out, second coin out, steepness): the trade psi that maximises
n0 psi0 + n1 psi1 over the pool's trading set, and d psi0 / d n0. The other derivatives follow,
as the answer depends on the ratio n0 / n1 alone.

Source: the marginal price after the trade equals the given one, fee included; Uniswap V3
whitepaper, 6.2.2, for the amounts between two square-root prices.
"""

from math import sqrt

from bot.amm.kernels.compiling import kernel
from bot.amm.kernels.row_layout import (
    CURRENT,
    DEPTH,
    EDGE,
    FIRST,
    HIGHEST,
    KEEP,
    LIQUIDITY,
    LOWEST,
    MOVED_FIRST,
    MOVED_SECOND,
    ROOT,
    SECOND,
    SHARE,
    Floats,
    Rows,
)

Response = tuple[float, float, float]

WEIGHTED_MOST_IN = 0.3  # of the balance, after the fee. Source: Balancer V2 `WeightedMath`


@kernel
def product_response(rows: Rows, row: int, n0: float, n1: float) -> Response:
    """Answer for a constant product."""
    keep, root = rows.numbers[row, KEEP], rows.numbers[row, ROOT]
    depth = rows.numbers[row, DEPTH]
    ratio = n0 / n1
    if keep * root * root > ratio:
        target = sqrt(ratio / keep)
        paid = depth * (root - target) / (root * target)
        return -paid / keep, depth * (root - target), depth / (2.0 * keep * target * n0)
    if ratio * keep > root * root:
        target = sqrt(ratio * keep)
        got = depth * (target - root) / (root * target)
        return got, -depth * (target - root) / keep, depth / (2.0 * target * n0)
    return 0.0, 0.0, 0.0


@kernel
def segments_response(rows: Rows, row: int, n0: float, n1: float) -> Response:
    """Answer for liquidity in ranges; what lies beyond the outermost edges is left alone."""
    keep, root = rows.numbers[row, KEEP], rows.numbers[row, ROOT]
    ratio = n0 / n1
    if keep * root * root > ratio:
        return _fallen(rows, row, sqrt(ratio / keep), n0)
    if ratio * keep > root * root:
        return _risen(rows, row, sqrt(ratio * keep), n0)
    return 0.0, 0.0, 0.0


@kernel
def _fallen(rows: Rows, row: int, target: float, n0: float) -> Response:
    segments, keep = rows.segments, rows.numbers[row, KEEP]
    current, lowest = rows.places[row, CURRENT], rows.places[row, LOWEST]
    if target <= segments[lowest, EDGE]:
        return -segments[lowest, MOVED_FIRST] / keep, segments[lowest, MOVED_SECOND], 0.0
    at = segment_of(segments, lowest, current + 1, target)
    near, first, second = rows.numbers[row, ROOT], 0.0, 0.0
    if at < current:
        near = segments[at + 1, EDGE]
        first, second = segments[at + 1, MOVED_FIRST], segments[at + 1, MOVED_SECOND]
    depth = segments[at, LIQUIDITY]
    first += depth * (near - target) / (near * target)
    second += depth * (near - target)
    return -first / keep, second, depth / (2.0 * keep * target * n0)


@kernel
def _risen(rows: Rows, row: int, target: float, n0: float) -> Response:
    segments, keep = rows.segments, rows.numbers[row, KEEP]
    current, highest = rows.places[row, CURRENT], rows.places[row, HIGHEST]
    if target >= segments[highest, EDGE]:
        return segments[highest, MOVED_FIRST], -segments[highest, MOVED_SECOND] / keep, 0.0
    at = segment_of(segments, current, highest, target)
    near, first, second = rows.numbers[row, ROOT], 0.0, 0.0
    if at > current:
        near = segments[at, EDGE]
        first, second = segments[at, MOVED_FIRST], segments[at, MOVED_SECOND]
    depth = segments[at, LIQUIDITY]
    first += depth * (target - near) / (near * target)
    second += depth * (target - near)
    return first, -second / keep, depth / (2.0 * target * n0)


@kernel
def segment_of(segments: Floats, low: int, high: int, root: float) -> int:
    """Return the last place in [low, high) whose edge is not above `root`; `low` if none is."""
    while high - low > 1:
        middle = (low + high) >> 1
        if segments[middle, EDGE] <= root:
            low = middle
        else:
            high = middle
    return low


@kernel
def weighted_response(rows: Rows, row: int, n0: float, n1: float) -> Response:
    """Answer for two balances under x0^a x1^(1-a): x0 from the ratio of the balances."""
    numbers = rows.numbers
    keep, x0, x1 = numbers[row, KEEP], numbers[row, FIRST], numbers[row, SECOND]
    share = numbers[row, SHARE]
    rest = 1.0 - share
    price = (share / x0) / (rest / x1)  # second coin per first, before the fee
    ratio = n0 / n1
    if keep * price > ratio:
        return _weighted_in(x0, x1, share, keep, (ratio / (keep * price), n0))
    if ratio * keep > price:
        paid, got, steep = _weighted_in(x1, x0, rest, keep, (price / (ratio * keep), n1))
        return got, paid, steep / (ratio * ratio)
    return 0.0, 0.0, 0.0


@kernel
def _weighted_in(
    held: float, other: float, share: float, keep: float, moved: tuple[float, float]
) -> Response:
    """Answer for paying into `held`: its own flow, the other coin's, and the first one's slope.

    `moved` is what part of its price in the pool is left then, and its price outside. The pool
    takes no more at once than a part of what it holds.
    """
    move, price = moved
    arrived, steep = held * (move ** (share - 1.0) - 1.0), 0.0
    if arrived >= WEIGHTED_MOST_IN * held:
        arrived = WEIGHTED_MOST_IN * held
    else:
        steep = (1.0 - share) * (held + arrived) / (keep * price)
    left = (held / (held + arrived)) ** (share / (1.0 - share))
    return -arrived / keep, other * (1.0 - left), steep

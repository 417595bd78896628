"""What a row pays for an input, with the slope there and how fast the slope falls.

All answer (out, marginal rate d out / d in, d log(marginal rate) / d in), in whole coins. Where a
row cannot take so much, the marginal rate is zero and the last number is the most it takes.
"""

from math import sqrt

from bot.amm.kernels.compiling import kernel
from bot.amm.kernels.pair_responses import WEIGHTED_MOST_IN
from bot.amm.kernels.row_layout import (
    ANN,
    BALANCES,
    CAP,
    COINS,
    CURRENT,
    DEPTH,
    EDGE,
    FIRST,
    HIGHEST,
    IN_SCALE,
    INVARIANT,
    KEEP,
    KIND,
    LIQUIDITY,
    LOWEST,
    MOVED_FIRST,
    MOVED_SECOND,
    OUT_SCALE,
    PRODUCT,
    RAIL,
    RATE,
    ROOT,
    SEGMENTS,
    SHARE,
    STABLE,
    WEIGHTED,
    WHOLES,
    Rows,
)

Quote = tuple[float, float, float]


@kernel
def hop_quote(rows: Rows, row: int, i: int, j: int, paid: float) -> Quote:
    """Answer for `paid` of the row's coin `i` into its coin `j`."""
    kind = rows.places[row, KIND]
    if kind == SEGMENTS:
        return _falling(rows, row, paid) if i == 0 else _rising(rows, row, paid)
    if kind == STABLE:
        return _stable(rows, row, i, j, paid)
    if kind == PRODUCT:
        return _product(rows, row, i, paid)
    if kind == WEIGHTED:
        return _weighted(rows, row, i, paid)
    if kind == RAIL and i == 0:
        rate, cap = rows.numbers[row, RATE], rows.numbers[row, CAP]
        return (rate * paid, rate, 0.0) if paid <= cap else (rate * cap, 0.0, cap)
    return 0.0, 0.0, 0.0


@kernel
def _product(rows: Rows, row: int, i: int, paid: float) -> Quote:
    numbers = rows.numbers
    keep, root, depth = numbers[row, KEEP], numbers[row, ROOT], numbers[row, DEPTH]
    held = depth / root if i == 0 else depth * root
    rate = root * root if i == 0 else 1.0 / (root * root)
    left = held / (held + keep * paid)  # share of the other coin that stays
    got = keep * paid * rate * left
    return got, keep * rate * left * left, -2.0 * keep / (held + keep * paid)


@kernel
def _falling(rows: Rows, row: int, paid: float) -> Quote:
    segments, keep = rows.segments, rows.numbers[row, KEEP]
    low, current = rows.places[row, LOWEST], rows.places[row, CURRENT]
    arrived = keep * paid
    if arrived >= segments[low, MOVED_FIRST]:
        return segments[low, MOVED_SECOND], 0.0, segments[low, MOVED_FIRST] / keep
    high = current + 1
    while high - low > 1:  # the last edge that is not reached
        middle = (low + high) >> 1
        if segments[middle, MOVED_FIRST] > arrived:
            low = middle
        else:
            high = middle
    near, got = rows.numbers[row, ROOT], 0.0
    if low < current:
        near, got = segments[high, EDGE], segments[high, MOVED_SECOND]
        arrived -= segments[high, MOVED_FIRST]
    depth = segments[low, LIQUIDITY]
    root = near / (1.0 + arrived * near / depth)
    return got + arrived * near * root, keep * root * root, -2.0 * keep * root / depth


@kernel
def _rising(rows: Rows, row: int, paid: float) -> Quote:
    segments, keep = rows.segments, rows.numbers[row, KEEP]
    current, high = rows.places[row, CURRENT], rows.places[row, HIGHEST]
    arrived = keep * paid
    if arrived >= segments[high, MOVED_SECOND]:
        return segments[high, MOVED_FIRST], 0.0, segments[high, MOVED_SECOND] / keep
    low = current
    while high - low > 1:  # up to the first edge that is not reached
        middle = (low + high) >> 1
        if segments[middle, MOVED_SECOND] > arrived:
            high = middle
        else:
            low = middle
    near, got = rows.numbers[row, ROOT], 0.0
    if low > current:
        near, got = segments[low, EDGE], segments[low, MOVED_FIRST]
        arrived -= segments[low, MOVED_SECOND]
    depth = segments[low, LIQUIDITY]
    root = near + arrived / depth
    return got + arrived / (near * root), keep / (root * root), -2.0 * keep / (root * depth)


@kernel
def _weighted(rows: Rows, row: int, i: int, paid: float) -> Quote:
    numbers = rows.numbers
    keep, share = numbers[row, KEEP], numbers[row, SHARE]
    held, other = numbers[row, FIRST], numbers[row, FIRST + 1]
    if i == 1:
        held, other, share = other, held, 1.0 - share
    most = WEIGHTED_MOST_IN * held / keep
    if paid >= most:
        left = (1.0 + WEIGHTED_MOST_IN) ** (-share / (1.0 - share))
        return other * (1.0 - left), 0.0, most
    power, after = share / (1.0 - share), held + keep * paid
    left = (held / after) ** power
    rate = keep * power * other * left / after
    return other * (1.0 - left), rate, -keep * (power + 1.0) / after


@kernel
def _stable(rows: Rows, row: int, i: int, j: int, paid: float) -> Quote:
    """Solve the curve's quadratic for the balance of coin `j`."""
    numbers, coins = rows.numbers, rows.places[row, COINS]
    ann, invariant = numbers[row, ANN], numbers[row, INVARIANT]
    arrived = 1.0 / (numbers[row, IN_SCALE] * numbers[row, WHOLES + i])  # units per coin
    leaves = numbers[row, OUT_SCALE] * numbers[row, WHOLES + j]  # coins per unit
    held = numbers[row, BALANCES + i] + arrived * paid
    others, product = held, invariant * invariant / (held * coins)
    for k in range(coins):
        if k not in (i, j):
            others += numbers[row, BALANCES + k]
            product *= invariant / (numbers[row, BALANCES + k] * coins)
    product *= invariant / (ann * coins)
    linear = others + invariant / ann - invariant
    root = sqrt(linear * linear + 4.0 * product)
    left = 2.0 * product / (linear + root) if linear > 0.0 else 0.5 * (root - linear)
    pull = ann * product / left  # k of the whole curve
    pull_i, pull_j = ann + pull / held, ann + pull / left
    rate = pull_i / pull_j
    growth = rate / left - 1.0 / held  # d log(pull) / d held
    bend = (
        pull / held * (growth - 1.0 / held) / pull_i - pull / left * (growth + rate / left) / pull_j
    )
    got = leaves * (numbers[row, BALANCES + j] - left)
    return got, leaves * arrived * rate, bend * arrived

"""Which pools hang together, and roughly what every token is worth."""

import numpy as np
from numpy.typing import NDArray

from bot.amm.kernels.compiling import entry, kernel
from bot.amm.kernels.row_layout import (
    ANN,
    BALANCES,
    CAP,
    COINS,
    CURRENT,
    DEPTH,
    FIRST,
    K0,
    KIND,
    LIQUIDITY,
    PRODUCT,
    RAIL,
    RATE,
    ROOT,
    SECOND,
    SEGMENTS,
    SHARE,
    SHUT,
    STABLE,
    TOKENS,
    WHOLES,
    Floats,
    Places,
    Rows,
)

Reached = NDArray[np.bool_]

_RAIL_WEIGHT = 1e-6  # a rail is deep, but tells a bound of the price only


@entry
def connected(rows: Rows, tokens: int) -> tuple[Places, Reached]:
    """Return the chosen rows that a chain of open ones links to token 0, and the linked tokens."""
    reached = np.zeros(tokens, np.bool_)
    reached[0] = True
    linked, count = rows.chosen.copy(), 0
    taken = np.zeros(len(linked), np.bool_)
    grown = True
    while grown:
        grown = False
        for at in range(len(linked)):
            if not taken[at] and _touches(rows, rows.chosen[at], reached):
                taken[at] = grown = True
    for at in range(len(linked)):
        if taken[at]:
            linked[count] = rows.chosen[at]
            count += 1
    return linked[:count], reached


@kernel
def _touches(rows: Rows, row: int, reached: Reached) -> bool:
    """Return whether the row is open and has a reached token; all of its tokens then are."""
    if rows.places[row, KIND] == SHUT:
        return False
    coins, touches = rows.places[row, COINS], False
    for coin in range(coins):
        touches = touches or reached[rows.places[row, TOKENS + coin]]
    if touches:
        for coin in range(coins):
            reached[rows.places[row, TOKENS + coin]] = True
    return touches


@entry
def spot_prices(rows: Rows, tokens: int) -> Floats:
    """Return a first guess of every token's price: along the deepest rows from token 0.

    Zero for tokens that no chosen row leads to.
    """
    prices = np.zeros(tokens)
    prices[0] = 1.0
    for _ in range(tokens - 1):
        deepest, token, price = -1.0, -1, 0.0
        for row in rows.chosen:
            depth, other, its_price = _deepest_way(rows, row, prices)
            if depth > deepest:
                deepest, token, price = depth, other, its_price
        if token < 0:
            break
        prices[token] = price
    return prices


@kernel
def _deepest_way(rows: Rows, row: int, prices: Floats) -> tuple[float, int, float]:
    """Return depth in worth, token and price of the row's best way from known to new tokens."""
    deepest, token, price = -1.0, -1, 0.0
    for i in range(rows.places[row, COINS]):
        known = prices[rows.places[row, TOKENS + i]]
        if known <= 0.0:
            continue
        for j in range(rows.places[row, COINS]):
            other = rows.places[row, TOKENS + j]
            if prices[other] <= 0.0:
                rate, depth = _spot(rows, row, i, j)
                if depth * known > deepest and rate > 0.0:
                    deepest, token, price = depth * known, other, known / rate
    return deepest, token, price


@kernel
def _spot(rows: Rows, row: int, i: int, j: int) -> tuple[float, float]:
    """Return coin `j` per coin `i`, and coins `i` per relative change of that, both without fee."""
    numbers, kind = rows.numbers, rows.places[row, KIND]
    if kind == STABLE:
        return _stable_spot(rows, row, i, j)
    if kind == RAIL:
        rate, depth = numbers[row, RATE], numbers[row, CAP] * _RAIL_WEIGHT
    elif kind in (PRODUCT, SEGMENTS):
        root, liquidity = numbers[row, ROOT], numbers[row, DEPTH]
        if kind == SEGMENTS:
            liquidity = rows.segments[rows.places[row, CURRENT], LIQUIDITY]
        rate, depth = root * root, 0.5 * liquidity / root
    else:
        share, held = numbers[row, SHARE], numbers[row, FIRST]
        rate, depth = numbers[row, SECOND] / held * share / (1.0 - share), held * (1.0 - share)
    return (rate, depth) if i == 0 else (1.0 / rate, depth * rate)


@kernel
def _stable_spot(rows: Rows, row: int, i: int, j: int) -> tuple[float, float]:
    numbers = rows.numbers
    ann, k0 = numbers[row, ANN], numbers[row, K0]
    held_i, held_j = numbers[row, BALANCES + i], numbers[row, BALANCES + j]
    pull_i, pull_j = ann + k0 / held_i, ann + k0 / held_j
    whole_i, whole_j = numbers[row, WHOLES + i], numbers[row, WHOLES + j]
    bend = k0 / (held_i * held_i) / pull_i + k0 / (held_j * held_j) / pull_j
    return pull_i / pull_j * whole_j / whole_i, whole_i / bend

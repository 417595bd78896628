"""What a StableSwap curve does at given prices: all its coins at once.

The trade that is worth most ends on the curve where the weights of the moved coins (their prices,
fee included) are in proportion to the curve's gradient: a * weight = ann + k / balance with
k = d^(n+1) / (n^n prod(balances)). So each balance is k / (a * weight - ann), k follows from `a`,
and the curve itself is one falling equation in `a`, solved by Newton from the last solution.

Which coins move is found by starting from the pair that is furthest apart and adding the coin
whose weight is most violated, until none is.
"""

from math import exp, isnan, log

from bot.amm.kernels.compiling import kernel
from bot.amm.kernels.row_layout import (
    ANN,
    BALANCES,
    COINS,
    IN_SCALE,
    INVARIANT,
    K0,
    LOG_C,
    MOST_COINS,
    OUT_SCALE,
    TAU,
    TOKENS,
    WHOLES,
    Floats,
    Rows,
)
from bot.amm.kernels.stable_scratch import (
    BALANCE,
    FLOW,
    FOUND,
    GROWTH,
    HELD,
    IDLE,
    IDLE_SUM,
    IN,
    LEAST,
    LOG_C_LEFT,
    MOVING,
    OUT,
    PRICE,
    SIDE,
    SLOPES,
    WEIGHT,
    A,
    K,
)
from bot.amm.kernels.stable_slopes import write_slopes

_WIDEST, _MOST_STEPS, _SMALL = 60.0, 60, 1e-6  # of tau
_ROUNDS = 2 * MOST_COINS
_VIOLATED = 1e-11


@kernel
def stable_response(rows: Rows, row: int, prices: Floats, scratch: Floats) -> float:
    """Return the worth of the best trade; its flows and slopes are left in `scratch`."""
    coins = rows.places[row, COINS]
    for k in range(coins):
        price = prices[rows.places[row, TOKENS + k]]
        scratch[PRICE, k] = price * rows.numbers[row, WHOLES + k]
        scratch[FLOW, k], scratch[SIDE, k] = 0.0, IDLE
        for j in range(coins):
            scratch[SLOPES + k, j] = 0.0
    if not _furthest_apart(rows, row, scratch):
        return 0.0
    _solve(rows, row, scratch)
    for _ in range(_ROUNDS if coins > 2 else 0):
        if not _correct(rows, row, scratch):
            break
        _solve(rows, row, scratch)
    write_slopes(rows, row, scratch)
    return _flows(rows, row, scratch)


@kernel
def _furthest_apart(rows: Rows, row: int, scratch: Floats) -> bool:
    """Choose the first pair; return whether anything is worth trading at all."""
    numbers = rows.numbers
    ann, k0 = numbers[row, ANN], numbers[row, K0]
    least, most, cheapest, dearest = 1e300, 0.0, 0, 0
    for k in range(rows.places[row, COINS]):
        rate = scratch[PRICE, k] / (ann + k0 / numbers[row, BALANCES + k])
        if rate < least:
            least, cheapest = rate, k
        if rate > most:
            most, dearest = rate, k
    if numbers[row, OUT_SCALE] * most <= numbers[row, IN_SCALE] * least:
        return False
    _move(rows, row, scratch, cheapest, IN)
    _move(rows, row, scratch, dearest, OUT)
    return True


@kernel
def _move(rows: Rows, row: int, scratch: Floats, coin: int, side: float) -> None:
    scale = rows.numbers[row, OUT_SCALE if side == OUT else IN_SCALE]
    scratch[SIDE, coin] = side
    scratch[WEIGHT, coin] = scale * scratch[PRICE, coin]


@kernel
def _solve(rows: Rows, row: int, scratch: Floats) -> None:
    """Find the balances of the moving coins: Newton in log(a * least weight - ann), bracketed."""
    _set_apart_idle(rows, row, scratch)
    tau = rows.memory[row, TAU]
    if isnan(tau):
        tau = log(rows.numbers[row, K0] / scratch[FOUND, HELD])
    low, high = -_WIDEST, _WIDEST
    for _ in range(_MOST_STEPS):
        value, slope = _spread(rows, row, scratch, tau)
        if value > 0.0:
            low = tau
        else:
            high = tau
        step = -value / slope
        if not low <= tau + step <= high:
            step = 0.5 * (low + high) - tau
        if abs(step) < _SMALL:
            _finish(rows, row, scratch, step * exp(tau))
            tau += step
            break
        tau += step
    rows.memory[row, TAU] = tau


@kernel
def _set_apart_idle(rows: Rows, row: int, scratch: Floats) -> None:
    """Write what `_spread` needs of the coins: least weight, and what the idle ones contribute."""
    found, numbers = scratch[FOUND], rows.numbers
    found[LEAST], found[MOVING] = 1e300, 0.0
    found[IDLE_SUM], found[LOG_C_LEFT] = 0.0, numbers[row, LOG_C]
    for k in range(rows.places[row, COINS]):
        held = numbers[row, BALANCES + k]
        if scratch[SIDE, k] == IDLE:
            found[IDLE_SUM] += held
            found[LOG_C_LEFT] -= log(held)
            continue
        found[MOVING] += 1.0
        if scratch[WEIGHT, k] < found[LEAST]:
            found[LEAST], found[HELD] = scratch[WEIGHT, k], held


@kernel
def _spread(rows: Rows, row: int, scratch: Floats, tau: float) -> tuple[float, float]:
    """Write the balances that `tau` stands for; return by how much they miss, and its slope."""
    found, coins = scratch[FOUND], rows.places[row, COINS]
    ann, least, excess = rows.numbers[row, ANN], found[LEAST], exp(tau)
    product, pull = 1.0, 0.0
    for k in range(coins):
        if scratch[SIDE, k] != IDLE:
            weight = scratch[WEIGHT, k]
            ratio = weight / least
            part = 1.0 / (ann * (ratio - 1.0) + excess * ratio)  # balance / k
            scratch[BALANCE, k] = part
            product *= part
            pull += weight * part
    size = exp((found[LOG_C_LEFT] - log(product)) / (found[MOVING] + 1.0))
    growth = pull / (found[MOVING] + 1.0)  # d log k / d a
    total, slope = found[IDLE_SUM], 0.0
    for k in range(coins):
        if scratch[SIDE, k] != IDLE:
            part = scratch[BALANCE, k]
            total += size * part
            slope += size * part * (growth - scratch[WEIGHT, k] * part)
            scratch[BALANCE, k] = size * part
    found[A], found[K], found[GROWTH] = (ann + excess) / least, size, growth
    value = ann * total - size - (ann - 1.0) * rows.numbers[row, INVARIANT]
    return value, (ann * slope - size * growth) * excess / least


@kernel
def _finish(rows: Rows, row: int, scratch: Floats, step: float) -> None:
    """Take a last step of first order in place of another round: Newton is quadratic by then."""
    found = scratch[FOUND]
    move, growth = step / found[LEAST], found[GROWTH]
    for k in range(rows.places[row, COINS]):
        if scratch[SIDE, k] != IDLE:
            part = scratch[BALANCE, k] / found[K]
            scratch[BALANCE, k] *= 1.0 + (growth - scratch[WEIGHT, k] * part) * move
    found[A] += move
    found[K] *= 1.0 + growth * move


@kernel
def _correct(rows: Rows, row: int, scratch: Floats) -> bool:
    """Drop coins that moved the wrong way, add the one that should move most; true if any did."""
    dropped = _drop(rows, row, scratch, IN)
    dropped = _drop(rows, row, scratch, OUT) or dropped
    numbers = rows.numbers
    worst, coin, side = _VIOLATED, -1, IN
    for k in range(rows.places[row, COINS]):
        held, price = numbers[row, BALANCES + k], scratch[PRICE, k]
        if scratch[SIDE, k] != IDLE:
            continue
        worth = (numbers[row, ANN] + scratch[FOUND, K] / held) / scratch[FOUND, A]
        paid_in = worth / (numbers[row, IN_SCALE] * price) - 1.0
        got_out = numbers[row, OUT_SCALE] * price / worth - 1.0
        if max(paid_in, got_out) > worst:
            worst, coin = max(paid_in, got_out), k
            side = IN if paid_in > got_out else OUT
    if coin >= 0:
        _move(rows, row, scratch, coin, side)
    return dropped or coin >= 0


@kernel
def _drop(rows: Rows, row: int, scratch: Floats, side: float) -> bool:
    """Let the coins rest that moved to `side` but came out on the other, all but the last one."""
    dropped, left = False, 0
    for k in range(rows.places[row, COINS]):
        left += 1 if scratch[SIDE, k] == side else 0
    for k in range(rows.places[row, COINS]):
        if scratch[SIDE, k] == side and left > 1:
            arrived = scratch[BALANCE, k] - rows.numbers[row, BALANCES + k]
            if arrived < 0.0 if side == IN else arrived > 0.0:
                scratch[SIDE, k], dropped = IDLE, True
                left -= 1
    return dropped


@kernel
def _flows(rows: Rows, row: int, scratch: Floats) -> float:
    numbers, worth = rows.numbers, 0.0
    for k in range(rows.places[row, COINS]):
        side = scratch[SIDE, k]
        if side != IDLE:
            scale = numbers[row, OUT_SCALE if side == OUT else IN_SCALE]
            units = scale * (numbers[row, BALANCES + k] - scratch[BALANCE, k])
            scratch[FLOW, k] = units * numbers[row, WHOLES + k]
            worth += units * scratch[PRICE, k]
    return worth

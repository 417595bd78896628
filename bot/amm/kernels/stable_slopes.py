"""How the flows of a StableSwap curve bend when prices move."""

from bot.amm.kernels.compiling import kernel
from bot.amm.kernels.row_layout import ANN, COINS, IN_SCALE, OUT_SCALE, WHOLES, Floats, Rows
from bot.amm.kernels.stable_scratch import BALANCE, FOUND, IDLE, OUT, SIDE, SLOPES, WEIGHT, A, K


@kernel
def write_slopes(rows: Rows, row: int, scratch: Floats) -> None:
    """Differentiate the two equations of the curve by every price (implicit function theorem)."""
    ann, coins = rows.numbers[row, ANN], rows.places[row, COINS]
    a, size = scratch[FOUND, A], scratch[FOUND, K]
    moving, total, pull, pulled = 0.0, 0.0, 0.0, 0.0
    for k in range(coins):
        if scratch[SIDE, k] != IDLE:
            balance, weight = scratch[BALANCE, k], scratch[WEIGHT, k]
            moving += 1.0
            total += balance
            pull += balance * weight
            pulled += balance * balance * weight
    on_size, on_a = ann * total / size - 1.0, -ann * pulled / size
    product_on_size, product_on_a = (1.0 + moving) / size, -pull / size
    determinant = on_size * product_on_a - on_a * product_on_size
    for j in range(coins):
        if scratch[SIDE, j] == IDLE:
            continue
        balance = scratch[BALANCE, j]
        first, second = ann * balance * balance * a / size, balance * a / size
        size_moves = (first * product_on_a - on_a * second) / determinant
        a_moves = (on_size * second - first * product_on_size) / determinant
        for i in range(coins):
            if scratch[SIDE, i] != IDLE:
                own = a if i == j else 0.0
                moves = scratch[BALANCE, i] * size_moves / size
                bent = own + scratch[WEIGHT, i] * a_moves
                moves -= scratch[BALANCE, i] * scratch[BALANCE, i] / size * bent
                scale = _scale(rows, row, scratch, i) * _scale(rows, row, scratch, j)
                scratch[SLOPES + i, j] = -moves * scale


@kernel
def _scale(rows: Rows, row: int, scratch: Floats, coin: int) -> float:
    side = rows.numbers[row, OUT_SCALE if scratch[SIDE, coin] == OUT else IN_SCALE]
    scale: float = side * rows.numbers[row, WHOLES + coin]
    return scale

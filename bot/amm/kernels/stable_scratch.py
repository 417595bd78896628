"""What stands where while the answer of a StableSwap curve is found."""

from bot.amm.kernels.row_layout import MOST_COINS

# Rows of the scratch array; the slopes d flow / d price take the rest of it.
FLOW, BALANCE, PRICE, SIDE, WEIGHT, FOUND = range(6)
SLOPES = 6
SCRATCH_SHAPE = (SLOPES + MOST_COINS, max(MOST_COINS, 8))

IDLE, IN, OUT = -1.0, 0.0, 1.0  # sides
# Columns of `FOUND`: `a`, k and d log k / d a; what setting idle coins apart writes.
A, K, GROWTH, LEAST, HELD, MOVING, IDLE_SUM, LOG_C_LEFT = range(8)

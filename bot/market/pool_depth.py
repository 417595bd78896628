"""How much a pool takes before its price moves: what an exchange's book tells by its levels."""

from collections.abc import Callable

from bot.amm.pool import Pool
from bot.domain.units import Raw

NEAR = 0.001  # of the first price; what depth means everywhere in this project
NO_GUESS = Raw(0)
_PRECISE = 1.01  # the last bracket, upper over lower end
_STRIDE = 1.1  # the first step from a guess; the next is its square, and so on
_STEP_SHARE = 64  # a marginal rate is taken over this part of the size, and at least over one coin
_FIRST_GUESS = 1_000  # whole coins


def depth_within(pool: Pool, i: int, j: int, guess: Raw = NO_GUESS) -> Raw:
    """Return about how much of coin `i` can be sold until the marginal rate is `NEAR` lower.

    Within one percent below the true size; zero where not even one coin can. The marginal rate at
    a size is what a small addition to it pays: by the pool's own exact arithmetic, so that every
    protocol, tick and fee counts as it would in a trade. A good `guess` saves most of the work.
    """
    coin = 10 ** pool.spec.tokens[i].decimals
    least, room = pool.marginal_rate(i, j) * (1 - NEAR), pool.max_in(i, j)

    def holds(size: int) -> bool:
        step = max(size // _STEP_SHARE, coin)
        if size + step > room:
            return False
        paid = pool.amount_out(i, j, Raw(size + step)) - pool.amount_out(i, j, Raw(size))
        return bool(paid >= least * step)

    if least <= 0 or not holds(coin):
        return Raw(0)
    low, high = _bracket(holds, coin, max(guess or _FIRST_GUESS * coin, coin))
    while high > low * _PRECISE:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return Raw(low)


def _bracket(holds: Callable[[int], bool], least: int, guess: int) -> tuple[int, int]:
    """Return a size that holds, `least` or more, and a larger one that does not."""
    stride = _STRIDE
    if holds(guess):
        low, high = guess, int(guess * stride)
        while holds(high):
            stride *= stride
            low, high = high, int(high * stride)
        return low, high
    low, high = int(guess / stride), guess
    while low > least and not holds(low):
        stride *= stride
        low, high = int(low / stride), low
    return max(low, least), high

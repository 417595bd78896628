"""How much a pool takes before its price moves: what an exchange's book tells by its levels."""

from bot.amm.pool import Pool
from bot.domain.units import Raw

NEAR = 0.001  # of the first price; what depth means everywhere in this project
_GROWTH = 4
_PRECISE = 1.01  # the last bracket, upper over lower end
_STEP_SHARE = 64  # a marginal rate is taken over this part of the size, and at least over one coin


def depth_within(pool: Pool, i: int, j: int, near: float = NEAR) -> Raw:
    """Return about how much of coin `i` can be sold until the marginal rate is `near` lower.

    Within one percent below the true size; zero where not even one coin can. The marginal rate at
    a size is what a small addition to it pays: by the pool's own exact arithmetic, so that every
    protocol, tick and fee counts as it would in a trade.
    """
    coin = 10 ** pool.spec.tokens[i].decimals
    least, room = pool.marginal_rate(i, j) * (1 - near), pool.max_in(i, j)

    def holds(size: int) -> bool:
        step = max(size // _STEP_SHARE, coin)
        if size + step > room:
            return False
        paid = pool.amount_out(i, j, Raw(size + step)) - pool.amount_out(i, j, Raw(size))
        return bool(paid >= least * step)

    if least <= 0 or not holds(coin):
        return Raw(0)
    low, high = coin, coin * _GROWTH
    while holds(high):
        low, high = high, high * _GROWTH
    while high > low * _PRECISE:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return Raw(low)

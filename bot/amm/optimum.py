"""What a path of swaps pays, in exact integers."""

from collections.abc import Sequence

from bot.amm.pool import Pool
from bot.domain.units import Raw

Step = tuple[Pool, int, int]


def quote_path(steps: Sequence[Step], amount_in: Raw) -> tuple[Raw, ...]:
    """Return the amount after every step, exactly as the pools would pay.

    Every entry from the first pool that cannot fill onwards is zero.
    """
    amounts: list[Raw] = []
    amount = amount_in
    for pool, i, j in steps:
        amount = pool.amount_out(i, j, amount) if amount > 0 else Raw(0)
        amounts.append(amount)
    return tuple(amounts)


def rate_of(steps: Sequence[Step]) -> float:
    """Return out per in of the whole path at size zero; at most 1.0 means no profit at any size."""
    rate = 1.0
    for pool, i, j in steps:
        rate *= pool.marginal_rate(i, j)
    return rate

"""The best size of one cycle, in exact integers."""

from collections.abc import Callable, Sequence

from bot.amm.pool import Pool
from bot.domain.units import Raw

# (5 ** 0.5 - 1) / 2 as a fraction: keeps the bracket in integers at any size.
_GOLDEN_NUMERATOR = 6_180_339_887
_GOLDEN_DENOMINATOR = 10_000_000_000
_RELATIVE_STOP = 1 << 20  # stop once the bracket is a millionth of the size
_TRIED_ONE_BY_ONE = 32  # below this width truncation would put the two inner points in disorder

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


def best_size(profit_of: Callable[[Raw], int], upper: Raw) -> tuple[Raw, int]:
    """Return the size in 1..`upper` with the highest profit, and that profit.

    `profit_of` must rise to one peak and fall after it, as the profit of a path of concave pools
    does (a cap beyond which a path pays nothing keeps that shape). Golden-section search: the size
    is within a millionth of the best, where profit is flat, and the profit returned is exact.
    """
    low, high = 0, int(upper)
    left, right = _inner(low, high)
    at_left, at_right = profit_of(Raw(left)), profit_of(Raw(right))
    while high - low > _TRIED_ONE_BY_ONE + high // _RELATIVE_STOP:
        if at_left < at_right:
            low, left, at_left = left, right, at_right
            right = low + _golden(high - low)
            at_right = profit_of(Raw(right))
        else:
            high, right, at_right = right, left, at_left
            left = high - _golden(high - low)
            at_left = profit_of(Raw(left))
    few = high - low <= _TRIED_ONE_BY_ONE
    sizes = range(max(low, 1), high + 1) if few else (max(low, 1), left, right, high)
    return max(
        ((Raw(size), profit_of(Raw(size))) for size in sizes),
        key=lambda found: (found[1], -found[0]),
    )


def _golden(width: int) -> int:
    return width * _GOLDEN_NUMERATOR // _GOLDEN_DENOMINATOR


def _inner(low: int, high: int) -> tuple[int, int]:
    return high - _golden(high - low), low + _golden(high - low)

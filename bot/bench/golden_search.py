"""The best size by trying sizes: the yardstick for the search by slopes, free of pictures."""

from collections.abc import Callable

from bot.domain.units import Raw

# (5 ** 0.5 - 1) / 2 as a fraction: keeps the bracket in integers at any size.
_GOLDEN_NUMERATOR = 6_180_339_887
_GOLDEN_DENOMINATOR = 10_000_000_000
_RELATIVE_STOP = 1 << 20  # stop once the bracket is a millionth of the size
_TRIED_ONE_BY_ONE = 32  # below this width truncation would put the two inner points in disorder


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

"""The least input that buys an output, where a protocol has no price for exact outputs."""

from collections.abc import Callable

from bot.domain.units import Raw


def least_input(
    quote: Callable[[int], int], wanted: int, limit: int, rate: float, guess: int | None = None
) -> Raw:
    """Return the smallest input in [1, limit] that pays at least `wanted`; zero where none does.

    `quote` must not fall as its input grows. `guess`, or else `rate`, its slope near zero, only
    sets where the search begins: secant steps to the neighbourhood, then doubling steps until the
    answer lies between two known inputs, then halving.
    """
    if wanted <= 0 or limit <= 0 or quote(limit) < wanted:
        return Raw(0)
    low, high = 0, limit  # quote(low) < wanted <= quote(high)
    before, stride = (0, 0), 1
    at = guess if guess is not None else int(wanted / rate) if rate else limit // 2
    while high - low > 1:
        at = min(max(at, low + 1), high - 1)
        paid = quote(at)
        slope = (paid - before[1]) / (at - before[0]) if at != before[0] else rate
        before = (at, paid)
        low, high = (low, at) if paid >= wanted else (at, high)
        step = int((wanted - paid) / slope) if slope > 0 else 0
        if abs(step) > stride:
            at += step
        elif high - low <= 2 * stride:
            at = (low + high) // 2
        else:
            at += -stride if paid >= wanted else stride
        stride *= 2
    return Raw(high)

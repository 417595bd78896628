"""The best size of a round trip by trying sizes: no assumption about the shape of profit."""

from collections.abc import Callable

from bot.domain.units import Raw

_POINTS = 1_000
_ROUNDS = 4


def brute_force(profit_of: Callable[[Raw], int], upper: int) -> tuple[Raw, int]:
    """Return the best size and profit of an even grid over 1..`upper`, refined around its best."""
    low, high = 1, upper
    best = (profit_of(Raw(1)), 1)
    for _ in range(_ROUNDS):
        step = max((high - low) // _POINTS, 1)
        sizes = range(low, high + 1, step)
        best = max([best, *((profit_of(Raw(size)), size) for size in sizes)])
        low, high = max(best[1] - 2 * step, 1), min(best[1] + 2 * step, upper)
    return Raw(best[1]), best[0]

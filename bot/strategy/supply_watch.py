"""Follows the supply of one coin: a jump within an hour is a bug or a theft until taken back."""

from collections import deque

from bot.domain.ticks import Supply
from bot.domain.units import BPS, NANOS_PER_S, Nanos, Wad

_HOUR_NS = 3_600 * NANOS_PER_S


class SupplyWatch:
    """Remembers an hour of supplies, and the one before a jump until the jump is undone."""

    def __init__(self, cap_bps: int) -> None:
        self._cap_bps = cap_bps  # of the supply per hour, that may be minted
        self._hour: deque[tuple[Nanos, Wad]] = deque()
        self._base: Wad | None = None  # before the jump

    def hear(self, supply: Supply) -> None:
        """Take a supply; older than the newest is ignored."""
        if self._hour and supply.at < self._hour[-1][0]:
            return
        self._hour.append((supply.at, supply.total))
        while len(self._hour) > 1 and self._hour[1][0] <= supply.at - _HOUR_NS:
            self._hour.popleft()
        least = min(total for _, total in self._hour)
        if self._base is None and _rise_bps(supply.total, least) > self._cap_bps:
            self._base = least
        elif self._base is not None and _rise_bps(supply.total, self._base) <= self._cap_bps:
            self._base = None

    @property
    def jump_bps(self) -> float | None:
        """Rise above what held before the jump, or within the last hour; None: never told."""
        if not self._hour:
            return None
        newest = self._hour[-1][1]
        base = self._base if self._base is not None else min(total for _, total in self._hour)
        return _rise_bps(newest, base)


def _rise_bps(now: Wad, before: Wad) -> float:
    if before <= 0:
        return 0.0 if now <= 0 else float("inf")
    return (now - before) * BPS / before

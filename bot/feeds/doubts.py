"""Pools of plans that a simulation did not confirm: which of them was wrong is not known."""

from collections.abc import Iterable

from bot.domain.venues import PoolSpec

FORGOTTEN_AFTER = 32  # blocks without another failure
FIRST_ABSENCE = 8  # blocks out of the market at the second failure; doubled at each one more
_LONGEST_ABSENCE = 256


class Doubts:
    """A first failure has a pool read afresh; after another one it stays out of the market."""

    def __init__(self) -> None:
        self._failures: dict[PoolSpec, tuple[int, int]] = {}  # block of the newest, how many
        self._unread: set[PoolSpec] = set()

    def add(self, specs: Iterable[PoolSpec], block: int) -> None:
        """Doubt the pools of a plan that failed on `block`."""
        for spec in set(specs):
            newest, count = self._failures.get(spec, (block, 0))
            count = 0 if block - newest > FORGOTTEN_AFTER + _absence(count) else count
            self._failures[spec] = (block, count + 1)
            self._unread.add(spec)

    def is_unread(self, spec: PoolSpec) -> bool:
        """Return whether a pool must be read afresh before anything is believed of it."""
        return spec in self._unread

    def were_read(self) -> None:
        """Take note of a fresh read of all that were unread."""
        self._unread.clear()

    def is_out(self, spec: PoolSpec, block: int) -> bool:
        """Return whether a pool has no place in the market of `block`."""
        newest, count = self._failures.get(spec, (block, 0))
        return block - newest <= _absence(count) if count > 1 else False


def _absence(failures: int) -> int:
    """Return for how many blocks a pool stays out."""
    if failures < 2:
        return 0
    return min(FIRST_ABSENCE << (failures - 2), _LONGEST_ABSENCE)

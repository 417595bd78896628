"""The best size of one closed path: found on pictures in microseconds, ended in exact integers."""

from collections.abc import Iterable, Sequence
from itertools import permutations

import numpy as np

from bot.amm.image import Image, Rail, Shut
from bot.amm.kernels.path_optimum import size_cycle
from bot.amm.kernels.row_layout import Places, Rows
from bot.amm.optimum import Step, quote_path
from bot.amm.picture_rows import PictureRows
from bot.amm.pool import Pool
from bot.domain.units import Raw

_BACK_OFF = 1 << 20  # a size that a pool refuses is made smaller by one part in so many
_TRIES = 4


class SizedPath:
    """A closed path over the state it was made for."""

    def __init__(self, rows: Rows, hops: Places, steps: Sequence[Step]) -> None:
        self._arrays = (rows.places, rows.numbers, rows.segments)
        self._hops, self._steps = hops, steps
        first, i, _ = steps[0]
        self._unit = 10 ** first.spec.tokens[i].decimals
        self._limit = first.max_in(i, steps[0][2])
        self._paid = np.zeros(len(steps))

    def best(self, costs: int = 0) -> tuple[Raw, int]:
        """Return the best input and its exact profit after `costs`, in the first coin's base units.

        Both zero where nothing is left. Pictures and pools can differ at the end of a pool's
        capacity: there the size is made a little smaller.
        """
        size = self.size()
        for _ in range(_TRIES):
            if size <= 0:
                break
            out = quote_path(self._steps, size)[-1]
            if out:
                profit = out - size - costs
                return (size, profit) if profit > 0 else (Raw(0), 0)
            size = Raw(size - size // _BACK_OFF - 1)
        return Raw(0), 0

    def size(self) -> Raw:
        """Return the best input as pictures have it, rounded down; zero where none gains."""
        if size_cycle(*self._arrays, self._hops, self._paid) <= 0.0:
            return Raw(0)
        return Raw(min(int(self._paid[0] * self._unit), self._limit))


class PathSizer:
    """Pictures of `pools`, for any number of paths through them."""

    def __init__(self, pools: Iterable[Pool]) -> None:
        self._pictures = PictureRows()
        self._ways: dict[tuple[int, int, int], tuple[int, int, int]] = {}
        self._pools = tuple(pools)  # keeps them, and so their identities, alive
        for pool in self._pools:
            for image in pool.images():
                row = self._pictures.add(image, 0, range(len(pool.spec.tokens)))
                self._pictures.write(row, image)
                self._note(id(pool), row, image)

    def path(self, steps: Sequence[Step]) -> SizedPath:
        """Return the path through `steps`, which are of this object's pools."""
        hops = np.array([self._ways[id(pool), i, j] for pool, i, j in steps], np.int64)
        return SizedPath(self._pictures.view(np.zeros(0, np.int64)), hops, steps)

    def _note(self, pool: int, row: int, image: Image) -> None:
        """Note the ways through a row; where a pool has one row per direction, the open one."""
        for at, to in permutations(range(len(image.coins)), 2):
            way = (pool, image.coins[at], image.coins[to])
            if isinstance(image, Shut):
                self._ways.setdefault(way, (row, at, to))
            elif at < to or not isinstance(image, Rail):
                self._ways[way] = (row, at, to)

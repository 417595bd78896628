"""The best size of one closed path: found on pictures in microseconds, ended in exact integers."""

from collections.abc import Iterator, Sequence

import numpy as np

from bot.amm.flat_market import FlatMarket
from bot.amm.graph import Hop
from bot.amm.kernels.path_optimum import size_cycle
from bot.amm.optimum import Step, quote_path
from bot.domain.units import Raw

_NOBODY = np.zeros(0, np.int64)
_TRIMS = (1_000_000_000, 1_000_000, 10_000)  # parts of a size, one less each where it is refused


class SizedPath:
    """A closed path over the state that `market` shows: valid until that is refreshed."""

    def __init__(self, market: FlatMarket, hops: Sequence[Hop]) -> None:
        rows = market.rows(_NOBODY)
        self.steps: tuple[Step, ...] = tuple((market.state(h.pool), h.i, h.j) for h in hops)
        self._arrays = (rows.places, rows.numbers, rows.segments)
        self._ways = np.array([market.way(hop.pool, hop.i, hop.j) for hop in hops], np.int64)
        self._unit = 10 ** hops[0].pool.tokens[hops[0].i].decimals
        self._paid = np.zeros(len(hops))

    def best(self, fee: float = 0.0, most: Raw | None = None) -> tuple[Raw, tuple[Raw, ...]]:
        """Return the best input of at most `most`, and exactly what every step then pays.

        `fee` is paid on the input, as a part of it. Both in base units; zero and nothing where no
        more comes out than goes in. Pictures and pools can differ by a hair at the end of a pool's
        capacity: there the size is made a little smaller.
        """
        size = self.size(fee)
        size = size if most is None else min(size, most)
        for trying in self._trials(size) if size > 0 else ():
            received = quote_path(self.steps, trying)
            if received[-1]:
                return (trying, received) if received[-1] > trying else (Raw(0), ())
        return Raw(0), ()

    def size(self, fee: float = 0.0) -> Raw:
        """Return the best input as pictures have it, rounded down; zero where none gains."""
        if size_cycle(*self._arrays, self._ways, 1.0 / (1.0 + fee), self._paid) <= 0.0:
            return Raw(0)
        return Raw(int(self._paid[0] * self._unit))

    def _trials(self, size: Raw) -> Iterator[Raw]:
        """Yield the size, what the first pool takes of it, and then less and less."""
        yield size
        pool, i, j = self.steps[0]
        size = Raw(min(size, pool.max_in(i, j)))
        if size > 0:
            yield size
        yield from (Raw(size - size // trim - 1) for trim in _TRIMS if size > trim)

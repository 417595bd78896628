"""Uniswap V3 and V4 ticks under changes of price and liquidity.

The liquidity at the price and the nets of the ticks give the liquidity at every other price of the
scanned range, so each swap's own liquidity can be held against them. What is not told by events is
whether a tick whose net is zero is still initialised, and initialised ticks round swaps: then the
pool must be read again.
"""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK, WORD

_LEAST_WORDS = 2  # of tick spacings that must stay known on each side of the price


class TickBook:
    """A pool in change; every method raises ValueError where the change does not fit."""

    def __init__(self, pool: ConcentratedPool) -> None:
        self._pool = pool
        self._price, self._tick, self._liquidity = pool.sqrt_price_x96, pool.tick, pool.liquidity
        self._ticks: Sequence[int] = pool.ticks
        self._nets: Sequence[int] = pool.liquidity_nets

    def move(self, *, sqrt_price_x96: int, liquidity: int, tick: int) -> None:
        """Take the price that a swap left; `liquidity` must be what the ticks give there."""
        known = self._liquidity + self._net_between(self._tick, tick)
        if liquidity != known:
            raise ValueError(f"liquidity {liquidity} at tick {tick}, our ticks give {known}")
        self._price, self._tick, self._liquidity = sqrt_price_x96, tick, liquidity

    def fill(self, lower: int, upper: int, delta: int) -> None:
        """Add `delta` liquidity, which may be negative, from `lower` to `upper`."""
        if delta == 0:
            return
        self._change(lower, delta, emptied=delta < 0)
        self._change(upper, -delta, emptied=delta < 0)
        if lower <= self._tick < upper:
            self._liquidity += delta

    def pool_at(self, block: int) -> ConcentratedPool:
        """Return the pool after all changes; the same object where there were none."""
        pool = self._pool
        self._require_room()
        ticks, nets = tuple(self._ticks), tuple(self._nets)  # the pool's own where none changed
        now = (self._price, self._tick, self._liquidity, ticks, nets)
        before = (pool.sqrt_price_x96, pool.tick, pool.liquidity, pool.ticks, pool.liquidity_nets)
        if now == before:
            return pool
        return msgspec.structs.replace(
            pool,
            block=block,
            sqrt_price_x96=self._price,
            tick=self._tick,
            liquidity=self._liquidity,
            ticks=ticks,
            liquidity_nets=nets,
        )

    def _change(self, tick: int, delta: int, *, emptied: bool) -> None:
        if not self._pool.lowest_tick <= tick <= self._pool.highest_tick:
            return
        at = bisect_right(self._ticks, tick)
        ticks, nets = list(self._ticks), list(self._nets)
        if at and ticks[at - 1] == tick:
            nets[at - 1] += delta
            if emptied and nets[at - 1] == 0:
                raise ValueError(f"tick {tick} may be gone")
        elif emptied:
            raise ValueError(f"liquidity left tick {tick}, which is not known")
        else:
            ticks.insert(at, tick)
            nets.insert(at, delta)
        self._ticks, self._nets = ticks, nets

    def _net_between(self, before: int, after: int) -> int:
        """Return what the ticks on the way add to the liquidity."""
        left, reached = bisect_right(self._ticks, before), bisect_right(self._ticks, after)
        if left <= reached:
            return sum(self._nets[left:reached])
        return -sum(self._nets[reached:left])

    def _require_room(self) -> None:
        """Check that the scanned range still reaches well past the price, or to its natural end."""
        pool = self._pool
        room = _LEAST_WORDS * WORD * pool.tick_spacing
        if pool.lowest_tick > MIN_TICK and self._tick < pool.lowest_tick + room:
            raise ValueError(f"tick {self._tick} is near the end of the scan, {pool.lowest_tick}")
        if pool.highest_tick < MAX_TICK and self._tick > pool.highest_tick - room:
            raise ValueError(f"tick {self._tick} is near the end of the scan, {pool.highest_tick}")

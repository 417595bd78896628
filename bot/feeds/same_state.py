"""Whether two snapshots are one state, seen at different blocks."""

from bisect import bisect_left, bisect_right

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool


def same_state(ours: Pool, read: Pool) -> bool:
    """Return whether both answer every question alike, where both know the answer.

    The block and time of a read are no state where nothing moves by itself. Scanned ranges of ticks
    move with the price: they are compared where they overlap, and the price must lie there.
    """
    if type(ours) is not type(read):
        return False
    if isinstance(ours, ConcentratedPool) and isinstance(read, ConcentratedPool):
        return _same_ticks(ours, read)
    seen: dict[str, int] = {"block": read.block}
    if isinstance(ours, StableSwapPool) and ours.ramp is None:
        seen["timestamp_s"] = read.timestamp_s  # type: ignore[attr-defined]  # of the same type
    return bool(msgspec.structs.replace(ours, **seen) == read)  # type: ignore[type-var]


def _same_ticks(ours: ConcentratedPool, read: ConcentratedPool) -> bool:
    low, high = max(ours.lowest_tick, read.lowest_tick), min(ours.highest_tick, read.highest_tick)
    narrowed = [_narrowed(pool, low, high) for pool in (ours, read)]
    return low - 1 <= read.tick <= high and narrowed[0] == narrowed[1]


def _narrowed(pool: ConcentratedPool, low: int, high: int) -> tuple[object, ...]:
    start, end = bisect_left(pool.ticks, low), bisect_right(pool.ticks, high)
    return (
        (pool.spec, pool.sqrt_price_x96, pool.tick, pool.liquidity),
        (pool.fee, pool.protocol_fees, pool.tick_spacing),
        (pool.ticks[start:end], pool.liquidity_nets[start:end]),
    )

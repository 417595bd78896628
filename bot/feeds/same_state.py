"""Whether two snapshots are one state, seen at different blocks."""

from bisect import bisect_left, bisect_right

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.metapool import MetaPool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool

_AMPLIFIED = (StableSwapPool, StableSwapNgPool, MetaPool)


def same_state(ours: Pool, read: Pool) -> bool:
    """Return whether both answer every question alike, where both know the answer.

    The block and time of a read are no state where nothing moves by itself. Scanned ranges of ticks
    move with the price: they are compared where they overlap, and the price must lie there.
    """
    if ours is read or type(ours) is not type(read):
        return ours is read
    if isinstance(ours, ConcentratedPool) and isinstance(read, ConcentratedPool):
        return _same_ticks(ours, read)
    if isinstance(ours, _AMPLIFIED) and isinstance(read, _AMPLIFIED):
        return _same_curve(ours, read)
    return bool(msgspec.structs.replace(ours, block=read.block) == read)  # type: ignore[type-var]


def _same_curve(
    ours: StableSwapPool | StableSwapNgPool | MetaPool,
    read: StableSwapPool | StableSwapNgPool | MetaPool,
) -> bool:
    seen = {"block": read.block, "timestamp_s": ours.timestamp_s if ours.ramp else read.timestamp_s}
    if isinstance(ours, MetaPool) and isinstance(read, MetaPool):
        if ours.virtual_price != read.virtual_price or not _same_curve(ours.base, read.base):
            return False
        ours = msgspec.structs.replace(ours, base=read.base)
    return bool(msgspec.structs.replace(ours, **seen) == read)


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

"""What a block does to a random market: swaps in some of its pools."""

from random import Random

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import sqrt_ratio_at
from bot.bench.random_markets import Market
from bot.domain.units import Raw

_MOVED = 0.05  # share of pools
_SWAP = 0.02  # of what a pool holds, at most
_TICKS = 3  # that a price passes, at most


def next_block(rng: Random, market: Market) -> Market:
    """Return the market after swaps in a twentieth of its pools; the others stay as they are."""
    pools = dict(market.pools)
    for spec in rng.sample(list(pools), max(1, int(_MOVED * len(pools)))):
        pools[spec] = _swapped(rng, pools[spec])
    return msgspec.structs.replace(market, pools=pools)


def _swapped(rng: Random, pool: Pool) -> Pool:
    """Return a state that a swap could have left; rails stay as they are."""
    i, j = rng.sample(range(len(pool.spec.tokens)), 2)
    if isinstance(pool, StableSwapPool):
        return pool.after(i, j, Raw(int(pool.balances[i] * _SWAP * rng.random())))
    if isinstance(pool, ConstantProductPool):
        paid = Raw(int(pool.reserves[i] * _SWAP * rng.random()))
        reserves = list(pool.reserves)
        reserves[j] = Raw(reserves[j] - pool.amount_out(i, j, paid))
        reserves[i] = Raw(reserves[i] + paid)
        return msgspec.structs.replace(pool, reserves=(reserves[0], reserves[1]))
    if isinstance(pool, ConcentratedPool):
        low, high = pool.lowest_tick, pool.highest_tick - 1
        tick = min(max(pool.tick + rng.randint(-_TICKS, _TICKS), low), high)
        nets = zip(pool.ticks, pool.liquidity_nets, strict=True)
        return msgspec.structs.replace(
            pool,
            tick=tick,
            sqrt_price_x96=rng.randrange(sqrt_ratio_at(tick), sqrt_ratio_at(tick + 1)),
            liquidity=sum(net for at, net in nets if at <= tick),
        )
    return pool

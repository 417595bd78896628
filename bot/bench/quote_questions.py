"""The pools and sizes of `repeg bench quotes`."""

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.generations import generation_of
from bot.amm.price_ladder import cost, fall
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import WORD, sqrt_ratio_at
from bot.bench.evm import PoolEvm
from bot.domain.assets import USDC, USDT
from bot.domain.local_pools import LOCAL_BASE
from bot.domain.units import Pips, Raw
from bot.domain.venues import CURVE_SUSD, V3_USDC_USDT, PoolSpec
from bot.sandbox.systems import curve, curve_stand_ins

_TICKS_EACH_SIDE = 41  # initialised, one per tick spacing, around parity
_PER_TICK = 5 * 10**14  # liquidity that each tick towards parity adds
_MILLION_USDC = Raw(10**12)


class RangeQuestion(msgspec.Struct, frozen=True):
    """What token1 does `size` of token0 buy."""

    pool: ConcentratedPool
    size: Raw


class CurveQuestion(msgspec.Struct, frozen=True):
    """What does `size` of USDC buy of USDT."""

    pool: StableSwapPool
    size: Raw

    @property
    def coins(self) -> tuple[int, int]:
        """Their positions in the pool."""
        tokens = self.pool.spec.tokens
        return tokens.index(USDC), tokens.index(USDT)


def range_questions() -> dict[str, RangeQuestion]:
    """Return a swap within a tick and one across sixteen, in a pool that has one at every tick."""
    pool = _stepped_pool()
    return {
        name: RangeQuestion(pool, _input_across(pool, ticks))
        for name, ticks in (("v3_no_tick", 0), ("v3_16_ticks", 16))
    }


def curve_questions(evm: PoolEvm) -> dict[str, CurveQuestion]:
    """Return a million in a pool of three coins, as 3pool is, and in the one of four."""
    three = _curve_pool(evm, LOCAL_BASE, curve_stand_ins.BASE_AMPLIFICATION)
    four = _curve_pool(evm, CURVE_SUSD, curve.AMPLIFICATION)
    return {
        "stableswap": CurveQuestion(three, _MILLION_USDC),
        "stableswap_4": CurveQuestion(four, _MILLION_USDC),
    }


def _stepped_pool() -> ConcentratedPool:
    """Return a 0.01 % pool whose liquidity rises tick by tick to parity, and falls after it."""
    reach = _TICKS_EACH_SIDE
    return ConcentratedPool(
        spec=V3_USDC_USDT,
        block=0,
        sqrt_price_x96=(sqrt_ratio_at(0) + sqrt_ratio_at(1)) // 2,
        tick=0,
        liquidity=(reach + 1) * _PER_TICK,
        fee=Pips(100),
        tick_spacing=1,
        lowest_tick=-2 * WORD,
        highest_tick=2 * WORD - 1,
        ticks=tuple(range(-reach, reach + 2)),
        liquidity_nets=(_PER_TICK,) * (reach + 1) + (-_PER_TICK,) * (reach + 1),
    )


def _input_across(pool: ConcentratedPool, ticks: int) -> Raw:
    """Return the token0 that moves the price down over `ticks` ticks and half a step."""
    total, price, liquidity = 0, pool.sqrt_price_x96, pool.liquidity
    for tick in range(pool.tick, pool.tick - ticks, -1):
        needed, _ = fall(liquidity, price, sqrt_ratio_at(tick))
        total += cost(needed, pool.fee)
        price, liquidity = sqrt_ratio_at(tick), liquidity - _PER_TICK
    needed, _ = fall(liquidity, price, sqrt_ratio_at(pool.tick - ticks))
    return Raw(total + cost(needed, pool.fee) // 2)


def _curve_pool(evm: PoolEvm, spec: PoolSpec, amplification: int) -> StableSwapPool:
    return StableSwapPool(
        spec=spec,
        block=0,
        amplification=amplification,
        fee=curve.FEE,
        balances=tuple(evm.curve_balance(spec, coin) for coin in range(len(spec.tokens))),
        generation=generation_of(spec),
    )

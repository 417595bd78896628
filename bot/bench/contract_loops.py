"""The contracts' own loops in plain integers: what the fast quotes are measured against."""

from bisect import bisect_left, bisect_right

from bot.amm.concentrated import ConcentratedPool
from bot.amm.price_ladder import fall, rise
from bot.amm.stable_curve import iterate
from bot.amm.stableswap import FEE_SCALE, StableSwapPool
from bot.amm.tick_math import WORD, sqrt_ratio_at
from bot.domain.units import PIPS, mul_div_up

_Q96 = 1 << 96


def swap_downwards(pool: ConcentratedPool, amount_in: int) -> int:
    """Return token1 paid for token0, one `computeSwapStep` after the other."""
    price, tick, liquidity = pool.sqrt_price_x96, pool.tick, pool.liquidity
    keep, left, paid = PIPS - pool.fee, amount_in, 0
    while left:
        stop = _next_below(pool, tick)
        target = sqrt_ratio_at(stop)
        needed, out = fall(liquidity, price, target)
        spendable = left * keep // PIPS
        if spendable < needed:
            scaled = liquidity * _Q96
            reached = mul_div_up(scaled, price, scaled + spendable * price)
            return paid + (liquidity * (price - reached) >> 96)
        left -= needed + mul_div_up(needed, pool.fee, keep)
        paid, price, tick = paid + out, target, stop - 1
        liquidity -= _net(pool, stop)
    return paid


def swap_upwards(pool: ConcentratedPool, amount_in: int) -> int:
    """Return token0 paid for token1, one `computeSwapStep` after the other."""
    price, tick, liquidity = pool.sqrt_price_x96, pool.tick, pool.liquidity
    keep, left, paid = PIPS - pool.fee, amount_in, 0
    while left:
        stop = _next_above(pool, tick)
        target = sqrt_ratio_at(stop)
        needed, out = rise(liquidity, price, target)
        spendable = left * keep // PIPS
        if spendable < needed:
            reached = price + spendable * _Q96 // liquidity
            return paid + (liquidity * _Q96 * (reached - price) // reached) // price
        left -= needed + mul_div_up(needed, pool.fee, keep)
        paid, price, tick = paid + out, target, stop
        liquidity += _net(pool, stop)
    return paid


def get_dy(pool: StableSwapPool, i: int, j: int, amount_in: int) -> int:
    """Return what `get_dy` answers, by the contract's Newton loop; D is cached as in the quote."""
    curve, scales = pool.curve, pool.scales
    coins, d = len(pool.balances), curve.invariant
    balance_in = pool.balances[i] * scales[i] + amount_in * scales[i]
    c, others = d, 0
    for k, held in enumerate(curve.balances):
        if k != j:
            balance = balance_in if k == i else held
            others += balance
            c = c * d // (balance * coins)
    c = c * d * curve.precision // (curve.ann * coins)
    left = iterate(c, others + d * curve.precision // curve.ann - d, d)
    rounded = (curve.balances[j] - left - pool.generation.rounding.kept_back) // scales[j]
    return rounded - rounded * pool.fee // FEE_SCALE


def _next_below(pool: ConcentratedPool, tick: int) -> int:
    edge = tick // pool.tick_spacing // WORD * WORD * pool.tick_spacing
    at = bisect_right(pool.ticks, tick) - 1
    return max(edge, pool.ticks[at]) if at >= 0 else edge


def _next_above(pool: ConcentratedPool, tick: int) -> int:
    edge = ((tick // pool.tick_spacing + 1) // WORD * WORD + WORD - 1) * pool.tick_spacing
    at = bisect_right(pool.ticks, tick)
    return min(edge, pool.ticks[at]) if at < len(pool.ticks) else edge


def _net(pool: ConcentratedPool, tick: int) -> int:
    at = bisect_left(pool.ticks, tick)
    found = at < len(pool.ticks) and pool.ticks[at] == tick
    return pool.liquidity_nets[at] if found else 0

"""Uniswap V3's swap loop as prefix sums: any number of ticks for the price of one bisection.

A full step of the loop asks need + ceil(need * fee / keep) = ceil(need * PIPS / keep), whatever is
left of the input, and the loop takes it when floor(left * keep / PIPS) >= need, which is the same
as left >= ceil(need * PIPS / keep). So the steps between fixed stops cost and pay fixed amounts,
every rounding included; their running sums are exact, and one partial step finishes a swap.
Only the first step depends on the live price.

Source: Uniswap V3 `UniswapV3Pool.swap`, `SwapMath.computeSwapStep`, `SqrtPriceMath`.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

import msgspec

from bot.amm.tick_math import (
    MAX_SQRT_RATIO,
    MAX_TICK,
    MIN_SQRT_RATIO,
    MIN_TICK,
    downward_stops,
    sqrt_ratio_at,
    upward_stops,
)
from bot.domain.units import PIPS, Pips, mul_div_up

Q96_BITS = 96
_Q96 = 1 << Q96_BITS
_LADDERS_KEPT = 2_048  # two for each pool whose ticks did not change


# Cost, paid, square-root price, its square and liquidity of a stop, and its liquidity shifted by 96
# bits: what a swap that ends after that stop asks for. Liquidity is at least one: where there is
# none, a swap ends on the stop itself, and its share of nothing is nothing.
Rung = tuple[int, int, int, int, int, int]


class Range(msgspec.Struct, frozen=True, cache_hash=True):
    """The known ticks of a pool and the fee paid for moving through them."""

    ticks: tuple[int, ...]  # initialised, rising
    nets: tuple[int, ...]  # liquidity added when the price rises through the tick of that place
    below: int  # liquidity under the lowest known tick
    spacing: int
    low: int
    high: int
    fee: Pips


class Ladder(msgspec.Struct, frozen=True):
    """Stops in the order a price meets them; sums run from the first stop."""

    keys: Sequence[int]  # rising: the tick going up, minus the tick going down
    costs: Sequence[int]  # input, fee included, from the first stop to this one
    later_costs: Sequence[int]  # the same without the first
    paid: Sequence[int]  # output likewise
    rungs: Sequence[Rung]
    ends_on_stop: bool  # false: the loop itself would go on past the last known tick


_CLOSED = Ladder(keys=(), costs=(), later_costs=(), paid=(), rungs=(), ends_on_stop=True)


def fall(liquidity: int, upper: int, lower: int) -> tuple[int, int]:
    """Return token0 needed and token1 paid to bring the square-root price from upper to lower."""
    gap = upper - lower
    needed = mul_div_up(mul_div_up(liquidity << Q96_BITS, gap, upper), 1, lower)
    return needed, liquidity * gap >> Q96_BITS


def rise(liquidity: int, lower: int, upper: int) -> tuple[int, int]:
    """Return token1 needed and token0 paid to bring the square-root price from lower to upper."""
    gap = upper - lower
    needed = mul_div_up(liquidity, gap, _Q96)
    return needed, ((liquidity << Q96_BITS) * gap // upper) // lower


@lru_cache(maxsize=_LADDERS_KEPT)
def falling(known: Range) -> Ladder:
    """Return the stops a falling price meets; none at a fee that takes everything."""
    if known.fee >= PIPS:
        return _CLOSED
    rising = downward_stops({*known.ticks, known.low}, known.spacing, known.low, known.high)
    stops = rising[::-1]
    prices = [max(sqrt_ratio_at(tick), MIN_SQRT_RATIO + 1) for tick in stops]
    liquidity = _liquidity_over(known, [tick - 1 for tick in rising])[::-1]
    steps = [fall(liquidity[k], a, b) for k, (a, b) in enumerate(pairwise(prices))]
    real = downward_stops(known.ticks, known.spacing, known.low, known.low)
    ends_on_stop = known.low in real or known.low <= MIN_TICK
    return _ladder([-tick for tick in stops], prices, liquidity, steps, (known.fee, ends_on_stop))


@lru_cache(maxsize=_LADDERS_KEPT)
def climbing(known: Range) -> Ladder:
    """Return the stops a rising price meets; none at a fee that takes everything."""
    if known.fee >= PIPS:
        return _CLOSED
    stops = upward_stops({*known.ticks, known.high}, known.spacing, known.low, known.high)
    prices = [min(sqrt_ratio_at(tick), MAX_SQRT_RATIO - 1) for tick in stops]
    liquidity = _liquidity_over(known, stops)
    steps = [rise(liquidity[k], a, b) for k, (a, b) in enumerate(pairwise(prices))]
    real = upward_stops(known.ticks, known.spacing, known.high, known.high)
    ends_on_stop = known.high in real or known.high >= MAX_TICK
    return _ladder(stops, prices, liquidity, steps, (known.fee, ends_on_stop))


def cost(needed: int, fee: Pips) -> int:
    """Return what a full step takes for `needed`, fee included."""
    return mul_div_up(needed, PIPS, PIPS - fee)


def _ladder(
    keys: Sequence[int],
    prices: Sequence[int],
    liquidity: Sequence[int],
    steps: Sequence[tuple[int, int]],
    ending: tuple[Pips, bool],
) -> Ladder:
    fee, ends_on_stop = ending
    costs = list(accumulate((cost(needed, fee) for needed, _ in steps), initial=0))
    paid = list(accumulate((out for _, out in steps), initial=0))
    return Ladder(
        keys=keys,
        costs=costs,
        later_costs=costs[1:],
        paid=paid,
        rungs=[
            (spent, out, price, price * price, max(amount, 1), max(amount, 1) << Q96_BITS)
            for spent, out, price, amount in zip(costs, paid, prices, liquidity, strict=True)
        ],
        ends_on_stop=ends_on_stop,
    )


def _liquidity_over(known: Range, rising: Sequence[int]) -> list[int]:
    return list(_running(known, rising))


def _running(known: Range, rising: Sequence[int]) -> Iterator[int]:
    total, seen = known.below, 0
    for tick in rising:
        upto = bisect_right(known.ticks, tick, seen)
        total += sum(known.nets[seen:upto])
        seen = upto
        yield total

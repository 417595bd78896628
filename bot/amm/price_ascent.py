"""The way up a price ladder: token1 in, token0 out.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getNextSqrtPriceFromOutput`.
"""

from bisect import bisect_right

from bot.amm.price_ladder import Q96_BITS, rise
from bot.amm.price_walk import Quote, Walk
from bot.domain.units import PIPS, mul_div_up


class Ascent(Walk):
    """Token1 in, token0 out."""

    __slots__ = ()

    def _key(self, tick: int) -> int:
        return tick + 1

    def _step(self, target: int) -> tuple[int, int]:
        return rise(self._entry.liquidity, self._entry.sqrt_price, target)

    def _quote(self) -> Quote:
        costs, rungs, first = self._ladder.costs, self._ladder.rungs, self._first
        limit, keep = self.limit, PIPS - self._fee
        first_cost = min(self._first_cost, limit + 1)
        cost_offset, paid_offset = self._cost_offset, self._paid_offset
        sqrt_price, liquidity = self._entry.sqrt_price, self._entry.liquidity
        shifted = liquidity << Q96_BITS

        def amount_out(amount_in: int) -> int:
            if amount_in < first_cost:
                if amount_in <= 0:
                    return 0
                gap = (amount_in * keep // PIPS << Q96_BITS) // liquidity
                return shifted * gap // ((sqrt_price + gap) * sqrt_price)
            if amount_in > limit:
                return 0
            position = amount_in + cost_offset
            spent, paid, price, depth, scaled = rungs[bisect_right(costs, position, first) - 1]
            left = position - spent
            if not left:
                return paid - paid_offset
            gap = (left * keep // PIPS << Q96_BITS) // depth
            part = scaled * gap // ((price + gap) * price)
            return paid - paid_offset + part

        return amount_out

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        scaled = liquidity << Q96_BITS
        after = mul_div_up(scaled, sqrt_price, scaled - asked * sqrt_price)
        return rise(liquidity, sqrt_price, after)[0]

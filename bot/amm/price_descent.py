"""The way down a price ladder: token0 in, token1 out.

The contracts have a second form for products past 256 bits. It is out of reach: a step goes no
further than the edge of a bitmap word, of which tick 0 is one. In V3 that is a factor of 13 in
price at its widest spacing, and liquidity has 128 bits; in V4, wider, both amounts have 127 bits.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getNextSqrtPriceFromOutput`.
"""

from bisect import bisect_right

from bot.amm.price_ladder import Q96_BITS, fall
from bot.amm.price_walk import Quote, Walk
from bot.domain.units import PIPS, mul_div_up


class Descent(Walk):
    """Token0 in, token1 out."""

    __slots__ = ()

    def _key(self, tick: int) -> int:
        return -tick

    def _step(self, target: int) -> tuple[int, int]:
        return fall(self._entry.liquidity, self._entry.sqrt_price, target)

    def _quote(self) -> Quote:
        costs, rungs, first = self._ladder.costs, self._ladder.rungs, self._first
        limit, keep = self.limit, PIPS - self._fee
        first_cost = min(self._first_cost, limit + 1)
        cost_offset, paid_offset = self._cost_offset, self._paid_offset
        sqrt_price, liquidity = self._entry.sqrt_price, self._entry.liquidity
        shifted = liquidity << Q96_BITS

        # The price after is shifted * price / (shifted + pushed), rounded up; so the way it falls
        # is rounded down.
        def amount_out(amount_in: int) -> int:
            if amount_in < first_cost:
                if amount_in <= 0:
                    return 0
                pushed = amount_in * keep // PIPS * sqrt_price
                return liquidity * (pushed * sqrt_price // (shifted + pushed)) >> Q96_BITS
            if amount_in > limit:
                return 0
            position = amount_in + cost_offset
            spent, paid, price, depth, scaled = rungs[bisect_right(costs, position, first) - 1]
            left = position - spent
            if not left:
                return paid - paid_offset
            pushed = left * keep // PIPS * price
            part = depth * (pushed * price // (scaled + pushed)) >> Q96_BITS
            return paid - paid_offset + part

        return amount_out

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        after = sqrt_price - mul_div_up(asked, 1 << Q96_BITS, liquidity)
        return fall(liquidity, sqrt_price, after)[0]

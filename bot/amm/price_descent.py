"""The way down a price ladder: token0 in, token1 out.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getNextSqrtPriceFromOutput`.
"""

from bisect import bisect_right

from bot.amm.price_ladder import Q96_BITS, fall
from bot.amm.price_walk import Quote, Walk
from bot.domain.units import PIPS, UINT256_MAX, mul_div_up

_SHIFTED_MAX = (1 << 128) - 1 << Q96_BITS  # of any liquidity


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
        if self._may_overflow():
            return self._careful_quote

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

    def _may_overflow(self) -> bool:
        """Tell whether a price times an amount could pass 256 bits: wide ranges only (V4)."""
        return self.limit * self._entry.sqrt_price > UINT256_MAX - _SHIFTED_MAX

    def _careful_quote(self, amount_in: int) -> int:
        if not 0 < amount_in <= self.limit:
            return 0
        spent, paid = 0, 0
        sqrt_price, liquidity = self._entry.sqrt_price, self._entry.liquidity
        if amount_in >= self._first_cost:
            position = amount_in + self._cost_offset
            stop = bisect_right(self._ladder.costs, position, self._first) - 1
            spent, paid, sqrt_price, liquidity, _ = self._ladder.rungs[stop]
            spent, paid = spent - self._cost_offset, paid - self._paid_offset
        kept = (amount_in - spent) * (PIPS - self._fee) // PIPS
        if not kept:
            return paid
        after = _price_after(sqrt_price, liquidity, kept)
        return paid + (liquidity * (sqrt_price - after) >> Q96_BITS)

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        after = sqrt_price - mul_div_up(asked, 1 << Q96_BITS, liquidity)
        return fall(liquidity, sqrt_price, after)[0]


def _price_after(sqrt_price: int, liquidity: int, kept: int) -> int:
    """Return the price after `kept` of token0, in the contract's other form where 256 bits end."""
    shifted = liquidity << Q96_BITS
    pushed = kept * sqrt_price
    if shifted + pushed <= UINT256_MAX:
        return mul_div_up(shifted, sqrt_price, shifted + pushed)
    return mul_div_up(shifted, 1, shifted // sqrt_price + kept)

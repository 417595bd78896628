"""The way down a price ladder: token0 in, token1 out.

The contracts have a second form for products past 256 bits. It is out of reach: a step goes no
further than the edge of a bitmap word, of which tick 0 is one. In V3 that is a factor of 13 in
price at its widest spacing, and liquidity has 128 bits; in V4, wider, both amounts have 127 bits.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getNextSqrtPriceFromOutput`.
"""

from bot.amm.price_ladder import Q96_BITS, fall
from bot.amm.price_walk import Walk
from bot.domain.units import mul_div_up


class Descent(Walk):
    """Token0 in, token1 out."""

    __slots__ = ()

    coins = (0, 1)

    def _key(self, tick: int) -> int:
        return -tick

    def _step(self, target: int) -> tuple[int, int]:
        return fall(self._entry.liquidity, self._entry.sqrt_price, target)

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        after = sqrt_price - mul_div_up(asked, 1 << Q96_BITS, liquidity)
        return fall(liquidity, sqrt_price, after)[0]

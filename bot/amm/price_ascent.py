"""The way up a price ladder: token1 in, token0 out.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getNextSqrtPriceFromOutput`.
"""

from bot.amm.price_ladder import Q96_BITS, rise
from bot.amm.price_walk import Walk
from bot.domain.units import mul_div_up


class Ascent(Walk):
    """Token1 in, token0 out."""

    __slots__ = ()

    coins = (1, 0)

    def _key(self, tick: int) -> int:
        return tick + 1

    def _step(self, target: int) -> tuple[int, int]:
        return rise(self._entry.liquidity, self._entry.sqrt_price, target)

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        scaled = liquidity << Q96_BITS
        after = mul_div_up(scaled, sqrt_price, scaled - asked * sqrt_price)
        return rise(liquidity, sqrt_price, after)[0]

"""Uniswap V2 pairs.

Fields a reader fills: `spec`, `block`, `reserves` (token0, token1), `fee` (3000 pips).
"""

import msgspec

from bot.amm.image import Image, Product, Shut
from bot.amm.pool import Closed, Limits
from bot.domain.units import PIPS, Pips, Raw
from bot.domain.venues import PoolSpec

V2_FEE = Pips(3_000)
_BALANCE_MAX = 2**112 - 1  # the pair keeps its reserves in uint112


class ConstantProductPool(msgspec.Struct, frozen=True, kw_only=True):
    """Reserves and fee of one pair at `block`."""

    spec: PoolSpec
    block: int
    reserves: tuple[Raw, Raw]
    fee: Pips = V2_FEE

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return the most the pair lets out in token `j` for `amount_in` of token `i`.

        One base unit more and the pair's own check reverts.

        Source: Uniswap V2 `UniswapV2Pair.swap`, `UniswapV2Library.getAmountOut`.
        """
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        kept = amount_in * (PIPS - self.fee)
        return Raw(kept * self.reserves[j] // (self.reserves[i] * PIPS + kept))

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return what buys exactly `amount_out` of token `j`, as routers and our executor compute.

        One base unit more than the pair needs where nothing is rounded. Zero where the pair never
        lets so much out: all of its reserve, or for more than fits in it.

        Source: `UniswapV2Library.getAmountIn`.
        """
        if not 0 < amount_out < self.reserves[j]:
            return Raw(0)
        kept = (self.reserves[j] - amount_out) * (PIPS - self.fee)
        paid = self.reserves[i] * amount_out * PIPS // kept + 1
        return Raw(paid) if paid <= self.max_in(i, j) else Raw(0)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what fits in the pair's 112-bit balance; zero when the pair is empty."""
        if not (self.reserves[i] and self.reserves[j]):
            return Raw(0)
        return Raw(_BALANCE_MAX - self.reserves[i])

    def marginal_rate(self, i: int, j: int) -> float:
        """Return token `j` per token `i` after the fee, in base units, at size zero."""
        if not self.reserves[i]:
            return 0.0
        return self.reserves[j] / self.reserves[i] * (PIPS - self.fee) / PIPS

    def limits(self, i: int, j: int) -> Limits:
        """Return how much fits in the pair's 112-bit balance."""
        most = self.max_in(i, j)
        if not most:
            return Limits(max_in=Raw(0), max_out=Raw(0), closed=Closed.EMPTY)
        return Limits(max_in=most, max_out=self.amount_out(i, j, most))

    def images(self) -> tuple[Image, ...]:
        """Return the product of the reserves, or `Shut` where one is missing."""
        if not (self.reserves[0] and self.reserves[1]):
            return (Shut(coins=(0, 1)),)
        first, second = (
            reserve / 10**token.decimals
            for reserve, token in zip(self.reserves, self.spec.tokens, strict=True)
        )
        keep = (PIPS - self.fee) / PIPS
        return (Product(coins=(0, 1), reserves=(first, second), keep=keep),)

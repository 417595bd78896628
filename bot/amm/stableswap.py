"""Curve's classic StableSwap pools, any number of coins.

Fields a reader fills: `spec`, `block`, `amplification` (A as the contract computes with it, so
`A_precise()` where there is one, else `A()`), `amplification_precision` (1, or 100 with
`A_precise()`), `fee` (scale 1e10), `balances`, `generation` (`generation_of(spec)`).
"""

from enum import Enum
from functools import cached_property
from operator import mul

import msgspec

from bot.amm.stable_curve import CurvePair, StableCurve, invariant_of
from bot.domain.units import UINT256_MAX, WAD, Raw
from bot.domain.venues import CURVE_SUSD, PoolSpec

FEE_SCALE = 10**10


class Generation(Enum):
    """Contracts that share the curve and differ in rounding.

    Values: what `get_D` adds to its divisors against division by zero, and how many units, scaled
    to 18 decimals, are kept back of every payment.
    """

    SUSD = (1, 0)  # DAI/USDC/USDT/sUSD, Vyper 0.1.0b16
    THREE_POOL = (0, 1)  # Vyper 0.2.4
    STETH = (1, 1)  # ETH/stETH; its A has 100 times the digits

    @property
    def divisor_pad(self) -> int:
        """What `get_D` adds to each divisor."""
        return self.value[0]

    @property
    def kept_back(self) -> int:
        """What the pool keeps of every payment."""
        return self.value[1]


def generation_of(spec: PoolSpec) -> Generation:
    """Return which rounding the contract at `spec.address` has."""
    return Generation.SUSD if spec.address == CURVE_SUSD.address else Generation.THREE_POOL


class StableSwapPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Balances, amplification and fee of one pool at `block`.

    Source: Curve `StableSwap.vy` (sUSD, 2020) and `StableSwap3Pool.vy`: `exchange`, `get_dy`.
    """

    spec: PoolSpec
    block: int
    amplification: int
    fee: int  # 1.0 is 10**10
    balances: tuple[Raw, ...]
    generation: Generation
    amplification_precision: int = 1

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what `exchange` pays; zero where it would revert."""
        gross = self._gross(i, j, amount_in)
        return Raw((gross - gross * self.fee // FEE_SCALE) // self.scales[j])

    def get_dy(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the contract's `get_dy` answers: the fee is taken after rounding to units.

        It can be one base unit above what `exchange` pays.
        """
        rounded = self._gross(i, j, amount_in) // self.scales[j]
        return Raw(rounded - rounded * self.fee // FEE_SCALE)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what the contract's 256-bit arithmetic can hold; zero where a coin is empty."""
        if i == j or not all(self.balances):
            return Raw(0)
        if self.generation is Generation.SUSD:  # it multiplies the new balance by a rate
            return Raw((UINT256_MAX // WAD - self._scaled[i]) // self.scales[i])
        return Raw(UINT256_MAX // (WAD * self.scales[i]))

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at size zero: the curve's slope."""
        if not self.max_in(i, j):
            return 0.0
        slope = self.curve.slope(i, j)
        return slope * self.scales[i] / self.scales[j] * (FEE_SCALE - self.fee) / FEE_SCALE

    def _gross(self, i: int, j: int, amount_in: int) -> int:
        """Return what leaves before the fee, scaled to 18 decimals; zero where nothing can."""
        direction = self._directions[i][j]
        if direction is None or not 0 < amount_in <= direction.limit:
            return 0
        left = direction.pair.balance_after(direction.held_in + amount_in * self.scales[i])
        return max(direction.payable - left, 0)

    @cached_property
    def curve(self) -> StableCurve:
        """The curve this state lies on; solving for it takes longer than a quote."""
        ann = self.amplification * len(self.balances)
        precision, pad = self.amplification_precision, self.generation.divisor_pad
        d = invariant_of(self._scaled, ann, precision, pad=pad)
        return StableCurve(self._scaled, ann, precision, d)

    @cached_property
    def scales(self) -> tuple[int, ...]:
        """What brings each coin to 18 decimals."""
        return tuple(10 ** (18 - token.decimals) for token in self.spec.tokens)

    @cached_property
    def _scaled(self) -> tuple[int, ...]:
        return tuple(map(mul, self.balances, self.scales))

    @cached_property
    def _directions(self) -> tuple[tuple["_Direction | None", ...], ...]:
        coins = range(len(self.balances))
        return tuple(tuple(self._direction(i, j) for j in coins) for i in coins)

    def _direction(self, i: int, j: int) -> "_Direction | None":
        limit = self.max_in(i, j)
        if not limit:
            return None
        return _Direction(
            pair=self.curve.pair(i, j),
            limit=limit,
            held_in=self._scaled[i],
            payable=self._scaled[j] - self.generation.kept_back,
        )


class _Direction(msgspec.Struct, frozen=True):
    pair: CurvePair
    limit: int
    held_in: int  # scaled to 18 decimals, as is the next
    payable: int  # less what is kept back

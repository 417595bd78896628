"""Balancer V2's stable pools: composable ones, and those of 2021.

Fields a reader fills: `spec` (coins in the vault's order, without the pool's own token), `block`,
`balances`, `amplification` (with three more digits, as `getAmplificationParameter` answers), `fee`,
`scaling_factors` (`getScalingFactors`, with the rates a swap in this block would use: a rate cache
that has run out is asked afresh; 10**(36 - decimals) where there are none), `rounding`, `paused`.
"""

from functools import cached_property

import msgspec

from bot.amm.balancer_curve import (
    AMPLIFICATION_PRECISION,
    CurveSection,
    Rounding,
    invariant_of,
    last_that,
    section_of,
)
from bot.amm.image import Image, Shut, Stable
from bot.amm.pool import Closed, Limits
from bot.amm.ramp import Ramp
from bot.domain.units import WAD, Raw, Wad, mul_div_up
from bot.domain.venues import PoolSpec

VAULT_BALANCE_MAX = 2**112 - 1  # the vault keeps balances in 112 bits


class BalancerStablePool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Balances, amplification, rates and fee of one pool at `block`.

    Swaps between its coins only: joining and leaving through the pool's own token is left out. The
    fee is taken from what comes in, before scaling.

    Source: `ComposableStablePool.onSwap`, `BaseGeneralPool`, `StableMath`.
    """

    spec: PoolSpec
    block: int
    balances: tuple[Raw, ...]
    amplification: int
    fee: Wad
    scaling_factors: tuple[Wad, ...]
    rounding: Rounding = Rounding.COMPOSABLE
    paused: bool = False
    ramp: Ramp | None = None  # while the amplification moves

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what a swap given its input pays; zero where it would revert."""
        way = self._between(i, j)
        if way is None or not 0 < amount_in <= way.room:
            return Raw(0)
        kept = amount_in - mul_div_up(amount_in, self.fee, WAD)
        left = way.section.balance_after(way.held_in + kept * way.factor_in // WAD)
        return Raw(max(way.held_out - left - 1, 0) * WAD // way.factor_out)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the vault's price for exactly `amount_out`; zero where it is above `max_in`.

        Both kinds of swap round for the pool: paid as an input, the price may buy a little less.
        """
        way, back = self._between(i, j), self._between(j, i)
        if way is None or back is None or amount_out <= 0:
            return Raw(0)
        left = way.held_out - amount_out * way.factor_out // WAD
        if left <= 0 or not back.section.holds(left):
            return Raw(0)
        gross = max(back.section.balance_after(left) - way.held_in + 1, 0)
        kept = mul_div_up(gross, WAD, way.factor_in)
        paid = mul_div_up(kept, WAD, WAD - self.fee)
        return Raw(paid) if paid <= way.room else Raw(0)

    def after(self, i: int, j: int, amount_in: Raw) -> "BalancerStablePool":
        """Return the state that the swap leaves; the same where it pays nothing."""
        paid = self.amount_out(i, j, amount_in)
        if not paid:
            return self
        moved = {i: amount_in, j: -paid}
        balances = tuple(Raw(held + moved.get(k, 0)) for k, held in enumerate(self.balances))
        return msgspec.structs.replace(self, balances=balances)

    def at(self, timestamp_s: int) -> "BalancerStablePool":
        """Return the same state in a block of that time, where its amplification has moved on."""
        if self.ramp is None:
            return self
        return msgspec.structs.replace(self, amplification=self.ramp.at(timestamp_s))

    def max_in(self, i: int, j: int) -> Raw:
        """Return what the vault's balance and the curve's arithmetic can hold."""
        way = self._between(i, j)
        return Raw(0) if way is None else way.room

    def limits(self, i: int, j: int) -> Limits:
        """Return the room in the vault; closed where paused, a coin is missing, or unsolved."""
        max_in = self.max_in(i, j)
        return Limits(
            max_in=max_in,
            max_out=self.amount_out(i, j, max_in),
            closed=None if max_in else self._why_closed(),
        )

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at size zero: the curve's slope."""
        if not self.max_in(i, j):
            return 0.0
        d = weight = float(self._invariant)
        for held in self._scaled:
            weight *= d / (held * len(self.balances))
        ann = self._ann / AMPLIFICATION_PRECISION
        slope = (ann + weight / self._scaled[i]) / (ann + weight / self._scaled[j])
        factors = self.scaling_factors
        return slope * factors[i] / factors[j] * (WAD - self.fee) / WAD

    def images(self) -> tuple[Image, ...]:
        """Return the curve over all coins."""
        coins = tuple(range(len(self.balances)))
        if self.paused or not self._invariant:
            return (Shut(coins=coins),)
        units = zip(self.spec.tokens, self.scaling_factors, strict=True)
        return (
            Stable(
                coins=coins,
                balances=tuple(held / WAD for held in self._scaled),
                units=tuple(10.0**token.decimals * factor / WAD / WAD for token, factor in units),
                ann=self._ann / AMPLIFICATION_PRECISION,
                invariant=self._invariant / WAD,
                keep=(WAD - self.fee) / WAD,
                fee_on_input=True,
            ),
        )

    def _why_closed(self) -> Closed:
        if self.paused:
            return Closed.PAUSED
        return Closed.UNSOLVED if all(self.balances) else Closed.EMPTY

    @cached_property
    def _scaled(self) -> tuple[int, ...]:
        pairs = zip(self.balances, self.scaling_factors, strict=True)
        return tuple(held * factor // WAD for held, factor in pairs)

    @cached_property
    def _ann(self) -> int:
        return self.amplification * len(self.balances)

    @cached_property
    def _invariant(self) -> int:
        return invariant_of(self._scaled, self._ann, self.rounding)

    @cached_property
    def _ways(self) -> dict[tuple[int, int], "_Way | None"]:
        """The directions asked for so far."""
        return {}

    def _between(self, i: int, j: int) -> "_Way | None":
        try:
            return self._ways[i, j]
        except KeyError:
            found = self._ways[i, j] = self._way(i, j)
            return found

    def _way(self, i: int, j: int) -> "_Way | None":
        if i == j or self.paused or not self._invariant:
            return None
        section = section_of(self._scaled, self._ann, self._invariant, (i, j))
        held, factor = self._scaled[i], self.scaling_factors[i]
        if not section.holds(held):
            return None

        def fits(size: int) -> bool:
            kept = size - mul_div_up(size, self.fee, WAD)
            return section.holds(held + kept * factor // WAD)

        return _Way(
            section=section,
            room=Raw(last_that(fits, 0, VAULT_BALANCE_MAX - self.balances[i])),
            held_in=held,
            held_out=self._scaled[j],
            factor_in=factor,
            factor_out=self.scaling_factors[j],
        )


class _Way(msgspec.Struct, frozen=True, kw_only=True):
    """One direction; what is held is scaled."""

    section: CurveSection
    room: Raw
    held_in: int
    held_out: int
    factor_in: Wad
    factor_out: Wad

"""Curve's StableSwap-NG pools: coins with rates, and a fee that grows off the peg.

Fields a reader fills: `amplification` (`A_precise()`), `fee`, `offpeg_fee_multiplier` and
`admin_fee` (scale 1e10), `balances` (`get_balances()`), `rates` (`stored_rates()`, which holds
every oracle and ERC-4626 rate of that block), `ramp` while A moves.

The pair of a metapool follows the same arithmetic with a fixed fee; see `metapool`.
"""

from collections.abc import Callable
from functools import cached_property

import msgspec

from bot.amm.generations import Generation
from bot.amm.image import Image, Shut
from bot.amm.least_input import least_input
from bot.amm.pool import Closed, Limits
from bot.amm.ramp import Ramp
from bot.amm.stable_curve import LEAST_HELD, StableCurve, invariant_of
from bot.amm.stableswap import FEE_SCALE, picture_of
from bot.domain.units import WAD, Raw
from bot.domain.venues import PoolSpec

Divide = Callable[[int], tuple[int, int]]  # paid in -> leaves before the fee, fee; scaled


class StableSwapNgPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Balances, rates, amplification and fees of one pool at `block`.

    Source: curvefi/stableswap-ng `CurveStableSwapNG.vy` and `CurveStableSwapNGViews.vy`.
    """

    spec: PoolSpec
    block: int
    amplification: int  # 100 times A, in a block of `timestamp_s`
    fee: int  # on the peg; 1.0 is 10**10, as for the next two
    balances: tuple[Raw, ...]  # what admins own left out
    rates: tuple[int, ...]  # base units times this, over 10**18, has 18 decimals
    offpeg_fee_multiplier: int = 0  # at most 10**10: the fee stays as it is
    admin_fee: int = FEE_SCALE // 2  # share of the fee
    ramp: Ramp | None = None
    timestamp_s: int = 0
    killed: bool = False
    amplification_precision: int = 100
    generation: Generation = Generation.WITH_PRICES

    def at(self, timestamp_s: int) -> "StableSwapNgPool":
        """Return the state as a block of `timestamp_s` finds it: itself where A stays."""
        amplification = self.ramp.at(timestamp_s) if self.ramp else self.amplification
        if amplification == self.amplification:
            return self
        return msgspec.structs.replace(self, amplification=amplification, timestamp_s=timestamp_s)

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what `exchange` pays; zero where it would revert or above `max_in`."""
        if amount_in <= 0:
            return Raw(0)
        gross, kept = (self._divided[i][j] or self._made(i, j))(amount_in)
        return Raw((gross - kept) * WAD // self.rates[j]) if gross > 0 else Raw(0)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays `amount_out`; zero where none does."""

        def quote(size: int) -> int:
            return self.amount_out(i, j, Raw(size))

        limit, rate = self.max_in(i, j), self.marginal_rate(i, j)
        if amount_out > 0 and quote(limit) < amount_out and self.offpeg_fee_multiplier > FEE_SCALE:
            limit = self._best_paid(quote, limit)
        return least_input(quote, amount_out, limit, rate)

    def exchange(self, i: int, j: int, amount_in: int) -> tuple[int, int]:
        """Return what a swap pays and what it sets aside for admins; -1 where it would revert.

        A metapool may be paid in no shares at all, so that no input is none of these.
        """
        gross, kept = (self._divided[i][j] or self._made(i, j))(amount_in)
        if gross < 0:
            return -1, 0
        for_admin = kept * self.admin_fee // FEE_SCALE * WAD // self.rates[j]
        return (gross - kept) * WAD // self.rates[j], for_admin

    def get_dx(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return what the contract's view asks for `amount_out`, with the fee before the swap.

        Paying it can buy more or less than `amount_out`; `amount_in` says what does buy it. Zero
        where the pool does not hold enough.
        """
        if not self.max_in(i, j) or amount_out <= 0:
            return Raw(0)
        scaled, rates = self.curve.balances, self.rates
        gross = amount_out * rates[j] // WAD + 1
        fee = self._fee_at(scaled[i], scaled[j])
        left = scaled[j] - gross * FEE_SCALE // (FEE_SCALE - fee)
        if left <= 0:
            return Raw(0)
        reached = self.curve.pair(j, i)(left)
        return Raw((reached - scaled[i]) * WAD // rates[i])

    def max_in(self, i: int, j: int) -> Raw:
        """Return the input that leaves next to nothing of coin `j`; zero where that is closed.

        Beyond, the price oracle's arithmetic can overflow, and `exchange` reverts with it.
        """
        found = self._most_in.get((i, j))
        if found is None:
            room = 0 if i == j or self.closed else self.curve.room(i, j, self._least)
            self._most_in[i, j] = found = Raw(room * WAD // self.rates[i])
        return found

    def limits(self, i: int, j: int) -> Limits:
        """Return how far the direction goes."""
        most = self.max_in(i, j)
        return Limits(max_in=most, max_out=self.amount_out(i, j, most), closed=self.closed)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee of this moment, in base units, at size zero."""
        if i == j or self.closed:
            return 0.0
        scaled = self.curve.balances
        kept = 1 - self._fee_at(scaled[i], scaled[j]) / FEE_SCALE
        return self.curve.slope(i, j) * self.rates[i] / self.rates[j] * kept

    def images(self) -> tuple[Image, ...]:
        """Return the whole curve as one picture, with the least fee it can ever charge.

        So the picture is never dearer than the pool: a swap back to the peg pays less than the fee
        of this moment.
        """
        coins = tuple(range(len(self.balances)))
        if self.closed:
            return (Shut(coins),)
        units = tuple(
            rate * 10**token.decimals / WAD / WAD
            for rate, token in zip(self.rates, self.spec.tokens, strict=True)
        )
        return (picture_of(self.curve, units, self.fee),)

    def after(self, i: int, j: int, amount_in: Raw) -> "StableSwapNgPool":
        """Return the state that `exchange` leaves; as it is where the swap would revert."""
        paid, for_admin = self.exchange(i, j, amount_in)
        if paid < 0:
            return self
        balances = list(self.balances)
        balances[i] = Raw(balances[i] + amount_in)
        balances[j] = Raw(balances[j] - paid - for_admin)
        return msgspec.structs.replace(self, balances=tuple(balances))

    @cached_property
    def curve(self) -> StableCurve:
        """The curve this state lies on; solving for it takes longer than a quote."""
        scaled = tuple(
            held * rate // WAD for held, rate in zip(self.balances, self.rates, strict=True)
        )
        ann = self.amplification * len(scaled)
        precision, rounding = self.amplification_precision, self.generation.rounding
        d = invariant_of(scaled, ann, precision, rounding) if all(scaled) else 0
        return StableCurve(scaled, ann, precision, d)

    @property
    def _least(self) -> int:
        """What a side must hold, scaled: an oracle's arithmetic needs some, metapools have none."""
        return LEAST_HELD if self.generation.rounding.keeps_prices else 0

    @cached_property
    def closed(self) -> Closed | None:
        """Why the pool takes nothing now, if it does not."""
        if self.killed:
            return Closed.KILLED
        if min(self.curve.balances) <= self._least:
            return Closed.EMPTY
        return None if self.curve.invariant else Closed.UNSOLVED

    @cached_property
    def _most_in(self) -> dict[tuple[int, int], Raw]:
        return {}

    @cached_property
    def _divided(self) -> list[list[Divide | None]]:
        return [[None] * len(self.balances) for _ in self.balances]

    def _fee_at(self, held_in: int, held_out: int) -> int:
        """Return `_dynamic_fee`: the lower the product of two balances of a sum, the dearer."""
        multiplier = self.offpeg_fee_multiplier
        if multiplier <= FEE_SCALE:
            return self.fee
        balance = (multiplier - FEE_SCALE) * 4 * held_in * held_out // (held_in + held_out) ** 2
        return multiplier * self.fee // (balance + FEE_SCALE)

    @staticmethod
    def _best_paid(quote: Callable[[int], int], limit: int) -> Raw:
        """Return about the input that is paid most: beyond, the fee grows faster than the rest."""
        low, high = 0, limit
        while high - low > 2:
            left, right = low + (high - low) // 3, high - (high - low) // 3
            low, high = (left, high) if quote(left) < quote(right) else (low, right)
        return Raw(high)

    def _made(self, i: int, j: int) -> Divide:
        self._divided[i][j] = made = self._divide(i, j) if self.max_in(i, j) else _refused
        return made

    def _divide(self, i: int, j: int) -> Divide:
        """Return what divides a payment, of one direction, with everything at hand it needs."""
        solve, limit, rate, flat = self.curve.pair(i, j), self.max_in(i, j), self.rates[i], self.fee
        held, held_out = self.curve.balances[i], self.curve.balances[j]
        payable = held_out - self.generation.rounding.kept_back
        slope = 4 * (self.offpeg_fee_multiplier - FEE_SCALE)
        dearest = self.offpeg_fee_multiplier * flat if slope > 0 else 0

        def divide(amount_in: int) -> tuple[int, int]:
            if not 0 <= amount_in <= limit:
                return _REVERTS
            reached = held + amount_in * rate // WAD
            left = solve(reached)
            gross, fee = payable - left, flat
            if dearest:
                mean_in, mean_out = (held + reached) >> 1, (held_out + left) >> 1
                both = mean_in + mean_out
                fee = dearest // (slope * mean_in * mean_out // (both * both) + FEE_SCALE)
            return gross, gross * fee // FEE_SCALE

        return divide


_REVERTS = (-1, 0)


def _refused(amount_in: int) -> tuple[int, int]:  # noqa: ARG001
    return _REVERTS

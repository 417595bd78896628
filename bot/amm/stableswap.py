"""Curve's StableSwap pools of plain coins, any number of them, of every generation but NG.

Fields a reader fills: `amplification` as the contract computes with it (`A_precise()` where there
is one, else `A()`), `amplification_precision` (100 or 1 with it), `fee` and `admin_fee` (scale
1e10), `balances`, `generation` (`generation_of`), `ramp` while A moves, `killed` where it shows.
"""

from collections.abc import Callable
from functools import cached_property
from operator import mul

import msgspec

from bot.amm.generations import Generation
from bot.amm.image import Image, Shut, Stable
from bot.amm.least_input import least_input
from bot.amm.pool import Closed, Limits
from bot.amm.ramp import Ramp
from bot.amm.stable_curve import LEAST_HELD, Solve, StableCurve, invariant_of
from bot.domain.units import UINT256_MAX, WAD, Raw, mul_div_up
from bot.domain.venues import PoolSpec

FEE_SCALE = 10**10

Quote = Callable[[int], Raw]


class StableSwapPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Balances, amplification and fees of one pool at `block`.

    Source: Curve `StableSwap.vy` (sUSD, 2020), `StableSwap3Pool.vy`, `SwapTemplateBase.vy` and the
    factory's plain pools: `exchange`, `get_dy`.
    """

    spec: PoolSpec
    block: int
    amplification: int  # in a block of `timestamp_s`
    fee: int  # 1.0 is 10**10
    balances: tuple[Raw, ...]
    generation: Generation
    amplification_precision: int = 1
    admin_fee: int = FEE_SCALE // 2  # share of `fee` that leaves the pool, 1.0 is 10**10
    ramp: Ramp | None = None
    timestamp_s: int = 0
    killed: bool = False

    def at(self, timestamp_s: int) -> "StableSwapPool":
        """Return the state as a block of `timestamp_s` finds it: itself where A stays."""
        amplification = self.ramp.at(timestamp_s) if self.ramp else self.amplification
        if amplification == self.amplification:
            return self
        return msgspec.structs.replace(self, amplification=amplification, timestamp_s=timestamp_s)

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what `exchange` pays; zero where it would revert."""
        return (self._quotes[i][j] or self._made(i, j))(amount_in)

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the least input that pays `amount_out`; zero where none does."""
        limit = self.max_in(i, j)
        if not limit or amount_out <= 0:
            return Raw(0)
        quote = self._quotes[i][j] or self._made(i, j)
        kept = max(FEE_SCALE - self.fee, 1)
        gross = mul_div_up(amount_out * FEE_SCALE, self.scales[j], kept)
        left = max(self._scaled[j] - gross, 1)
        grown = self._solver(j, i)(left) - self._scaled[i]
        return least_input(quote, amount_out, limit, 0.0, -(-grown // self.scales[i]))

    def get_dy(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return what the contract's `get_dy` answers.

        The early ones take the fee after rounding to units: it can be one above what `exchange`
        pays.
        """
        if not self.generation.rounding.view_fee_in_units:
            return self.amount_out(i, j, amount_in)
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        rounded = max(self._gross(i, j, amount_in), 0) // self.scales[j]
        return Raw(rounded - rounded * self.fee // FEE_SCALE)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what the contract's 256-bit arithmetic can hold; zero where the way is closed."""
        if i == j or self.closed:
            return Raw(0)
        if self.generation.rounding.keeps_prices:
            return Raw(self.curve.room(i, j) // self.scales[i])
        if self.generation is Generation.SUSD:  # it multiplies the new balance by a rate
            return Raw((UINT256_MAX // WAD - self._scaled[i]) // self.scales[i])
        return Raw(UINT256_MAX // (WAD * self.scales[i]))

    def limits(self, i: int, j: int) -> Limits:
        """Return how far the direction goes: to what the arithmetic holds."""
        most = self.max_in(i, j)
        return Limits(max_in=most, max_out=self.amount_out(i, j, most), closed=self.closed)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at size zero: the curve's slope."""
        if not self.max_in(i, j):
            return 0.0
        slope = self.curve.slope(i, j)
        return slope * self.scales[i] / self.scales[j] * (FEE_SCALE - self.fee) / FEE_SCALE

    def images(self) -> tuple[Image, ...]:
        """Return the whole curve as one picture."""
        coins = tuple(range(len(self.balances)))
        if self.closed:
            return (Shut(coins),)
        return (picture_of(self.curve, (1.0,) * len(coins), self.fee),)

    def after(self, i: int, j: int, amount_in: Raw) -> "StableSwapPool":
        """Return the state that `exchange` leaves, its admin fee included.

        A swap that would revert leaves the state as it is.
        """
        if not 0 < amount_in <= self.max_in(i, j):
            return self
        gross = self._gross(i, j, amount_in)
        if gross < 0:
            return self
        kept, scale = gross * self.fee // FEE_SCALE, self.scales[j]
        for_admin = kept * self.admin_fee // FEE_SCALE
        balances = list(self.balances)
        balances[i] = Raw(balances[i] + amount_in)
        if self.generation.rounding.books_are_scaled:
            balances[j] = Raw((self._scaled[j] - gross + kept - for_admin) // scale)
        else:
            balances[j] = Raw(balances[j] - (gross - kept) // scale - for_admin // scale)
        return msgspec.structs.replace(self, balances=tuple(balances))

    @cached_property
    def curve(self) -> StableCurve:
        """The curve this state lies on; solving for it takes longer than a quote."""
        ann = self.amplification * len(self.balances)
        precision, rounding = self.amplification_precision, self.generation.rounding
        d = invariant_of(self._scaled, ann, precision, rounding)
        return StableCurve(self._scaled, ann, precision, d)

    @cached_property
    def scales(self) -> tuple[int, ...]:
        """What brings each coin to 18 decimals."""
        return tuple(10 ** (18 - token.decimals) for token in self.spec.tokens)

    @cached_property
    def _scaled(self) -> tuple[int, ...]:
        return tuple(map(mul, self.balances, self.scales))

    @cached_property
    def closed(self) -> Closed | None:
        """Why the pool takes nothing now, if it does not."""
        if self.killed:
            return Closed.KILLED
        least = LEAST_HELD if self.generation.rounding.keeps_prices else 0
        if min(self._scaled) <= least:
            return Closed.EMPTY
        return None if self.curve.invariant else Closed.UNSOLVED

    @cached_property
    def _quotes(self) -> list[list[Quote | None]]:
        return [[None] * len(self.balances) for _ in self.balances]

    @cached_property
    def _solvers(self) -> list[list[Solve | None]]:
        return [[None] * len(self.balances) for _ in self.balances]

    def _solver(self, i: int, j: int) -> Solve:
        self._solvers[i][j] = found = self._solvers[i][j] or self.curve.pair(i, j)
        return found

    def _gross(self, i: int, j: int, amount_in: int) -> int:
        """Return what leaves before the fee, scaled; below zero the contract reverts."""
        left = self._solver(i, j)(self._scaled[i] + amount_in * self.scales[i])
        return self._scaled[j] - self.generation.rounding.kept_back - left

    def _made(self, i: int, j: int) -> Quote:
        self._quotes[i][j] = quote = self._quote(i, j) if self.max_in(i, j) else _nothing
        return quote

    def _quote(self, i: int, j: int) -> Quote:
        """Return `amount_out` of one direction with everything at hand that it needs."""
        solve, limit, scale = self._solver(i, j), self.max_in(i, j), self.scales[i]
        held, payable = self._scaled[i], self._scaled[j] - self.generation.rounding.kept_back
        # (gross - gross * fee // 1e10) // scale in one division
        kept, up, divisor = FEE_SCALE - self.fee, FEE_SCALE - 1, FEE_SCALE * self.scales[j]

        def quote(amount_in: int) -> Raw:
            if not 0 < amount_in <= limit:
                return Raw(0)
            gross = payable - solve(held + amount_in * scale)
            return Raw((gross * kept + up) // divisor) if gross > 0 else Raw(0)

        return quote


def picture_of(curve: StableCurve, units: tuple[float, ...], fee: float) -> Stable:
    """Return the curve in floats; `units` of it make one whole coin, `fee` has scale 1e10."""
    return Stable(
        coins=tuple(range(len(units))),
        balances=tuple(held / WAD for held in curve.balances),
        units=units,
        ann=curve.ann / curve.precision,
        invariant=curve.invariant / WAD,
        keep=1 - fee / FEE_SCALE,
    )


def _nothing(amount_in: int) -> Raw:  # noqa: ARG001
    return Raw(0)

"""Balancer V2's weighted pools.

Fields a reader fills: `spec` (coins in the vault's order), `block`, `balances`, `weights`
(`getNormalizedWeights`), `fee`, `power_rule` (`DIRECT` for factories since 2023), `paused`.
"""

from functools import cached_property
from itertools import combinations

import msgspec

from bot.amm.balancer_stable import VAULT_BALANCE_MAX
from bot.amm.image import Image, Shut, Weighted
from bot.amm.log_exp import OutOfRangeError, PowerRule, power_up
from bot.amm.pool import Closed, Limits
from bot.domain.units import WAD, Raw, Wad, mul_div_up
from bot.domain.venues import PoolSpec

_MOST_OF_BALANCE = 3 * WAD // 10  # a swap moves at most this share of either balance


class BalancerWeightedPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Balances, weights and fee of one pool at `block`.

    The fee is taken from what comes in, before scaling.

    Source: `WeightedPool.onSwap`, `BaseMinimalSwapInfoPool`, `WeightedMath`.
    """

    spec: PoolSpec
    block: int
    balances: tuple[Raw, ...]
    weights: tuple[Wad, ...]
    fee: Wad
    power_rule: PowerRule = PowerRule.DIRECT
    paused: bool = False

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what a swap given its input pays; zero where it would revert."""
        if not 0 < amount_in <= self.max_in(i, j):
            return Raw(0)
        kept = (amount_in - mul_div_up(amount_in, self.fee, WAD)) * self._scales[i]
        held = self._scaled[i]
        base = mul_div_up(held, WAD, held + kept)
        exponent = self.weights[i] * WAD // self.weights[j]
        try:
            left = power_up(base, exponent, self.power_rule)
        except OutOfRangeError:
            return Raw(0)
        return Raw(self._scaled[j] * max(WAD - left, 0) // WAD // self._scales[j])

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return the vault's price for exactly `amount_out`; zero where it is above `max_in`.

        Both kinds of swap round for the pool: paid as an input, the price may buy a little less.
        """
        held, wanted = self._scaled[j], amount_out * self._scales[j]
        most = self.max_in(i, j)
        if not most or not 0 < wanted <= held * _MOST_OF_BALANCE // WAD:
            return Raw(0)
        base = mul_div_up(held, WAD, held - wanted)
        exponent = mul_div_up(self.weights[j], WAD, self.weights[i])
        try:
            grown = power_up(base, exponent, self.power_rule)
        except OutOfRangeError:
            return Raw(0)
        gross = mul_div_up(self._scaled[i], grown - WAD, WAD)
        kept = -(-gross // self._scales[i])
        paid = mul_div_up(kept, WAD, WAD - self.fee)
        return Raw(paid) if paid <= most else Raw(0)

    def after(self, i: int, j: int, amount_in: Raw) -> "BalancerWeightedPool":
        """Return the state that the swap leaves; the same where it pays nothing."""
        paid = self.amount_out(i, j, amount_in)
        if not paid:
            return self
        moved = {i: amount_in, j: -paid}
        balances = tuple(Raw(held + moved.get(k, 0)) for k, held in enumerate(self.balances))
        return msgspec.structs.replace(self, balances=balances)

    def max_in(self, i: int, j: int) -> Raw:
        """Return what is, after the fee, 30 % of the balance; zero where closed."""
        return Raw(0) if i == j else self._rooms[i]

    def limits(self, i: int, j: int) -> Limits:
        """Return the protocol's limit; closed where paused or a coin is missing."""
        max_in = self.max_in(i, j)
        closed = Closed.PAUSED if self.paused else Closed.EMPTY
        return Limits(
            max_in=max_in,
            max_out=self.amount_out(i, j, max_in),
            closed=None if max_in else closed,
        )

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at size zero."""
        if not self.max_in(i, j):
            return 0.0
        depth_in, depth_out = (self.balances[k] / self.weights[k] for k in (i, j))
        return depth_out / depth_in * (WAD - self.fee) / WAD

    def images(self) -> tuple[Image, ...]:
        """Return one picture per pair of coins.

        With more than two coins they share what they hold: the search sees more than there is.
        """
        return tuple(self._image(i, j) for i, j in combinations(range(len(self.balances)), 2))

    def _image(self, i: int, j: int) -> Image:
        if not (self.max_in(i, j) and self.max_in(j, i)):
            return Shut(coins=(i, j))
        return Weighted(
            coins=(i, j),
            balances=(self._scaled[i] / WAD, self._scaled[j] / WAD),
            weights=(self.weights[i] / WAD, self.weights[j] / WAD),
            keep=(WAD - self.fee) / WAD,
        )

    @cached_property
    def _scales(self) -> tuple[int, ...]:
        return tuple(10 ** (18 - token.decimals) for token in self.spec.tokens)

    @cached_property
    def _scaled(self) -> tuple[int, ...]:
        return tuple(held * scale for held, scale in zip(self.balances, self._scales, strict=True))

    @cached_property
    def _rooms(self) -> tuple[Raw, ...]:
        """Return the largest input of each coin."""
        if self.paused or not all(self.balances):
            return (Raw(0),) * len(self.balances)
        return tuple(
            Raw(min(self._room(held, scale), VAULT_BALANCE_MAX - balance))
            for held, scale, balance in zip(self._scaled, self._scales, self.balances, strict=True)
        )

    def _room(self, held: int, scale: int) -> int:
        kept = held * _MOST_OF_BALANCE // WAD // scale
        return ((kept + 1) * WAD - 1) // (WAD - self.fee)

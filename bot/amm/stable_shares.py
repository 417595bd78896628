"""Shares of a StableSwap pool: what coins mint, what shares pay out, what they are worth.

Source: Curve `StableSwap3Pool.vy` and `SwapTemplateBase.vy`: `add_liquidity`,
`remove_liquidity_one_coin`, `calc_token_amount`, `get_virtual_price`.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec

from bot.amm.stable_curve import invariant_of
from bot.amm.stableswap import FEE_SCALE, StableSwapPool
from bot.domain.units import WAD, Raw

_PROBE = 100_000  # this part of all shares stands for size zero


class StableShares(msgspec.Struct, frozen=True, dict=True):
    """A pool and how many shares of it there are; not for a pool that has none."""

    pool: StableSwapPool
    supply: int

    def virtual_price(self) -> int:
        """Return D per share, 1.0 is 10**18; grows with fees."""
        return self.pool.curve.invariant * WAD // self.supply

    def shares_for(self, amounts: Sequence[int], *, deposit: bool) -> int:
        """Return `calc_token_amount`: shares minted or burnt for `amounts`, without any fee.

        -1 where the contract refuses: more than it holds, or an invariant that would not settle.
        """
        d0, sign = self.pool.curve.invariant, 1 if deposit else -1
        places = zip(self.pool.balances, amounts, strict=True)
        moved = [held + sign * amount for held, amount in places]
        gained = sign * (self._invariant(moved) - d0) if min(moved) > 0 else -1
        return gained * self.supply // d0 if gained >= 0 else -1

    def deposited(self, k: int, amount: int) -> tuple[int, "StableShares"]:
        """Return the shares that `amount` of coin `k` mints, and the books after it.

        -1, with the books as they are, where the contract refuses.
        """
        pool, d0 = self.pool, self.pool.curve.invariant
        if pool.killed or amount <= 0 or not d0:
            return -1, self
        held = [old + (amount if at == k else 0) for at, old in enumerate(pool.balances)]
        d1 = self._invariant(held)
        if d1 <= d0:
            return -1, self
        charges = [
            self._share_fee * abs(d1 * old // d0 - new) // FEE_SCALE
            for old, new in zip(pool.balances, held, strict=True)
        ]
        counted = [new - charge for new, charge in zip(held, charges, strict=True)]
        d2 = self._invariant(counted) if min(counted) > 0 else 0
        if d2 < d0:
            return -1, self
        minted = self.supply * (d2 - d0) // d0
        books = tuple(
            Raw(new - charge * pool.admin_fee // FEE_SCALE)
            for new, charge in zip(held, charges, strict=True)
        )
        return minted, StableShares(
            msgspec.structs.replace(pool, balances=books), self.supply + minted
        )

    def withdrawn(self, shares: int, k: int) -> tuple[int, "StableShares"]:
        """Return what `shares` pay in coin `k` alone, and the books after it.

        -1, with the books as they are, where the contract refuses. It rounds in the pool's favour
        twice but not always enough: no shares at all can be paid one base unit.
        """
        paid, free = self._one_coin(shares, k)
        if self.pool.killed or paid < 0:
            return -1, self
        balances = list(self.pool.balances)
        gone = paid + (free - paid) * self.pool.admin_fee // FEE_SCALE
        balances[k] = Raw(balances[k] - gone)
        pool = msgspec.structs.replace(self.pool, balances=tuple(balances))
        return paid, StableShares(pool, self.supply - shares)

    def _one_coin(self, shares: int, k: int) -> tuple[int, int]:
        """Return what is paid, and what would be without the fee; -1 where that reverts."""
        pool, curve = self.pool, self.pool.curve
        d0, scaled = curve.invariant, curve.balances
        if not 0 <= shares <= self.supply or not d0:
            return -1, 0
        d1 = d0 - shares * d0 // self.supply
        beside = [held for at, held in enumerate(scaled) if at != k]
        left = curve.balance_beside(beside, d1)
        reduced = [
            held - self._share_fee * (held - held * d1 // d0) // FEE_SCALE for held in beside
        ]
        expected = scaled[k] * d1 // d0 - left
        if expected < 0 or not all(reduced):
            return -1, 0
        own = scaled[k] - self._share_fee * expected // FEE_SCALE
        gross = own - curve.balance_beside(reduced, d1)
        scale = pool.scales[k]
        return (gross - 1) // scale if gross > 0 else -1, (scaled[k] - left) // scale

    @cached_property
    def paid_per_share(self) -> tuple[float, ...]:
        """Base units of each coin that one unit of shares pays, at a size that moves little."""
        probe = max(self.supply // _PROBE, 1)
        coins = range(len(self.pool.balances))
        return tuple(max(self.withdrawn(probe, k)[0], 0) / probe for k in coins)

    @cached_property
    def asked_per_share(self) -> tuple[float, ...]:
        """Base units of each coin that mint one unit of shares, at a size that moves little."""
        probes = [int(paid * self.supply) // _PROBE + 1 for paid in self.paid_per_share]
        minted = [self.deposited(k, probe)[0] for k, probe in enumerate(probes)]
        return tuple(probe / max(out, 1) for probe, out in zip(probes, minted, strict=True))

    @property
    def _share_fee(self) -> int:
        coins = len(self.pool.balances)
        return self.pool.fee * coins // (4 * (coins - 1))

    def _invariant(self, balances: Sequence[int]) -> int:
        curve = self.pool.curve
        scaled = [held * scale for held, scale in zip(balances, self.pool.scales, strict=True)]
        rounding = self.pool.generation.rounding
        return invariant_of(scaled, curve.ann, curve.precision, rounding)

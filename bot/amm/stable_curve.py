"""The StableSwap invariant in the contracts' integers.

Balances here are scaled to 18 decimals. `ann` is A times the number of coins, as the contracts
use it; A may carry `precision` (1 or 100).

Source: Curve `StableSwap3Pool.vy`, `get_D` and `get_y`; StableSwap whitepaper (Egorov, 2019).
"""

from collections.abc import Sequence
from math import isqrt

import msgspec

_MAX_ROUNDS = 255
_PROVEN_FROM = 16  # see `CurvePair.balance_after`


class StableCurve(msgspec.Struct, frozen=True):
    """One pool's curve at one state: scaled balances, ann, and the invariant D that follows."""

    balances: tuple[int, ...]
    ann: int
    precision: int
    invariant: int

    def pair(self, i: int, j: int) -> "CurvePair":
        """Return the curve between two coins, the others held still."""
        coins, d = len(self.balances), self.invariant
        still = [0 if k in (i, j) else held for k, held in enumerate(self.balances)]
        c_before = d
        for held in still[:i]:
            c_before = c_before * d // (held * coins) if held else c_before
        return CurvePair(
            d=d,
            coins=coins,
            c_before=c_before,
            later=tuple(held * coins for held in still[i:] if held),
            last_factor=d * self.precision,
            last_divisor=self.ann * coins,
            e_still=sum(still) + d * self.precision // self.ann - d,
        )

    def slope(self, i: int, j: int) -> float:
        """Return how much of coin `j` leaves per unit of coin `i`, without fee, at size zero."""
        d = float(self.invariant)
        weight = d
        for held in self.balances:
            weight *= d / (held * len(self.balances))
        ann = self.ann / self.precision
        return (ann + weight / self.balances[i]) / (ann + weight / self.balances[j])


class CurvePair(msgspec.Struct, frozen=True):
    """Everything of `get_y` that does not depend on the amount, in the contract's order."""

    d: int
    coins: int
    c_before: int  # c after the coins before the one paid in
    later: tuple[int, ...]  # divisors of the coins after it
    last_factor: int
    last_divisor: int
    e_still: int  # b - D without the coin paid in

    def balance_after(self, balance_in: int) -> int:
        """Return the balance of the coin paid out that goes with `balance_in` (`get_y`).

        The contract repeats y <- (y*y + c) // (2*y + e) until a step of at most one. Its limit is
        the root of y*y + e*y = c, whose floor R takes one integer square root. With N one such
        step and q = 2*root + e: the last step starts below root + 2, N never falls between the
        root and R + 4, and from below the root it lands no higher than N(R + 4) where q >= 16.
        So N(R + 4) = R proves that the contract ends at R; if it fails, its own loop decides.
        """
        d = self.d
        c = self.c_before * d // (balance_in * self.coins)
        for divisor in self.later:
            c = c * d // divisor
        c = c * self.last_factor // self.last_divisor
        e = self.e_still + balance_in
        width = isqrt(e * e + 4 * c)
        y = (width - e) >> 1
        beyond = y + 4
        if width >= _PROVEN_FROM and (beyond * beyond + c) // (beyond + beyond + e) == y:
            return y
        return iterate(c, e, d)


def invariant_of(balances: Sequence[int], ann: int, precision: int, *, pad: int) -> int:
    """Return D by the contract's own iteration.

    `pad` is what the contract adds to each divisor: 0, or 1 against division by zero.
    """
    coins, total = len(balances), sum(balances)
    d = total
    for _ in range(_MAX_ROUNDS):
        product = d
        for held in balances:
            product = product * d // (held * coins + pad)
        previous = d
        d = (
            (ann * total // precision + product * coins)
            * d
            // ((ann - precision) * d // precision + (coins + 1) * product)
        )
        if abs(d - previous) <= 1:
            break
    return d


def iterate(c: int, e: int, start: int) -> int:
    """Return where the contract's own loop ends."""
    y = start
    for _ in range(_MAX_ROUNDS):
        previous = y
        y = (y * y + c) // (2 * y + e)
        if abs(y - previous) <= 1:
            break
    return y

"""The StableSwap invariant in the contracts' integers.

Balances here are scaled to 18 decimals. `ann` is A times the number of coins, as the contracts
use it; A may carry `precision` (1 or 100).

Source: Curve `StableSwap3Pool.vy`, `get_D` and `get_y`; StableSwap whitepaper (Egorov, 2019).
"""

from collections.abc import Sequence
from math import isqrt

import msgspec

_MAX_ROUNDS = 255
_ROOT_LEAST = 16  # below it the proof in `_root` does not hold


class StableCurve(msgspec.Struct, frozen=True):
    """One pool's curve at one state: scaled balances, ann, and the invariant D that follows."""

    balances: tuple[int, ...]
    ann: int
    precision: int
    invariant: int

    def balance_after(self, i: int, j: int, balance_in: int) -> int:
        """Return the balance of coin `j` that goes with `balance_in` of coin `i` (`get_y`)."""
        coins, d = len(self.balances), self.invariant
        c, others = d, 0
        for k, held in enumerate(self.balances):
            if k == j:
                continue
            balance = balance_in if k == i else held
            others += balance
            c = c * d // (balance * coins)
        c = c * d * self.precision // (self.ann * coins)
        return _root(c, others + d * self.precision // self.ann - d, d)

    def slope(self, i: int, j: int) -> float:
        """Return how much of coin `j` leaves per unit of coin `i`, without fee, at size zero."""
        d = float(self.invariant)
        weight = d
        for held in self.balances:
            weight *= d / (held * len(self.balances))
        ann = self.ann / self.precision
        return (ann + weight / self.balances[i]) / (ann + weight / self.balances[j])


def invariant_of(balances: Sequence[int], ann: int, precision: int, *, pad: int) -> int:
    """Return D by the contract's own iteration.

    `pad` is what the contract adds to each divisor: 1 in the sUSD pool, 0 in later ones.
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


def _root(c: int, e: int, start: int) -> int:
    """Return where the contract's iteration y <- (y*y + c) // (2*y + e) ends, from y = `start`.

    Its limit is the root of y*y + e*y = c, with floor R from one integer square root. With
    N the iteration and q = 2*root + e: a step of at most one, which ends the loop, is only taken
    from below root + 2, N does not fall between the root and R + 4, and a step from below the root
    lands no higher than N(R + 4) if q >= 16. So N(R + 4) = R proves that the loop ends at R.
    Else the loop itself decides.
    """
    width = isqrt(e * e + 4 * c)
    y = (width - e) >> 1
    beyond = y + 4
    if width >= _ROOT_LEAST and (beyond * beyond + c) // (2 * beyond + e) == y:
        return y
    return iterate(c, e, start)


def iterate(c: int, e: int, start: int) -> int:
    """Return the end of the contract's own loop."""
    y = start
    for _ in range(_MAX_ROUNDS):
        previous = y
        y = (y * y + c) // (2 * y + e)
        if abs(y - previous) <= 1:
            break
    return y

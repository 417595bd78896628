"""The StableSwap invariant in the contracts' integers.

Balances here are scaled to 18 decimals. `ann` is A times the number of coins, as the contracts
use it; A may carry `precision` (1 or 100).

Source: Curve `StableSwap3Pool.vy`, `get_D`, `get_y` and `get_y_D`; StableSwap whitepaper (Egorov,
2019).
"""

from collections.abc import Callable, Sequence
from math import isqrt, sqrt

import msgspec

from bot.amm.generations import Rounding
from bot.domain.units import UINT256_MAX

# Scaled balances between which a pool that works out its prices after every swap, for an oracle,
# cannot overflow 256 bits at that; outside, its `exchange` can revert.
LEAST_HELD = 1 << 52  # 0.0045 coins
MOST_HELD = 1 << 96  # 79 billion coins

_ORDINARY = 1 << 92  # four coins of up to that together, none below 1/4096 of it, never overflow
_MAX_ROUNDS = 255
_PROVEN_FROM = 16  # see `settled`

Solve = Callable[[int], int]  # balance of the coin paid in -> of the coin paid out


class StableCurve(msgspec.Struct, frozen=True):
    """One pool's curve at one state: scaled balances, ann, and the invariant D that follows."""

    balances: tuple[int, ...]
    ann: int
    precision: int
    invariant: int

    def pair(self, i: int, j: int) -> Solve:
        """Return `get_y` between two coins, the others held still.

        The contract divides coin by coin: c <- c * D // (x * n). All of it but the coin paid in is
        known before, so one division gives the c it would have without rounding, which is at most
        `spread` above the contract's. The root for it is found in floats and corrected by one step
        in integers; the answer stands where it holds for every c of that range (see `settled` for
        why), otherwise the contract's own order decides.
        """
        d, coins = self.invariant, len(self.balances)
        earlier = [held for k, held in enumerate(self.balances) if k < i and k != j]
        later = [held for k, held in enumerate(self.balances) if k > i and k != j]
        begun = d
        for held in earlier:
            begun = begun * d // (held * coins)
        factor, divisor, spread = begun * d, coins, 1
        for held in later:
            factor, divisor = factor * d, divisor * held * coins
            spread = spread * d // (held * coins) + 2
        last, per_last = d * self.precision, self.ann * coins
        factor = factor * last // (divisor * per_last)
        spread = max(spread * last // per_last + 2, _PROVEN_FROM // 2)
        e_still = sum(earlier) + sum(later) + d * self.precision // self.ann - d

        def solve(balance_in: int) -> int:
            c = factor // balance_in
            e = e_still + balance_in
            y = (int(sqrt(e * e + 4 * c)) - e) >> 1
            width = y + y + e
            if width > 0:
                y = (y * y + c) // width
                if spread <= c - y * (y + e) < y + y + e - 8:
                    return y
            return self.balance_beside([*earlier, balance_in, *later])

        return solve

    def balance_beside(self, others: Sequence[int], invariant: int | None = None) -> int:
        """Return the balance of the coin that is missing from `others` (`get_y`, `get_y_D`).

        `others` in the pool's order; `invariant` where it is not the curve's own.
        """
        d = self.invariant if invariant is None else invariant
        coins, c = len(self.balances), d
        for held in others:
            c = c * d // (held * coins)
        c = c * d * self.precision // (self.ann * coins)
        return settled(c, sum(others) + d * self.precision // self.ann - d, d)

    def room(self, i: int, j: int, least: int = LEAST_HELD) -> int:
        """Return how much of coin `i` leaves `least` of coin `j`, up to `MOST_HELD`."""
        reached = min(self.pair(j, i)(least + 2), MOST_HELD)
        return max(reached - self.balances[i], 0)

    def slope(self, i: int, j: int) -> float:
        """Return how much of coin `j` leaves per unit of coin `i`, without fee, at size zero."""
        d = float(self.invariant)
        weight = d
        for held in self.balances:
            weight *= d / (held * len(self.balances))
        ann = self.ann / self.precision
        return (ann + weight / self.balances[i]) / (ann + weight / self.balances[j])


def settled(c: int, e: int, d: int) -> int:
    """Return where the contract's loop y <- (y*y + c) // (2*y + e) ends when it starts at `d`.

    It ends at a step of at most one. Its limit is the root of y*y + e*y = c, whose floor R takes
    one integer square root. With N one such step and q = 2*root + e: the last step starts below
    root + 2, N never falls between the root and R + 4, and from below the root it lands no higher
    than N(R + 4) where q >= 16. So N(R + 4) = R proves that the contract ends at R; multiplied
    out, that is c - R*(R + e) < 2*R + e - 8. If it fails, the contract's own loop decides.
    """
    width = isqrt(e * e + 4 * c)
    y = (width - e) >> 1
    if width >= _PROVEN_FROM and c - y * (y + e) < y + y + e - 8:
        return y
    return iterate(c, e, d)


def invariant_of(balances: Sequence[int], ann: int, precision: int, rounding: Rounding) -> int:
    """Return D by the contract's own iteration; zero where that would revert.

    No balance may be zero unless `rounding` pads the divisors.
    """
    coins, total, pad = len(balances), sum(balances), rounding.divisor_pad
    divisors = [held if rounding.together else held * coins + pad for held in balances]
    whole = coins**coins if rounding.together else 1
    ordinary = coins <= 4 and total < _ORDINARY and min(balances) << 12 >= total
    if not ordinary and not _holds(total, divisors, whole, ann * total // precision):
        return 0
    d = total
    for _ in range(_MAX_ROUNDS):
        product = d
        for divisor in divisors:
            product = product * d // divisor
        product //= whole
        previous = d
        d = (
            (ann * total // precision + product * coins)
            * d
            // ((ann - precision) * d // precision + (coins + 1) * product)
        )
        if -1 <= d - previous <= 1:
            return d
    return 0 if rounding.must_settle else d


def _holds(total: int, divisors: Sequence[int], whole: int, weight: int) -> bool:
    """Return whether 256 bits hold the first round, where D is the sum: no later one needs more."""
    product = largest = total
    for divisor in divisors:
        scaled = product * total
        largest, product = max(largest, scaled), scaled // divisor
    numerator = (weight + product // whole * len(divisors)) * total
    return max(largest, numerator) <= UINT256_MAX


def iterate(c: int, e: int, start: int) -> int:
    """Return where the contract's own loop ends."""
    y = start
    for _ in range(_MAX_ROUNDS):
        previous = y
        y = (y * y + c) // (2 * y + e)
        if abs(y - previous) <= 1:
            break
    return y

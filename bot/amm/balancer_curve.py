"""Balancer's stable curve in the contracts' integers.

Balances here are scaled to 18 decimals, rates included. `ann` is the amplification with three more
digits, times the number of coins.

Source: Balancer V2 `StableMath`; StableSwap whitepaper (Egorov, 2019).
"""

from collections.abc import Callable, Sequence
from enum import Enum
from math import isqrt

import msgspec

from bot.domain.units import UINT256_MAX

AMPLIFICATION_PRECISION = 1_000
_MAX_ROUNDS = 255
_BEYOND = 4  # see `CurveSection.balance_after`


class Rounding(Enum):
    """Generations of the contract, by how they solve for the invariant."""

    FIRST = "up"  # stable and meta-stable pools of 2021
    COMPOSABLE = "down"  # composable stable pools


def _down(numerator: int, denominator: int) -> int:
    return numerator // denominator


def _up(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator)


def invariant_of(balances: Sequence[int], ann: int, rounding: Rounding) -> int:
    """Return the invariant; zero where the contract cannot compute it, so that no swap works."""
    if not all(balances):
        return 0
    step = _composable_step if rounding is Rounding.COMPOSABLE else _first_step
    invariant = sum(balances)
    for _ in range(_MAX_ROUNDS):
        previous = invariant
        invariant = step(balances, ann, previous)
        if not invariant:
            return 0
        if abs(invariant - previous) <= 1:
            return invariant if invariant * invariant <= UINT256_MAX else 0
    return 0


def _composable_step(balances: Sequence[int], ann: int, d: int) -> int:
    coins, total, product = len(balances), sum(balances), d
    for held in balances:
        if product * d > UINT256_MAX:
            return 0
        product = product * d // (held * coins)
    rising = (ann * total // AMPLIFICATION_PRECISION + product * coins) * d
    if rising > UINT256_MAX:
        return 0
    falling = (ann - AMPLIFICATION_PRECISION) * d // AMPLIFICATION_PRECISION
    return rising // (falling + (coins + 1) * product)


def _first_step(balances: Sequence[int], ann: int, d: int) -> int:
    coins, total, product = len(balances), sum(balances), balances[0] * len(balances)
    for held in balances[1:]:
        if product * held * coins > UINT256_MAX:
            return 0
        product = _up(product * held * coins, d)
    rising = coins * d * d + _up(ann * total * product, AMPLIFICATION_PRECISION)
    if rising > UINT256_MAX:
        return 0
    falling = _down((ann - AMPLIFICATION_PRECISION) * product, AMPLIFICATION_PRECISION)
    return _up(rising, (coins + 1) * d + falling)


class CurveSection(msgspec.Struct, frozen=True, kw_only=True):
    """The curve between one coin whose balance is set and one that follows, the others still.

    It holds all that does not depend on the balance that is set, in the contract's order.
    """

    d: int
    square: int  # of d
    first: bool  # whether the coin that is set is the first: nothing is divided before it
    before: int  # the product after the coins before it; d in place of none
    coins: int
    later: tuple[int, ...]  # factors of the coins after it
    ann: int
    weight: int  # of c: the balance that follows, as it stands, with the precision of ann
    still: int  # b - D without the coin that is set

    def balance_after(self, balance: int) -> int:
        """Return the balance that follows from `balance`; zero where that divides by zero.

        The contract repeats y <- ceil((y*y + c) / (2*y + e)) from above the root until a step of at
        most one. With R the root rounded up and N one such step: N never falls there and never
        passes below R. A step of at most one starts at R + 4 at most, so N(R + 4) = R proves that
        the contract ends at R; if it fails (the root is an integer, or nearly), its loop decides.
        """
        d = self.d
        product = self.before * balance * self.coins // d
        for factor in self.later:
            product = product * factor // d
        if not product:
            return 0
        c = -(-self.square // (self.ann * product)) * self.weight
        e = self.still + balance
        y = (isqrt(e * e + 4 * c) - e) >> 1
        if y * (y + e) != c:
            y += 1
        beyond = y + _BEYOND
        if -(-(beyond * beyond + c) // (beyond + beyond + e)) == y:
            return y
        return _iterate(c, e, -(-(self.square + c) // (d + d + e)))

    def holds(self, balance: int) -> bool:
        """Return whether the contract's 256-bit arithmetic reaches an answer for `balance`."""
        product = self.before * balance * self.coins
        largest = 0 if self.first else product
        product //= self.d
        for factor in self.later:
            largest = max(largest, product * factor)
            product = product * factor // self.d
        if not product or max(largest, self.ann * product) > UINT256_MAX:
            return False
        c = -(-self.square // (self.ann * product)) * self.weight
        start = -(-(self.square + c) // (self.d + self.d + self.still + balance))
        return max(self.square + c, start * start + c) <= UINT256_MAX


def section_of(
    balances: Sequence[int], ann: int, invariant: int, pair: tuple[int, int]
) -> CurveSection:
    """Return the curve on which the second coin of `pair` follows the first."""
    moved, follows = pair
    coins, before = len(balances), invariant
    for held in balances[:moved]:
        before = before * held * coins // invariant
    others = sum(balances) - balances[moved] - balances[follows]
    return CurveSection(
        d=invariant,
        square=invariant * invariant,
        first=not moved,
        before=before,
        coins=coins,
        later=tuple(held * coins for held in balances[moved + 1 :]),
        ann=ann,
        weight=AMPLIFICATION_PRECISION * balances[follows],
        still=others + invariant // ann * AMPLIFICATION_PRECISION - invariant,
    )


def last_that(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the largest number up to `high` that holds: `low` does, above one that fails none."""
    if holds(high):
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _iterate(c: int, e: int, start: int) -> int:
    """Return where the contract's own loop ends."""
    y = start
    for _ in range(_MAX_ROUNDS):
        previous = y
        y = -(-(y * y + c) // (2 * y + e))
        if abs(y - previous) <= 1:
            break
    return y

"""Uniswap V3 pools: concentrated liquidity, exact across any number of ticks.

Fields a reader fills: `spec`, `block`, `sqrt_price_x96`, `tick`, `liquidity`, `fee` (pips),
`tick_spacing`, `lowest_tick` and `highest_tick` (the range that was scanned, both included),
`ticks` (initialised in that range, rising), `liquidity_nets` (of those ticks).
"""

from collections.abc import Callable
from functools import cached_property
from itertools import pairwise

import msgspec

from bot.amm.image import Image
from bot.amm.price_ladder import Range, climbing, falling
from bot.amm.price_picture import picture_of
from bot.amm.price_walk import Ascent, Descent, Walk
from bot.domain.units import PIPS, Pips, Raw
from bot.domain.venues import PoolSpec

_Q96 = 1 << 96


class ConcentratedPool(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """Price, liquidity and the scanned ticks of one pool at `block`.

    Nothing is assumed about ticks that were not scanned: a swap that would pass `lowest_tick` or
    `highest_tick` is beyond `max_in`.
    """

    spec: PoolSpec
    block: int
    sqrt_price_x96: int
    tick: int  # slot0.tick: one below the price's tick after the price fell onto a tick
    liquidity: int
    fee: Pips
    tick_spacing: int
    lowest_tick: int
    highest_tick: int
    ticks: tuple[int, ...]
    liquidity_nets: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.lowest_tick - 1 <= self.tick <= self.highest_tick:
            raise ValueError(f"tick {self.tick} not in {self.lowest_tick}..{self.highest_tick}")
        if len(self.ticks) != len(self.liquidity_nets):
            raise ValueError(f"{len(self.ticks)} ticks, {len(self.liquidity_nets)} nets")
        bounded = (self.lowest_tick - 1, *self.ticks, self.highest_tick + 1)
        if any(a >= b for a, b in pairwise(bounded)):
            raise ValueError("ticks do not rise within the scanned range")

    def amount_out(self, i: int, j: int, amount_in: Raw) -> Raw:
        """Return exactly what `swap` pays for this exact input, without a price limit."""
        return Raw(self._quotes[i > j](amount_in))

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return exactly what `swap` takes for this exact output, without a price limit.

        Zero where the scanned range does not pay that much.
        """
        return Raw(self._walks[i > j].amount_in(amount_out))

    def max_in(self, i: int, j: int) -> Raw:
        """Return the input that brings the price to the end of the scanned range."""
        return Raw(self._walks[i > j].limit)

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at the first liquidity ahead."""
        sqrt_price = self._walks[i > j].sqrt_price_ahead() / _Q96
        if not sqrt_price:
            return 0.0
        rate = sqrt_price**2 if i < j else sqrt_price**-2
        return rate * (PIPS - self.fee) / PIPS

    def images(self) -> tuple[Image, ...]:
        """Return the scanned ranges, or `Shut` where they hold no liquidity."""
        return (picture_of(self._known, self.sqrt_price_x96, self.spec.tokens),)

    @cached_property
    def _quotes(self) -> tuple[Callable[[int], int], Callable[[int], int]]:
        falling_price, rising_price = self._walks
        return falling_price.amount_out, rising_price.amount_out

    @cached_property
    def _walks(self) -> tuple[Walk, Walk]:
        # Falling first: `_walks[i > j]` is the way the price goes when coin i is paid in.
        known = self._known
        entered = (self.sqrt_price_x96, self.liquidity, self.fee)
        return (
            Descent(falling(known), -self.tick, *entered),
            Ascent(climbing(known), self.tick + 1, *entered),
        )

    @cached_property
    def _known(self) -> Range:
        passed = sum(
            net
            for tick, net in zip(self.ticks, self.liquidity_nets, strict=True)
            if tick <= self.tick
        )
        return Range(
            ticks=self.ticks,
            nets=self.liquidity_nets,
            below=self.liquidity - passed,
            spacing=self.tick_spacing,
            low=self.lowest_tick,
            high=self.highest_tick,
            fee=self.fee,
        )

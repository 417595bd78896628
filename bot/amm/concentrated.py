"""Uniswap V3 pools and V4 pools without hooks: exact across any number of ticks.

Fields a reader fills: `spec`, `block`, `sqrt_price_x96`, `tick`, `liquidity`, `fee` (pips; V4:
`lpFee` of slot0), `tick_spacing`, `lowest_tick` and `highest_tick` (the range that was scanned,
both included), `ticks` (initialised in that range, rising), `liquidity_nets` (of those ticks), and
for V4 `protocol_fees` (slot0: low 12 bits where coin 0 is paid in, high 12 bits for coin 1).

Source: Uniswap V3 `UniswapV3Pool.swap`; V4 `Pool.swap`, `ProtocolFeeLibrary.calculateSwapFee`.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from operator import attrgetter, lt
from typing import cast

import msgspec

from bot.amm.image import Image
from bot.amm.pool import Closed, Limits
from bot.amm.price_ascent import Ascent
from bot.amm.price_descent import Descent
from bot.amm.price_ladder import Range, climbing, falling
from bot.amm.price_picture import picture_of
from bot.amm.price_quote import quote_of
from bot.amm.price_walk import Entry, Walk
from bot.domain.units import PIPS, Pips, Raw
from bot.domain.venues import PoolSpec, Venue

_Quote = Callable[[int, int, Raw], Raw]

_Q96 = 1 << 96
_RESULT_BITS = {Venue.UNISWAP_V3: 256, Venue.UNISWAP_V4: 128}  # each amount, with its sign


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
    protocol_fees: tuple[Pips, Pips] = (Pips(0), Pips(0))  # by the coin paid in; V3 shares `fee`

    def __post_init__(self) -> None:
        if not self.lowest_tick - 1 <= self.tick <= self.highest_tick:
            raise ValueError(f"tick {self.tick} not in {self.lowest_tick}..{self.highest_tick}")
        if len(self.ticks) != len(self.liquidity_nets):
            raise ValueError(f"{len(self.ticks)} ticks, {len(self.liquidity_nets)} nets")
        bounded = (self.lowest_tick - 1, *self.ticks, self.highest_tick + 1)
        if not all(map(lt, bounded, bounded[1:])):
            raise ValueError("ticks do not rise within the scanned range")

    @cached_property
    def amount_out(self) -> _Quote:
        """Exactly what `swap` pays for this exact input, without a price limit.

        A closure over both ways, made at the first question: a search asks thousands a block.
        """
        down, up = (walk.way for walk in self._walks)
        return cast(_Quote, quote_of(down, up, self.sqrt_price_x96, self.liquidity))

    def amount_in(self, i: int, j: int, amount_out: Raw) -> Raw:
        """Return exactly what `swap` takes for this exact output, without a price limit.

        Zero where the scanned range does not pay that much.
        """
        return Raw(self._walks[i > j].amount_in(amount_out))

    def max_in(self, i: int, j: int) -> Raw:
        """Return the input that brings the price to the end of the scanned range."""
        return Raw(self._walks[i > j].limit)

    def limits(self, i: int, j: int) -> Limits:
        """Return the way to the end of the scanned range; a fee of 100 % halts a V4 pool."""
        most = Raw(self._walks[i > j].limit)
        if most:
            return Limits(max_in=most, max_out=self.amount_out(i, j, most))
        closed = Closed.HALTED if self.swap_fee(i) >= PIPS else Closed.EMPTY
        return Limits(max_in=Raw(0), max_out=Raw(0), closed=closed)

    def stops(self, i: int, j: int) -> Iterator[tuple[Raw, Raw]]:
        """Yield input and output of swaps that end on a tick or the edge of a bitmap word.

        Rounding changes there.
        """
        return ((Raw(taken), Raw(paid)) for taken, paid in self._walks[i > j].stops())

    def marginal_rate(self, i: int, j: int) -> float:
        """Return out per in after the fee, in base units, at the first liquidity ahead."""
        sqrt_price = self._walks[i > j].sqrt_price_ahead() / _Q96
        if not sqrt_price:
            return 0.0
        rate = sqrt_price**2 if i < j else sqrt_price**-2
        return rate * (PIPS - self.swap_fee(i)) / PIPS

    def swap_fee(self, i: int) -> Pips:
        """Return the whole fee where coin `i` is paid in, rounded up."""
        own = self.protocol_fees[i]
        return Pips(own + self.fee - own * self.fee // PIPS)

    def images(self) -> tuple[Image, ...]:
        """Return the scanned ranges, or `Shut` where they hold no liquidity."""
        return (picture_of(self._known, self.sqrt_price_x96, self.spec.tokens),)

    @cached_property
    def _walks(self) -> tuple[Walk, Walk]:
        # By the coin paid in: the first brings the price down.
        down, up = self._ranges
        half = 1 << _RESULT_BITS[self.spec.venue] - 1
        entry = Entry(
            sqrt_price=self.sqrt_price_x96,
            tick=self.tick,
            liquidity=self.liquidity,
            most_in=half,  # taken amounts are negative
            most_out=half - 1,
        )
        return Descent(falling(down), down.fee, entry), Ascent(climbing(up), up.fee, entry)

    @cached_property
    def _known(self) -> Range:
        # For the search, which knows one fee: the lower, so that its bound stays above the truth.
        return min(self._ranges, key=attrgetter("fee"))

    @cached_property
    def _ranges(self) -> tuple[Range, Range]:
        # By the coin paid in; one object where both pay one fee, which all of V3 does.
        down, up = self.swap_fee(0), self.swap_fee(1)
        falling_range = self._range_at(down)
        return falling_range, falling_range if up == down else self._range_at(up)

    @cached_property
    def _liquidity_below(self) -> int:
        passed = bisect_right(self.ticks, self.tick)
        return self.liquidity - sum(self.liquidity_nets[:passed])

    def _range_at(self, fee: Pips) -> Range:
        return Range(
            ticks=self.ticks,
            nets=self.liquidity_nets,
            below=self._liquidity_below,
            spacing=self.tick_spacing,
            low=self.lowest_tick,
            high=self.highest_tick,
            fee=fee,
        )

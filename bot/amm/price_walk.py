"""A swap's way along a price ladder, from the live price: exact output for any input, and back.

Source: Uniswap V3 `UniswapV3Pool.swap`, `SwapMath.computeSwapStep`; V4 `Pool.swap`, `SwapMath`.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from functools import partial
from typing import ClassVar

import msgspec

from bot.amm.price_ladder import Ladder, cost
from bot.amm.price_quote import Way, quote_of
from bot.domain.units import PIPS, Pips


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Where a swap starts."""

    sqrt_price: int
    tick: int
    liquidity: int
    most_in: int  # a swap that takes more does not fit in the contract's result, and reverts
    most_out: int


class Walk(ABC):
    """A ladder entered at a live price: exact for any swap that stays on it."""

    __slots__ = (
        "_cost_offset",
        "_entry",
        "_fee",
        "_first",
        "_first_cost",
        "_first_paid",
        "_ladder",
        "_paid_offset",
        "limit",
        "most_out",
    )

    coins: ClassVar[tuple[int, int]]  # in, out
    limit: int  # the largest input that is taken whole
    most_out: int  # the largest output that can be asked for by its exact amount

    def __init__(self, ladder: Ladder, fee: Pips, entry: Entry) -> None:
        self._ladder, self._fee, self._entry = ladder, fee, entry
        self._first = bisect_left(ladder.keys, self._key(entry.tick))
        if self._first == len(ladder.keys):  # nothing known ahead
            self._first_cost = self._cost_offset = self._first_paid = self._paid_offset = 0
            self.limit = self.most_out = 0
            return
        cost_there, paid_there, price_there, *_ = ladder.rungs[self._first]
        needed, self._first_paid = self._step(price_there)
        self._first_cost = cost(needed, fee)
        self._cost_offset = cost_there - self._first_cost
        self._paid_offset = paid_there - self._first_paid
        within = 0 if ladder.ends_on_stop else 1
        self.limit = max(ladder.costs[-1] - self._cost_offset - within, 0)
        self.most_out = max(ladder.paid[-1] - self._paid_offset - within, 0)
        if self.limit > entry.most_in or self.most_out > entry.most_out:
            self._keep_within(entry)

    @property
    def way(self) -> Way:
        """What an exact answer to an input needs to know."""
        return Way(
            ladder=self._ladder,
            first_cost=self._first_cost,
            cost_offset=self._cost_offset,
            paid_offset=self._paid_offset,
            limit=self.limit,
            keep=PIPS - self._fee,
        )

    def amount_in(self, amount_out: int) -> int:
        """Return the input of a swap that asks for exactly `amount_out`; zero above `most_out`.

        The loop stops at the first stop at which all has been paid, whatever the next ones cost.
        """
        if not 0 < amount_out <= self.most_out:
            return 0
        if amount_out < self._first_paid:
            entry = self._entry
            return self._cost_of(entry.sqrt_price, entry.liquidity, amount_out)
        position = amount_out + self._paid_offset
        stop = bisect_left(self._ladder.paid, position, self._first)
        if self._ladder.paid[stop] == position:
            return self._ladder.costs[stop] - self._cost_offset
        spent, paid, sqrt_price, _, liquidity, _ = self._ladder.rungs[stop - 1]
        partial = self._cost_of(sqrt_price, liquidity, position - paid)
        return spent - self._cost_offset + partial

    def sqrt_price_ahead(self) -> int:
        """Return the price of the first base unit: the live one, or past a gap in liquidity."""
        if not self.limit:
            return 0
        if self._first_cost:
            return self._entry.sqrt_price
        reached = bisect_right(self._ladder.costs, self._cost_offset, self._first) - 1
        return self._ladder.rungs[reached][2]

    def stops(self) -> Iterator[tuple[int, int]]:
        """Yield what has been taken and paid where a swap arrives at each stop ahead."""
        for taken, paid, *_ in self._ladder.rungs[self._first :]:
            yield taken - self._cost_offset, paid - self._paid_offset

    @abstractmethod
    def _key(self, tick: int) -> int: ...

    @abstractmethod
    def _step(self, target: int) -> tuple[int, int]: ...

    @abstractmethod
    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int: ...

    def _cost_of(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        return cost(self._needed(sqrt_price, liquidity, asked), self._fee)

    def _keep_within(self, entry: Entry) -> None:
        """Bring the limits down to what the contract's result can hold."""
        self.limit = min(self.limit, entry.most_in)
        way, now = self.way, (entry.sqrt_price, entry.liquidity)
        amount_out = partial(quote_of(way, way, *now), *self.coins)
        self.limit = _last_within(entry.most_out, amount_out, self.limit)
        self.most_out = min(self.most_out, entry.most_out)
        self.most_out = _last_within(entry.most_in, self.amount_in, self.most_out)


def _last_within(most: int, answer: Callable[[int], int], upto: int) -> int:
    """Return the largest argument to `upto` whose answer is at most `most`; answers rise."""
    low, high = 0, upto
    while low < high:
        middle = (low + high + 1) // 2
        if answer(middle) <= most:
            low = middle
        else:
            high = middle - 1
    return low

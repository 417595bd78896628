"""A swap's way along a price ladder, from the live price: exact output for any input, and back.

Source: Uniswap V3 `UniswapV3Pool.swap`, `SwapMath.computeSwapStep`,
`SqrtPriceMath.getNextSqrtPriceFromInput` and `getNextSqrtPriceFromOutput`.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right

from bot.amm.price_ladder import Q96_BITS, Ladder, cost, fall, rise
from bot.domain.units import PIPS, Pips, mul_div_up


class Walk(ABC):
    """A ladder entered at a live price: exact for any swap that stays on it."""

    __slots__ = (
        "_cost_offset",
        "_costs",
        "_fee",
        "_first",
        "_first_cost",
        "_first_paid",
        "_keep",
        "_liquidity",
        "_paid",
        "_paid_offset",
        "_past",
        "_reaches_end",
        "_sqrt_price",
        "_sqrt_prices",
        "limit",
    )

    def __init__(
        self, ladder: Ladder, key: int, sqrt_price: int, liquidity: int, fee: Pips
    ) -> None:
        self._costs, self._paid = ladder.costs, ladder.paid
        self._sqrt_prices, self._past = ladder.sqrt_prices, ladder.liquidity
        self._sqrt_price, self._liquidity = sqrt_price, liquidity
        self._fee, self._keep = fee, Pips(PIPS - fee)
        self._first = bisect_left(ladder.keys, key)
        self._reaches_end = ladder.ends_on_stop
        if self._first == len(ladder.keys):  # nothing known ahead
            self._first_cost = self._cost_offset = self.limit = 0
            self._first_paid = self._paid_offset = 0
            return
        needed, self._first_paid = self._step(ladder.sqrt_prices[self._first])
        self._first_cost = cost(needed, fee)
        self._cost_offset = ladder.costs[self._first] - self._first_cost
        self._paid_offset = ladder.paid[self._first] - self._first_paid
        whole = ladder.costs[-1] - self._cost_offset
        self.limit = max(whole if ladder.ends_on_stop else whole - 1, 0)

    def amount_out(self, amount_in: int) -> int:
        """Return the output; zero above `limit`."""
        if amount_in > self.limit or amount_in <= 0:
            return 0
        if amount_in < self._first_cost:
            return self._partial(self._sqrt_price, self._liquidity, amount_in)
        position = amount_in + self._cost_offset
        reached = bisect_right(self._costs, position, self._first) - 1
        paid = self._paid[reached] - self._paid_offset
        left = position - self._costs[reached]
        if not left:
            return paid
        return paid + self._partial(self._sqrt_prices[reached], self._past[reached], left)

    def amount_in(self, amount_out: int) -> int:
        """Return the input of a swap that asks for exactly `amount_out`; zero above `most_out`.

        The loop stops at the first stop at which all has been paid, whatever the next ones cost.
        """
        if not 0 < amount_out <= self.most_out:
            return 0
        if amount_out < self._first_paid:
            return self._cost_of(self._sqrt_price, self._liquidity, amount_out)
        position = amount_out + self._paid_offset
        stop = bisect_left(self._paid, position, self._first)
        if self._paid[stop] == position:
            return self._costs[stop] - self._cost_offset
        left = position - self._paid[stop - 1]
        partial = self._cost_of(self._sqrt_prices[stop - 1], self._past[stop - 1], left)
        return self._costs[stop - 1] - self._cost_offset + partial

    @property
    def most_out(self) -> int:
        """The largest output that can be asked for by its exact amount."""
        if self._first == len(self._paid):
            return 0
        whole = self._paid[-1] - self._paid_offset
        return max(whole if self._reaches_end else whole - 1, 0)

    def sqrt_price_ahead(self) -> int:
        """Return the price of the first base unit: the live one, or past a gap in liquidity."""
        if not self.limit:
            return 0
        if self._first_cost:
            return self._sqrt_price
        reached = bisect_right(self._costs, self._cost_offset, self._first) - 1
        return self._sqrt_prices[reached]

    @abstractmethod
    def _step(self, target: int) -> tuple[int, int]: ...

    @abstractmethod
    def _partial(self, sqrt_price: int, liquidity: int, left: int) -> int: ...

    @abstractmethod
    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int: ...

    def _cost_of(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        return cost(self._needed(sqrt_price, liquidity, asked), self._fee)


class Descent(Walk):
    """Token0 in, token1 out."""

    __slots__ = ()

    def _step(self, target: int) -> tuple[int, int]:
        return fall(self._liquidity, self._sqrt_price, target)

    def _partial(self, sqrt_price: int, liquidity: int, left: int) -> int:
        kept = left * self._keep // PIPS
        pushed = kept * sqrt_price
        # The price after is scaled * price / (scaled + pushed), rounded up: the drop, rounded down.
        drop = pushed * sqrt_price // ((liquidity << Q96_BITS) + pushed)
        return liquidity * drop >> Q96_BITS

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        after = sqrt_price - mul_div_up(asked, 1 << Q96_BITS, liquidity)
        return fall(liquidity, sqrt_price, after)[0]


class Ascent(Walk):
    """Token1 in, token0 out."""

    __slots__ = ()

    def _step(self, target: int) -> tuple[int, int]:
        return rise(self._liquidity, self._sqrt_price, target)

    def _partial(self, sqrt_price: int, liquidity: int, left: int) -> int:
        kept = left * self._keep // PIPS
        gap = (kept << Q96_BITS) // liquidity
        return ((liquidity << Q96_BITS) * gap // (sqrt_price + gap)) // sqrt_price

    def _needed(self, sqrt_price: int, liquidity: int, asked: int) -> int:
        scaled = liquidity << Q96_BITS
        after = mul_div_up(scaled, sqrt_price, scaled - asked * sqrt_price)
        return rise(liquidity, sqrt_price, after)[0]

"""A swap's way along a price ladder, from the live price: exact output for any input.

Source: Uniswap V3 `UniswapV3Pool.swap`, `SqrtPriceMath.getNextSqrtPriceFromInput`.
"""

from bisect import bisect_left, bisect_right

from bot.amm.price_ladder import Q96_BITS, Ladder, cost, fall, rise
from bot.domain.units import PIPS, Pips


class Walk:
    """A ladder entered at a live price: exact output for any input that stays on it."""

    __slots__ = (
        "_cost_offset",
        "_costs",
        "_first",
        "_first_cost",
        "_keep",
        "_liquidity",
        "_paid",
        "_paid_offset",
        "_past",
        "_sqrt_price",
        "_sqrt_prices",
        "limit",
    )

    def __init__(
        self, ladder: Ladder, key: int, sqrt_price: int, liquidity: int, fee: Pips
    ) -> None:
        self._costs, self._paid = ladder.costs, ladder.paid
        self._sqrt_prices, self._past = ladder.sqrt_prices, ladder.liquidity
        self._sqrt_price, self._liquidity, self._keep = sqrt_price, liquidity, PIPS - fee
        self._first = bisect_left(ladder.keys, key)
        if self._first == len(ladder.keys):  # nothing known ahead
            self._first_cost = self._cost_offset = self._paid_offset = self.limit = 0
            return
        needed, paid = self._step(ladder.sqrt_prices[self._first])
        self._first_cost = cost(needed, fee)
        self._cost_offset = ladder.costs[self._first] - self._first_cost
        self._paid_offset = ladder.paid[self._first] - paid
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

    def sqrt_price_ahead(self) -> int:
        """Return the price of the first base unit: the live one, or past a gap in liquidity."""
        if not self.limit:
            return 0
        if self._first_cost:
            return self._sqrt_price
        reached = bisect_right(self._costs, self._cost_offset, self._first) - 1
        return self._sqrt_prices[reached]

    def _step(self, target: int) -> tuple[int, int]:
        raise NotImplementedError

    def _partial(self, sqrt_price: int, liquidity: int, left: int) -> int:
        raise NotImplementedError


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


class Ascent(Walk):
    """Token1 in, token0 out."""

    __slots__ = ()

    def _step(self, target: int) -> tuple[int, int]:
        return rise(self._liquidity, self._sqrt_price, target)

    def _partial(self, sqrt_price: int, liquidity: int, left: int) -> int:
        kept = left * self._keep // PIPS
        gap = (kept << Q96_BITS) // liquidity
        return ((liquidity << Q96_BITS) * gap // (sqrt_price + gap)) // sqrt_price

"""Exact output on a price ladder, as a closure: a search asks thousands a block.

Uniswap's two formulas, each with the fewest operations on long integers that keep every rounding:
downwards the price after is scaled * price / (scaled + pushed), rounded up, so the way it falls is
rounded down; upwards it moves by the gap. Both ways are one function, since a second call would
cost a tenth of the answer.

Source: Uniswap V3 and V4 `SqrtPriceMath.getNextSqrtPriceFromInput`, `getAmount0Delta`.
"""

from bisect import bisect_right
from collections.abc import Callable

import msgspec

from bot.amm.price_ladder import Q96_BITS, Ladder
from bot.domain.units import PIPS

Quote = Callable[[int, int, int], int]  # coin in, coin out, exact input


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """What a block fixes of the swaps in one direction."""

    ladder: Ladder
    first_cost: int  # from the live price to the first stop, fee included
    cost_offset: int  # cost at a stop, as the ladder counts, less the cost from the live price
    paid_offset: int
    limit: int  # largest input that is answered
    keep: int  # pips of the input left by the fee

    @property
    def first_end(self) -> int:
        """Return the first input, from 1, that the live price's own liquidity does not answer."""
        return max(min(self.first_cost, self.limit + 1), 1)


def quote_of(down: Way, up: Way, sqrt_price: int, liquidity: int) -> Quote:
    """Return the answer to any input from the live price; zero where it is not taken whole."""
    down_stops, down_rungs = down.ladder.later_costs, down.ladder.rungs
    down_end, down_limit, down_keep = down.first_end, down.limit, down.keep
    down_spent, down_paid = down.cost_offset, down.paid_offset
    up_stops, up_rungs = up.ladder.later_costs, up.ladder.rungs
    up_end, up_limit, up_keep = up.first_end, up.limit, up.keep
    up_spent, up_paid = up.cost_offset, up.paid_offset
    liquidity = max(liquidity, 1)  # without any nothing is asked of it
    scaled_now, square_now = liquidity << Q96_BITS, sqrt_price * sqrt_price

    def amount_out(i: int, j: int, amount_in: int) -> int:
        if i < j:
            if amount_in < down_end:
                kept = amount_in * down_keep // PIPS if amount_in > 0 else 0
                fallen = kept * square_now // (scaled_now + kept * sqrt_price)
                return liquidity * fallen >> Q96_BITS
            if amount_in > down_limit:
                return 0
            position = amount_in + down_spent
            stop = bisect_right(down_stops, position)
            spent, paid, price, square, depth, scaled = down_rungs[stop]
            kept = (position - spent) * down_keep // PIPS
            fallen = kept * square // (scaled + kept * price)
            return paid - down_paid + (depth * fallen >> Q96_BITS)
        if amount_in < up_end:
            kept = amount_in * up_keep // PIPS if amount_in > 0 else 0
            gap = (kept << Q96_BITS) // liquidity
            return scaled_now * gap // ((sqrt_price + gap) * sqrt_price)
        if amount_in > up_limit:
            return 0
        position = amount_in + up_spent
        spent, paid, price, _, depth, scaled = up_rungs[bisect_right(up_stops, position)]
        gap = ((position - spent) * up_keep // PIPS << Q96_BITS) // depth
        return paid - up_paid + scaled * gap // ((price + gap) * price)

    return amount_out

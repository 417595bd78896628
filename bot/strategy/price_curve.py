"""The average price of an entry by its size, over the books of all its markets together.

Floats: for choosing a size; what is ordered is priced again in integers.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from bot.domain.depegs import Side
from bot.domain.units import WAD, Wad
from bot.strategy.venue_ladders import Ladder, all_in


class PriceCurve:
    """Prices are par currency per 1.0 coin, fees included."""

    def __init__(self, ladders: Sequence[Ladder], side: Side, par_usd: Wad) -> None:
        rungs = sorted(
            (all_in(rung.price, one.quote_usd, one.fee, one.side) / WAD, rung.amount / WAD)
            for one in ladders
            for rung in one.rungs
        )
        if side is Side.PREMIUM:
            rungs.reverse()
        self._prices = [price for price, _ in rungs]
        self._coins = list(accumulate(amount for _, amount in rungs))
        self._paid = list(accumulate(price * amount for price, amount in rungs))
        self._par = WAD / par_usd

    def average(self, usd: float) -> float:
        """Return the average price of so many dollars; beyond the depth, that of all there is."""
        at = bisect_left(self._paid, usd)
        if at == 0:
            return self._prices[0] * self._par
        paid, coins = self._paid[at - 1], self._coins[at - 1]
        if at < len(self._paid):
            paid, coins = usd, coins + (usd - paid) / self._prices[at]
        return paid / coins * self._par

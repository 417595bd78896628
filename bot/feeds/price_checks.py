"""What a price can be, and what only a broken feed says."""

from collections.abc import Iterable
from math import log10

from bot.domain.ticks import FaultKind
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.book_news import Flaw, Level

_NEAR = 5  # times: a level within this factor of the last good price is in its right place
_TOLERANCE = 0.03  # of a power of ten, in its logarithm: some 7 %


class PriceChecks:
    """Holds what is new against the last price that was good."""

    def __init__(self, trusted_s: float, max_skew_s: float) -> None:
        self._trusted = int(trusted_s * NANOS_PER_S)
        self._max_skew = int(max_skew_s * NANOS_PER_S)
        self._good = 0
        self._good_until = 0

    def trust(self, middle: int, monotonic: Nanos) -> None:
        """Remember a good price."""
        self._good = middle
        self._good_until = monotonic + self._trusted

    def levels(self, levels: Iterable[Level], monotonic: Nanos) -> Flaw | None:
        """Return what is wrong with levels by themselves."""
        good = self._good if monotonic < self._good_until else 0
        near, shifted = good == 0, 0
        for price, size in levels:
            if price <= 0 or size < 0:
                return Flaw(what=FaultKind.NOT_A_NUMBER, detail=f"price {price}, size {size} wads")
            if not near:
                near = price < good * _NEAR and price * _NEAR > good
                shifted = price
        if near or not shifted or not _is_power_of_ten(shifted, good):
            return None
        return Flaw(what=FaultKind.SHIFTED, detail=f"level {shifted}, last price {good} wads")

    def top(self, top: tuple[int, int] | None, monotonic: Nanos) -> Flaw | None:
        """Return what is wrong with a best bid and ask."""
        if top is None:
            return Flaw(what=FaultKind.EMPTY)
        bid, ask = top
        if bid > ask:
            return Flaw(what=FaultKind.CROSSED, detail=f"bid {bid}, ask {ask} wads")
        good = self._good
        if not good or monotonic >= self._good_until:
            return None
        middle = (bid + ask) // 2
        if good < 2 * middle and middle < 2 * good:
            return None
        if _is_power_of_ten(middle, good):
            detail = f"middle {middle}, last {good} wads"
            return Flaw(what=FaultKind.SHIFTED, detail=detail)
        return None

    def clock(self, at: Nanos, now: Nanos) -> Flaw | None:
        """Return whether the venue's time is not ours."""
        if abs(at - now) <= self._max_skew:
            return None
        return Flaw(what=FaultKind.CLOCK, detail=f"{(at - now) / NANOS_PER_S:+.1f} s from ours")


def _is_power_of_ten(price: int, good: int) -> bool:
    power = log10(price / good)
    return round(power) != 0 and abs(power - round(power)) < _TOLERANCE

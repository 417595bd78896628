"""Which mishaps are due at one venue."""

import time
from collections.abc import Callable
from decimal import Decimal

from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.orders import ZERO, Level

_NAN = Decimal("NaN")
_MUCH = Decimal("1.01")


class Mishaps:
    """Counts and times them out; asked once for every message or request."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._due: list[tuple[Mishap, float, list[int]]] = []

    def order(self, mishap: Mishap) -> None:
        """Let it happen from now on."""
        until = float("inf") if mishap.for_s is None else self._monotonic() + mishap.for_s
        self._due.append((mishap, until, [0]))

    def mend(self) -> None:
        """Let nothing go wrong any more."""
        self._due.clear()

    def take(self, *kinds: MishapKind, pair: str = "", request: str = "") -> Mishap | None:
        """Return the first mishap of these kinds that hits this message or request; count it."""
        if not self._due:
            return None
        now = self._monotonic()
        self._due = [due for due in self._due if now < due[1] and not _is_done(due)]
        for mishap, _, hits in self._due:
            is_meant = mishap.kind in kinds and mishap.request in request
            if is_meant and (not mishap.pair or not pair or mishap.pair == pair):
                hits[0] += 1
                return mishap
        return None

    def spoil_levels(
        self, pair: str, bids: tuple[Level, ...], asks: tuple[Level, ...]
    ) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return what the book, or its change, is said to be; prices may be NaN, 0 or below."""
        mishap = self.take(*_OF_BOOKS, pair=pair)
        if mishap is None:
            return bids, asks
        kind, top = mishap.kind, (bids or asks)[:1]
        if kind is MishapKind.EMPTY or not top:
            return (), ()
        price, size = top[0]
        if kind is MishapKind.CROSSED:  # a bid above, an ask below: a pair of them always crosses
            return ((price * _MUCH, size or _MUCH), *bids), ((price / _MUCH, size or _MUCH), *asks)
        if kind is MishapKind.SHIFTED:
            by = Decimal(10) ** int(mishap.amount or 1)
            return _priced(bids, by), _priced(asks, by)
        wrong = {MishapKind.ZERO: ZERO, MishapKind.NEGATIVE: -price}.get(kind, _NAN)
        return ((wrong, size), *bids[1:]), ((wrong, size), *asks[1:])


_OF_BOOKS = (
    MishapKind.CROSSED,
    MishapKind.ZERO,
    MishapKind.NEGATIVE,
    MishapKind.NOT_A_NUMBER,
    MishapKind.SHIFTED,
    MishapKind.EMPTY,
)


def _is_done(due: tuple[Mishap, float, list[int]]) -> bool:
    mishap, _, hits = due
    return mishap.times is not None and hits[0] >= mishap.times


def _priced(levels: tuple[Level, ...], by: Decimal) -> tuple[Level, ...]:
    return tuple((price * by, size) for price, size in levels)

"""Books that one burst of frames changed: what their venue itself superseded at once is not told.

A trade takes from a book what its maker puts back, an order moves by two messages: states that held
for no time that anybody could act in. Who hears both at once hears of the second alone.
"""

from collections.abc import Callable

import msgspec

from bot.domain.units import NANOS_PER_MS, Nanos
from bot.feeds.book_news import BookUpdate
from bot.feeds.pair_watch import Moment

_NO_TIME = NANOS_PER_MS  # by the venue's own clock


class HeardBook(msgspec.Struct, gc=False):
    """A book's newest state, which is still to be told."""

    pair: str
    at: Nanos | None  # the venue's time
    when: Moment
    arrivals: list[Nanos]  # of every message that this telling is about


class BookBurst:
    """Mutable; belongs to one stream, and is empty between the bursts."""

    def __init__(self, tell: Callable[[HeardBook], None]) -> None:
        """`tell` is handed what is to be told."""
        self._tell = tell
        self._waiting: dict[str, HeardBook] = {}  # by pair, the newest word last

    def make_way(self, update: BookUpdate) -> None:
        """Have told what an update that is about to be applied does not supersede."""
        before = self._waiting.get(update.pair)
        if before is not None and not _is_superseded(before.at, update.at):
            self.end()

    def add(self, update: BookUpdate, when: Moment) -> None:
        """Keep for the telling that an update was applied."""
        before = self._waiting.pop(update.pair, None)
        arrivals = [] if before is None else before.arrivals
        arrivals.append(when.now)
        self._waiting[update.pair] = HeardBook(update.pair, update.at, when, arrivals)

    def end(self) -> None:
        """Have everything told, in the order in which it was heard last."""
        if self._waiting:
            waiting, self._waiting = self._waiting, {}
            for heard in waiting.values():
                self._tell(heard)


def _is_superseded(before: Nanos | None, after: Nanos | None) -> bool:
    if before is None or after is None:
        return False
    return 0 <= after - before < _NO_TIME

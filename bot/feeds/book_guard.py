"""One pair's book, and whether it can be believed. Pure: times are passed in."""

from collections import deque

import msgspec

from bot.domain.ticks import FaultKind
from bot.domain.units import Nanos
from bot.feeds.book_news import BookUpdate, Flaw
from bot.feeds.order_book import OrderBook
from bot.feeds.price_checks import PriceChecks
from bot.feeds.stream_options import StreamOptions

_WAITING = 2000  # updates kept while a snapshot is fetched


class BookForm(msgspec.Struct, frozen=True, kw_only=True):
    """What a venue's books are like."""

    numbers: bool = False  # updates carry numbers; a snapshot comes by REST
    depth: int | None = None  # levels a side that the venue keeps us informed of; None: all
    units: tuple[int, int] | None = (
        None  # smallest price and size in wads, where it tells checksums
    )


class BookGuard:
    """Applies what the venue says as long as it fits; the first thing that does not is told."""

    def __init__(self, form: BookForm, options: StreamOptions) -> None:
        self._form = form
        self._max_levels = options.max_levels
        self.checks = PriceChecks(options.trusted_s, options.max_skew_s)
        self.book = OrderBook()
        self.whole = False  # a snapshot came, and everything since fits
        self.last = 0  # number of the newest update in it
        self._waiting: deque[BookUpdate] = deque(maxlen=_WAITING)

    def lose(self) -> None:
        """The book is not to be believed until a snapshot comes."""
        self.whole = False
        self.book = OrderBook()
        self._waiting.clear()

    def hear(self, update: BookUpdate, now: Nanos, monotonic: Nanos) -> Flaw | None:
        """Take a message of the socket; returns what is wrong with it.

        After a flaw the book is lost. Updates that come before the snapshot are kept for it where
        the venue numbers them, and nothing elsewhere.
        """
        if update.whole:
            return self._lost(self._begin(update, now, monotonic))
        if not self.whole:
            if self._form.numbers:
                self._waiting.append(update)
            return None
        return self._lost(self._apply(update, now, monotonic))

    def hear_snapshot(self, snapshot: BookUpdate, now: Nanos, monotonic: Nanos) -> Flaw | None:
        """Begin with REST's book and go on with the updates that waited for it."""
        waiting = tuple(self._waiting)
        flaw = self._begin(snapshot, now, monotonic)
        for update in waiting:
            flaw = flaw or self._apply(update, now, monotonic)
        return self._lost(flaw)

    def rehearse(self, update: BookUpdate, now: Nanos, monotonic: Nanos) -> None:
        """Judge an update that is in the book once more; what comes out is known, and forgotten."""
        if self.whole:
            self._judge(update, now, monotonic)

    def _lost(self, flaw: Flaw | None) -> Flaw | None:
        if flaw is not None:
            self.lose()
        return flaw

    def _begin(self, update: BookUpdate, now: Nanos, monotonic: Nanos) -> Flaw | None:
        self.lose()
        self.book.bids.reset(update.bids)
        self.book.asks.reset(update.asks)
        self.last = update.last
        flaw = self._judge(update, now, monotonic)
        self.whole = flaw is None
        return flaw

    def _apply(self, update: BookUpdate, now: Nanos, monotonic: Nanos) -> Flaw | None:
        if self._form.numbers:
            if update.last <= self.last:
                return None
            if update.first > self.last + 1:
                missing = f"{self.last + 1} to {update.first - 1} are missing"
                return Flaw(what=FaultKind.GAP, detail=missing)
            self.last = update.last
        self.book.bids.apply(update.bids)
        self.book.asks.apply(update.asks)
        return self._judge(update, now, monotonic)

    def _judge(self, update: BookUpdate, now: Nanos, monotonic: Nanos) -> Flaw | None:
        checks, book = self.checks, self.book
        flaw = checks.levels(update.bids, monotonic) or checks.levels(update.asks, monotonic)
        if flaw is None and update.at is not None:
            flaw = checks.clock(update.at, now)
        if flaw is not None:
            return flaw
        if self._form.depth is not None:
            book.cut(self._form.depth)
        elif max(len(book.bids.prices), len(book.asks.prices)) > self._max_levels:
            return Flaw(what=FaultKind.OVERSIZED, detail=f"over {self._max_levels} levels")
        return self._off_sum(update) or checks.top(book.top, monotonic)

    def _off_sum(self, update: BookUpdate) -> Flaw | None:
        units = self._form.units
        if units is None or update.checksum is None:
            return None
        found = self.book.checksum(*units)
        if found == update.checksum:
            return None
        return Flaw(what=FaultKind.CHECKSUM, detail=f"ours {found}, theirs {update.checksum}")

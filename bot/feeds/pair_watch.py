"""One pair of one exchange: what its socket and REST say, which is believed, what is due next.

Pure: times are passed in. While the socket's book is not whole or not proven, REST's is told.
"""

import msgspec

from bot.domain.ticks import FaultKind, Message
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.book_guard import BookForm, BookGuard
from bot.feeds.book_news import BookUpdate, Flaw, Print
from bot.feeds.order_book import OrderBook
from bot.feeds.pacing import Backoff, Pace
from bot.feeds.pair_trust import PairTrust
from bot.feeds.stream_options import StreamOptions

_WHOLE_BOOK, _TOP = 1000, 100  # levels that REST is asked for
_LAST_SNAPSHOT_S = 5.0  # the longest wait for one, however often it was lost
_CALM_S = 5.0  # a book that fits for so long: the next trouble is a new one
_PRINTS = 3  # trades beyond a book that does not move: it is frozen
_BEYOND = 2000  # a part of the price, 5 bps: so far beyond
_UNPROVEN = frozenset({FaultKind.STALLED, FaultKind.FROZEN, FaultKind.CLOCK})


class Moment(msgspec.Struct, frozen=True, gc=False):
    """When something is heard, by both clocks."""

    now: Nanos
    monotonic: Nanos

    def after(self, seconds: float) -> Nanos:
        """Return the monotonic time so many seconds later."""
        return Nanos(self.monotonic + int(seconds * NANOS_PER_S))


class PairWatch:
    """Mutable; belongs to one stream."""

    def __init__(self, trust: PairTrust, form: BookForm, options: StreamOptions) -> None:
        self.trust, self._options, self._form = trust, options, form
        self.guard = BookGuard(form, options)
        last_s = min(options.last_retry_s, _LAST_SNAPSHOT_S)
        self._retries = Backoff(options.first_retry_s, last_s)
        self._pace = Pace(options.fastest_poll_s, options.slowest_poll_s, options.poll_step_bps)
        self._quiet_s = options.doubt_s if form.numbers else options.audit_s
        self.snapshot_at = Nanos(0)  # monotonic: when the next one is due, while it has none
        self.snapshots_asked = 0  # since it last was whole
        self._whole_since = self._heard_at = self._asked_at = self._next_poll_at = Nanos(0)
        self._asked_levels = 0
        self._is_linked = False
        self._suspect_at: Nanos | None = None  # REST knew more: the socket has until then
        self._prints_beyond = 0
        self._unproven: FaultKind | None = None  # only the socket itself can clear it

    @property
    def streams(self) -> bool:
        """Whether the socket's book is the one that is told."""
        return self.guard.whole and self._unproven is None

    @property
    def heard_at(self) -> Nanos:
        """When the socket last said something of the book, by the monotonic clock."""
        return self._heard_at

    def hear(self, update: BookUpdate, when: Moment) -> tuple[Message, ...]:
        """Take what the socket says of the book, and tell its price."""
        flaws = self.take(update, when)
        return self.tell(update.at, when) if flaws is None else flaws

    def take(self, update: BookUpdate, when: Moment) -> tuple[Message, ...] | None:
        """Take what the socket says of the book; None: it is good, and `tell` has its price."""
        self._heard_at, self._prints_beyond, self._suspect_at = when.monotonic, 0, None
        guard = self.guard
        streamed, had_book = self.streams, guard.whole or update.whole
        flaw = guard.hear(update, when.now, when.monotonic)
        if flaw is not None:
            return self.lose(flaw, when, had_book=had_book)
        if not guard.whole or (update.at is None and self._unproven is FaultKind.CLOCK):
            return ()
        self._unproven = None
        if not streamed:
            self._whole(when)
        return None

    def tell(self, at: Nanos | None, when: Moment) -> tuple[Message, ...]:
        """Return what there is to be told of the socket's book, unless it was lost meanwhile.

        `at`: of its newest word, by the venue's clock.
        """
        return self._tell(self.guard.book, at, when) if self.streams else ()

    def hear_print(self, trade: Print, when: Moment) -> tuple[Message, ...]:
        """Take a trade: several outside of a book that does not move tell that it is frozen."""
        top = self.guard.book.top if self.streams else None
        if top is None or when.monotonic - self._heard_at < self._options.doubt_s * NANOS_PER_S:
            return ()
        bid, ask = top
        if bid - bid // _BEYOND <= trade.price <= ask + ask // _BEYOND:
            return ()
        self._prints_beyond += 1
        if self._prints_beyond < _PRINTS:
            return ()
        detail = f"trades at {trade.price}, bid {bid}, ask {ask} wads"
        return self.lose(Flaw(what=FaultKind.FROZEN, detail=detail), when)

    def lose(
        self, flaw: Flaw, when: Moment, *, had_book: bool | None = None
    ) -> tuple[Message, ...]:
        """Believe the socket no more, until a snapshot comes.

        Only the loss of a book (`had_book`, None: as the guard says) puts off the next snapshot:
        noise while one is awaited does not.
        """
        if self.guard.whole if had_book is None else had_book:
            if when.monotonic - self._whole_since > _CALM_S * NANOS_PER_S:
                self._retries.reset()
            self.snapshot_at = when.after(self._retries.next_s())
            self._whole_since = when.monotonic
        self.guard.lose()
        self._suspect_at = None
        if flaw.what in _UNPROVEN:
            self._unproven = flaw.what
        fault = self.trust.distrust(flaw, when.now)
        return () if fault is None else (fault,)

    def hear_rest(self, snapshot: BookUpdate, when: Moment) -> tuple[Message, ...]:
        """Take a whole book that REST was asked for."""
        if self.streams:
            return self._audit(snapshot, when)
        if self._asked_levels == _WHOLE_BOOK and not self.guard.whole:
            flaw = self.guard.hear_snapshot(snapshot, when.now, when.monotonic)
            if flaw is not None and flaw.what is FaultKind.GAP:  # made before we began to listen
                self.snapshot_at = when.after(self._retries.next_s())
                return ()
            if flaw is not None:
                return self.lose(flaw, when, had_book=True)
            if self._unproven is None:
                self._whole(when)
                return self._tell(self.guard.book, snapshot.at, when)
        return self._poll(snapshot, when)

    def rest_failed(self, flaw: Flaw, when: Moment) -> tuple[Message, ...]:
        """REST could not be asked: where that was to tell silence from a stall, nothing does."""
        self._next_poll_at = when.after(self._pace.interval_s)
        if not self.streams:
            fault = self.trust.distrust(flaw, when.now)
            self.snapshot_at = max(self.snapshot_at, when.after(self._retries.next_s()))
            return () if fault is None else (fault,)
        silent = when.monotonic - self._heard_at
        if not self._form.numbers or silent < self._options.silence_s * NANOS_PER_S:
            return ()
        what = flaw.what if flaw.what is FaultKind.LIMITED else FaultKind.STALLED
        return self.lose(Flaw(what=what, detail=f"silent, and {flaw.detail}"), when)

    def stalled(self, when: Moment) -> bool:
        """Whether REST knew more than the socket, and still does after the grace."""
        return self._suspect_at is not None and when.monotonic >= self._suspect_at

    def due(self, when: Moment) -> int:
        """Return how many levels REST is to be asked for now; 0: it is not."""
        monotonic = when.monotonic
        if self.streams:
            quiet = int(self._quiet_s * NANOS_PER_S)
            newest = max(self._heard_at, self._asked_at)
            is_due = self._suspect_at is None and monotonic - newest > quiet
            return _TOP if is_due else 0
        is_missing = self._form.numbers and self._is_linked and not self.guard.whole
        if is_missing and monotonic >= self.snapshot_at:
            return _WHOLE_BOOK
        return _TOP if monotonic >= self._next_poll_at else 0

    def asked(self, levels: int, when: Moment) -> None:
        """REST is being asked."""
        self._asked_at, self._asked_levels = when.monotonic, levels

    def unlink(self, flaw: Flaw, when: Moment) -> tuple[Message, ...]:
        """The connection is gone."""
        self._is_linked = False
        self._asked_levels = 0
        return self.lose(flaw, when)

    def link(self, when: Moment) -> None:
        """A new connection speaks: its snapshot is awaited."""
        self.guard.lose()
        self._is_linked = True
        self.snapshots_asked = 0
        self._heard_at = when.monotonic
        self.snapshot_at = when.after(0 if self._form.numbers else self._options.timeout_s)

    def wants_again(self, when: Moment) -> bool:
        """Whether the socket should be asked for a new snapshot; counts how often."""
        if self._form.numbers or self.guard.whole or when.monotonic < self.snapshot_at:
            return False
        self.snapshot_at = when.after(self._options.timeout_s)
        self.snapshots_asked += 1
        return True

    def _whole(self, when: Moment) -> None:
        self._whole_since = when.monotonic
        self._suspect_at = None
        self.snapshots_asked = 0

    def _audit(self, snapshot: BookUpdate, when: Moment) -> tuple[Message, ...]:
        if self._heard_at > self._asked_at:
            return ()
        if self._form.numbers and snapshot.last:
            agrees = snapshot.last <= self.guard.last
        else:
            theirs = OrderBook()
            theirs.bids.reset(snapshot.bids)
            theirs.asks.reset(snapshot.asks)
            agrees = theirs.top == self.guard.book.top
        if agrees:
            return self._tell(self.guard.book, snapshot.at, when)
        self._suspect_at = when.after(self._options.grace_s)
        return ()

    def _poll(self, snapshot: BookUpdate, when: Moment) -> tuple[Message, ...]:
        """Tell REST's book, which nothing but itself vouches for."""
        checks, book = self.guard.checks, OrderBook()
        book.bids.reset(snapshot.bids)
        book.asks.reset(snapshot.asks)
        flaw = checks.levels(snapshot.bids, when.monotonic)
        flaw = flaw or checks.levels(snapshot.asks, when.monotonic)
        flaw = flaw or checks.top(book.top, when.monotonic)
        if snapshot.at is not None:
            flaw = flaw or checks.clock(snapshot.at, when.now)
        elif self._unproven is FaultKind.CLOCK:
            flaw = flaw or Flaw(what=FaultKind.CLOCK, detail="no time that shows otherwise")
        self._next_poll_at = when.after(self._pace.interval_s)
        if flaw is None:
            return self._tell(book, snapshot.at, when)
        fault = self.trust.distrust(flaw, when.now)
        return () if fault is None else (fault,)

    def _tell(self, book: OrderBook, at: Nanos | None, when: Moment) -> tuple[Message, ...]:
        bid, ask = book.top or (0, 0)
        middle = (bid + ask) // 2
        self.guard.checks.trust(middle, when.monotonic)
        self._pace.hear(middle, when.monotonic)
        return self.trust.price(book, at, when.now, when.monotonic)

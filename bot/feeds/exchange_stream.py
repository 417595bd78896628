"""Prices of some pairs of one exchange: its socket, with REST to vouch for it and to stand in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence

from bot.domain.errors import RepegError, RetryableError, SkipError, VenueUnavailable
from bot.domain.ticks import FaultKind, Message
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.book_burst import BookBurst, HeardBook
from bot.feeds.book_news import BookUpdate, Flaw, News, Print
from bot.feeds.ccxt_questions import flaw_of, told_to_wait_s
from bot.feeds.exchange_line import ExchangeLine
from bot.feeds.feed import Clock, Listener, SystemClock
from bot.feeds.mailbox import Mailbox, Outlet, mailed
from bot.feeds.pacing import Backoff
from bot.feeds.pair_trust import PairTrust
from bot.feeds.pair_watch import Moment, PairWatch
from bot.feeds.stream_options import StreamOptions

_STEP_S = 0.05
_SNAPSHOT_TRIES = 3  # over the socket; then it is opened anew
_LASTING_S = 10.0  # a connection of so long was a good one


class ExchangeStream:
    """A feed; what the venue does wrong is told as faults of its pairs."""

    def __init__(
        self,
        venue: str,
        pairs: Sequence[str],
        options: StreamOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Prepare to listen to `venue`, a ccxt id, for `pairs` such as ``USDC/USD``.

        Raises:
            BadConfiguration: ccxt does not know the venue.
        """
        self.venue = venue
        self._options = options or StreamOptions()
        self._clock = clock or SystemClock()
        self._line = ExchangeLine(venue, pairs, self._options)
        self._mailbox = Mailbox()
        self._outlet: Outlet  # since it was last listened to
        self._burst = BookBurst(self._tell_book)
        self._line.date(self._moment, self._burst.end)
        self._retries = Backoff(self._options.first_retry_s, self._options.last_retry_s)
        self._trusts = {p: PairTrust(venue, p, self._options.repeat_s) for p in pairs}
        self.pairs: dict[str, PairWatch] = {}  # once the markets are known
        self.flaws: Counter[FaultKind] = Counter()  # everything that was wrong, told or not
        self.frames = 0  # heard over sockets
        self.handed_over: Callable[[HeardBook, tuple[Message, ...]], None] = lambda _, __: None
        self._is_linked = False  # a socket speaks
        self._heard_at = Nanos(0)  # monotonic, any frame; before the first: the dialling
        self._ask_after = Nanos(0)  # monotonic: the venue told us to wait until then
        self._asking: dict[str, asyncio.Task[None]] = {}

    @property
    def backlog(self) -> int:
        """Frames that wait to be read, and messages for one who iterates."""
        return self._line.backlog + len(self._mailbox)

    def __aiter__(self) -> AsyncIterator[Message]:
        """Listen until the iterator is closed.

        Raises:
            BadConfiguration: a pair is not traded there, or halted.
        """
        return mailed(self, self._mailbox)

    async def tell(self, listener: Listener) -> None:
        """Tell `listener` each message before the next frame is read, until cancelled.

        Raises:
            BadConfiguration: a pair is not traded there, or halted.
        """
        self._outlet = Outlet(listener)
        runner = asyncio.create_task(self._run())
        try:
            await self._outlet.open_while(runner)
        finally:
            tasks = (runner, *self._asking.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._line.close()

    def rehearse(self) -> None:
        """Read the newest frame again and hold it against its book, which changes nothing."""
        when = self._moment()
        for item in self._line.reread():
            if isinstance(item, BookUpdate):
                self.pairs[item.pair].guard.rehearse(item, when.now, when.monotonic)

    async def _run(self) -> None:
        await self._open()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_connected())
            group.create_task(self._keep_time())

    async def _open(self) -> None:
        while not self._line.forms:
            try:
                await self._line.open()
            except (RetryableError, SkipError) as error:
                for trust in self._trusts.values():
                    fault = trust.distrust(flaw_of(error), self._clock.now())
                    self._put(() if fault is None else (fault,))
                await asyncio.sleep(max(self._retries.next_s(), told_to_wait_s(error)))
        self._retries.reset()
        for pair, form in self._line.forms.items():
            self.pairs[pair] = PairWatch(self._trusts[pair], form, self._options)

    async def _keep_connected(self) -> None:
        while True:
            if self._line.words is not None:
                self._line.words.restart()
            self._heard_at = dialled_at = self._clock.monotonic()
            reason = await self._line.listen(self._hear, self._hear_book)
            self._is_linked = False
            when = self._moment()
            self._lose_all(Flaw(what=FaultKind.DISCONNECTED, detail=reason), when, unlink=True)
            if when.monotonic - dialled_at > _LASTING_S * NANOS_PER_S:
                self._retries.reset()
            await asyncio.sleep(self._retries.next_s())

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_STEP_S)
            when = self._moment()
            self._mind_silence(when)
            for name, pair in self.pairs.items():
                self._mind_pair(name, pair, when)

    def _mind_silence(self, when: Moment) -> None:
        words, limit_s = self._line.words, self._options.timeout_s
        if self._is_linked:
            if words is None or not words.beats:
                return
            limit_s = self._options.silence_s
        silent_s = (when.monotonic - self._heard_at) / NANOS_PER_S
        if silent_s > limit_s:
            self._heard_at = when.monotonic
            self._stall(f"nothing for {silent_s:.1f} s", when)

    def _mind_pair(self, name: str, pair: PairWatch, when: Moment) -> None:
        words = self._line.words
        if pair.stalled(when):
            self._stall(f"{name}: REST knows more", when)
        if words is not None and self._is_linked and pair.wants_again(when):
            if pair.snapshots_asked > _SNAPSHOT_TRIES:
                self._line.hang_up("no snapshot came")
            else:
                self._line.say(words.again(name))
        levels = 0 if when.monotonic < self._ask_after else pair.due(when)
        if levels and name not in self._asking:
            pair.asked(levels, when)
            task = asyncio.create_task(self._ask(name, pair, levels))
            self._asking[name] = task
            task.add_done_callback(lambda _: self._asking.pop(name, None))

    async def _ask(self, name: str, pair: PairWatch, levels: int) -> None:
        try:
            async with asyncio.timeout(self._options.timeout_s):
                book = await self._line.book(name, levels)
        except TimeoutError:
            error: RepegError = VenueUnavailable(self.venue, "no answer in time")
        except (RetryableError, SkipError) as refused:
            error = refused
        else:
            self._put(pair.hear_rest(book, self._moment()))
            return
        when = self._moment()
        self.flaws[flaw_of(error).what] += 1
        self._ask_after = max(self._ask_after, when.after(told_to_wait_s(error)))
        self._put(pair.rest_failed(flaw_of(error), when))

    def _hear(self, data: str | bytes) -> bool:
        """Take a frame; returns whether it was ours and not ccxt's."""
        when = self._line.arrived or self._moment()
        self.frames += 1
        self._heard_at = when.monotonic
        if not self._is_linked:
            self._link(when)
        news = self._line.read(data)
        if news is None:
            return False
        for item in news:
            self._take(item, when)
        return True

    def _take(self, item: News, when: Moment) -> None:
        if isinstance(item, BookUpdate):
            self._take_book(item, when)
        elif isinstance(item, Print):
            self._put(self.pairs[item.pair].hear_print(item, when))
        elif isinstance(item, Flaw):
            if item.what is FaultKind.REFUSED:
                self.flaws[item.what] += 1  # of a subscription: if it matters, nothing comes
            else:
                self._lose_all(item, when)

    def _take_book(self, update: BookUpdate, when: Moment) -> None:
        self._burst.make_way(update)
        faults = self.pairs[update.pair].take(update, when)
        if faults is None:
            self._burst.add(update, when)
        else:
            self._put(faults)

    def _tell_book(self, heard: HeardBook) -> None:
        messages = self.pairs[heard.pair].tell(heard.at, heard.when)
        self._put(messages)
        self.handed_over(heard, messages)

    def _hear_book(self, book: BookUpdate) -> None:
        if book.pair in self.pairs:
            self._put(self.pairs[book.pair].hear(book, self._moment()))

    def _link(self, when: Moment) -> None:
        self._is_linked = True
        for pair in self.pairs.values():
            pair.link(when)
        if self._line.words is not None:
            self._line.say(self._line.words.opening())

    def _stall(self, detail: str, when: Moment) -> None:
        self._lose_all(Flaw(what=FaultKind.STALLED, detail=detail), when)
        self._line.hang_up(detail)

    def _lose_all(self, flaw: Flaw, when: Moment, *, unlink: bool = False) -> None:
        self.flaws[flaw.what] += 1
        self._burst.end()
        for pair in self.pairs.values():
            self._put(pair.unlink(flaw, when) if unlink else pair.lose(flaw, when))

    def _put(self, messages: tuple[Message, ...]) -> None:
        for message in messages:
            self._outlet.put(message)

    def _moment(self) -> Moment:
        return Moment(now=self._clock.now(), monotonic=self._clock.monotonic())

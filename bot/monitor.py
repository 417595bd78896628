"""Listens to all feeds at once, and tells what becomes of the coins."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from bot.domain.depegs import DepegChange
from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.domain.views import AssetView
from bot.feeds.feed import Clock, Feed, RehearsingFeed, tell
from bot.feeds.merged_feed import MergedFeed
from bot.hearing import Hearing
from bot.market.price_history import PriceHistory
from bot.rehearsal import stay_awake
from bot.strategy.judged_watch import JudgedWatch

log = structlog.get_logger()

_PASSING_S = 0.25  # between two looks at what has gone stale


class Monitor:
    """Many feeds, one watch; the same watch that reads recordings.

    Prices that come together are decided upon together, on the turn of the loop after the one they
    are heard on and before any feed reads on: what cannot be kept up with waits in the sockets.
    """

    def __init__(
        self, feeds: Sequence[Feed], watch: JudgedWatch, clock: Clock, *, busy_poll: bool = False
    ) -> None:
        """`busy_poll`: never sleep, so that nothing that comes has to wake a processor first."""
        self.watch = watch
        self.history = PriceHistory()
        self.heard = 0
        self._unkept: list[Tick] = []  # prices for the history, which no decision waits for
        self._feeds, self._clock, self._is_busy = tuple(feeds), clock, busy_poll

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """All that it listens to; of merged ones, each."""
        found: list[Feed] = []
        for feed in self._feeds:
            found += feed.feeds if isinstance(feed, MergedFeed) else (feed,)
        return tuple(found)

    async def changes(
        self, heard: Callable[[Message], None] = lambda _: None
    ) -> AsyncIterator[DepegChange]:
        """Yield every turn of every depeg until all feeds have ended.

        `heard` is told each message when it has been decided upon.

        Raises:
            RepegError: a feed cannot go on; what it raises.
        """
        gc.collect()
        gc.freeze()  # what was made at start never dies; looking through it takes 0.1 s
        hearing = Hearing(self.watch, heard)
        readers = [asyncio.create_task(self._read(feed, hearing)) for feed in self._feeds]
        tasks = [*readers, *self._endless(hearing)]

        def ended(task: asyncio.Task[None]) -> None:
            failed = task.cancelled() or task.exception() is not None
            if failed or all(one.done() for one in readers):
                hearing.turns.put_nowait(None)

        for task in tasks:
            task.add_done_callback(ended)
        try:
            while (turn := await hearing.turns.get()) is not None:
                yield turn
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            gc.unfreeze()

    def _endless(self, hearing: Hearing) -> list[asyncio.Task[None]]:
        acts = [hearing.run(), self._pass_time(hearing)]
        if self._is_busy:
            acts.append(stay_awake(self._rehearsals, lambda: self.heard))
        return [asyncio.create_task(act) for act in acts]

    @property
    def _rehearsals(self) -> list[Callable[[], None]]:
        """Deciding and reading by turns."""
        readers = [feed.rehearse for feed in self.feeds if isinstance(feed, RehearsingFeed)]
        return [act for read in readers for act in (self.watch.rehearse, read)]

    async def _read(self, feed: Feed, hearing: Hearing) -> None:
        def hear(message: Message) -> None:
            _log(message)
            if isinstance(message, Tick):
                self._unkept.append(message)
            self.heard += 1
            hearing.hear(message)

        await tell(feed, hear)
        hearing.decide()

    async def _pass_time(self, hearing: Hearing) -> None:
        while True:
            await asyncio.sleep(_PASSING_S)
            hearing.advance(self._clock.now())
            self._keep_history()

    def _keep_history(self) -> None:
        unkept, self._unkept = self._unkept, []
        for tick in unkept:
            self.history.hear(tick)
        for view in self.watch.watch.views.values():
            if isinstance(view, AssetView):
                self.history.hear_view(view)


def _log(message: Message) -> None:
    if isinstance(message, Fault):
        log.warning(
            "feed_fault",
            venue=message.venue,
            pair=message.pair,
            what=message.what.value,
            detail=message.detail,
        )
    elif isinstance(message, Restored):
        log.info("feed_restored", venue=message.venue, pair=message.pair)

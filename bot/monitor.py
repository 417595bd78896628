"""Listens to all feeds at once, and tells what becomes of the coins."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from bot.domain.depegs import DepegChange
from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.domain.views import AssetView
from bot.feeds.feed import Clock, Feed, tell
from bot.feeds.merged_feed import MergedFeed
from bot.market.price_history import PriceHistory
from bot.strategy.judged_watch import JudgedWatch

log = structlog.get_logger()

_PASSING_S = 0.25  # between two looks at what has gone stale
_Turns = asyncio.Queue[DepegChange | None]  # None: nothing comes any more


class Monitor:
    """Many feeds, one watch; the same watch that reads recordings.

    A message is dealt with where it is heard, before the feed reads on: what cannot be kept up with
    waits in the sockets.
    """

    def __init__(self, feeds: Sequence[Feed], watch: JudgedWatch, clock: Clock) -> None:
        self.watch = watch
        self.history = PriceHistory()
        self.heard = 0
        self._unkept: list[Tick] = []  # prices for the history, which no decision waits for
        self._feeds, self._clock = tuple(feeds), clock

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

        `heard` is told each message when it has been dealt with.

        Raises:
            RepegError: a feed cannot go on; what it raises.
        """
        gc.collect()
        gc.freeze()  # what was made at start never dies; looking through it takes 0.1 s
        turns: _Turns = asyncio.Queue()
        readers = [asyncio.create_task(self._read(feed, turns, heard)) for feed in self._feeds]
        passing = asyncio.create_task(self._pass_time(turns))

        def ended(reader: asyncio.Task[None]) -> None:
            failed = reader.cancelled() or reader.exception() is not None
            if failed or all(one.done() for one in readers):
                turns.put_nowait(None)

        for reader in readers:
            reader.add_done_callback(ended)
        try:
            while (turn := await turns.get()) is not None:
                yield turn
            for reader in readers:
                if reader.done():
                    reader.result()
        finally:
            for task in (*readers, passing):
                task.cancel()
            await asyncio.gather(*readers, passing, return_exceptions=True)
            gc.unfreeze()

    async def _read(self, feed: Feed, turns: _Turns, heard: Callable[[Message], None]) -> None:
        def hear(message: Message) -> None:
            _log(message)
            for change in self.watch.hear(message):
                turns.put_nowait(change)
            if isinstance(message, Tick):
                self._unkept.append(message)
            self.heard += 1
            heard(message)

        await tell(feed, hear)

    async def _pass_time(self, turns: _Turns) -> None:
        while True:
            await asyncio.sleep(_PASSING_S)
            for change in self.watch.advance(self._clock.now()):
                turns.put_nowait(change)
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

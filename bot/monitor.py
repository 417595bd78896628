"""Listens to all feeds at once, and tells what becomes of the coins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from bot.domain.depegs import DepegChange
from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.feeds.feed import Clock, Feed
from bot.feeds.mailbox import Mailbox
from bot.market.price_history import PriceHistory
from bot.strategy.judged_watch import JudgedWatch

log = structlog.get_logger()

_PATIENCE_S = 0.25  # between two looks at what has gone stale
_AT_ONCE = 64  # messages, before others get their turn


class Monitor:
    """Many feeds, one watch; the same watch that reads recordings."""

    def __init__(self, feeds: Sequence[Feed], watch: JudgedWatch, clock: Clock) -> None:
        self.watch = watch
        self.history = PriceHistory()
        self.mailbox = Mailbox()
        self.heard = 0
        self._feeds, self._clock = tuple(feeds), clock

    @property
    def backlog(self) -> int:
        """Messages that wait."""
        return len(self.mailbox)

    async def changes(
        self, heard: Callable[[Message], None] = lambda _: None
    ) -> AsyncIterator[DepegChange]:
        """Yield every turn of every depeg until all feeds have ended.

        `heard` is told each message when it has been dealt with.

        Raises:
            RepegError: a feed cannot go on; what it raises.
        """
        readers = [asyncio.create_task(self._read(feed)) for feed in self._feeds]
        try:
            while self.backlog or not all(reader.done() for reader in readers):
                for reader in readers:
                    if reader.done():
                        reader.result()
                for change in await self._deal(heard):
                    yield change
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _deal(self, heard: Callable[[Message], None]) -> tuple[DepegChange, ...]:
        """Deal with some of what waits, or let time pass."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.mailbox.wait()
        changes: tuple[DepegChange, ...] = ()
        for done in range(_AT_ONCE):
            message = self.mailbox.take()
            if message is None:
                return changes if done else self.watch.advance(self._clock.now())
            _tell(message)
            changes += self.watch.hear(message)
            if isinstance(message, Tick):
                self.history.hear(message)
            self.heard += 1
            heard(message)
        await asyncio.sleep(0)  # readers must not starve while much waits
        return changes

    async def _read(self, feed: Feed) -> None:
        async for message in feed:
            self.mailbox.put(message)


def _tell(message: Message) -> None:
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

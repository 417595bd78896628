"""Several feeds as one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import cast

from bot.domain.ticks import Message
from bot.feeds.fallback_order import FallbackOrder
from bot.feeds.feed import Feed
from bot.feeds.mailbox import Mailbox


class MergedFeed:
    """Everything that some feeds say, in the order in which it is heard."""

    def __init__(self, feeds: Sequence[Feed], order: FallbackOrder | None = None) -> None:
        """Listen to all feeds at once; `order` holds stand-ins back."""
        self._feeds, self._order = tuple(feeds), order or FallbackOrder({}, silence_s=1.0)
        self._mailbox = Mailbox()

    @property
    def backlog(self) -> int:
        """Messages that wait for the listener."""
        return len(self._mailbox)

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Listen until the iterator is closed, all feeds have ended, or one fails.

        Raises:
            BadConfiguration: of a feed.
        """
        tasks = [asyncio.create_task(self._drain(feed)) for feed in self._feeds]
        for task in tasks:
            task.add_done_callback(lambda _: self._mailbox.wake())
        try:
            while (message := self._mailbox.take()) is not None or _go_on(tasks):
                if message is None:
                    await self._mailbox.wait()
                else:
                    yield message
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, feed: Feed) -> None:
        messages = cast("AsyncGenerator[Message, None]", aiter(feed))
        async with aclosing(messages):
            async for message in messages:
                for wanted in self._order.hear(message):
                    self._mailbox.put(wanted)


def _go_on(tasks: Sequence[asyncio.Task[None]]) -> bool:
    """Return whether any feed has not ended; raises what a feed failed with."""
    for task in tasks:
        if task.done():
            task.result()
    return not all(task.done() for task in tasks)

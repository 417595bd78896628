"""Several feeds as one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from bot.domain.ticks import Message
from bot.feeds.fallback_order import FallbackOrder
from bot.feeds.feed import Feed, Listener, tell
from bot.feeds.mailbox import Mailbox, mailed


class MergedFeed:
    """Everything that some feeds say, in the order in which it is heard."""

    def __init__(self, feeds: Sequence[Feed], order: FallbackOrder | None = None) -> None:
        """Listen to all feeds at once; `order` holds stand-ins back."""
        self._feeds, self._order = tuple(feeds), order or FallbackOrder({}, silence_s=1.0)
        self._mailbox = Mailbox()

    @property
    def feeds(self) -> tuple[Feed, ...]:
        """What it merges."""
        return self._feeds

    @property
    def backlog(self) -> int:
        """Messages that wait for the listener."""
        return len(self._mailbox)

    def __aiter__(self) -> AsyncIterator[Message]:
        """Listen until the iterator is closed, all feeds have ended, or one fails.

        Raises:
            BadConfiguration: of a feed.
        """
        return mailed(self, self._mailbox)

    async def tell(self, listener: Listener) -> None:
        """Tell `listener` what is wanted of every feed's messages, until all end or one fails.

        Raises:
            BadConfiguration: of a feed.
        """

        def hear(message: Message) -> None:
            for wanted in self._order.hear(message):
                listener(wanted)

        tasks = [asyncio.create_task(tell(feed, hear)) for feed in self._feeds]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

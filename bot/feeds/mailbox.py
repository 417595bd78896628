"""Messages between those who hear and the one who listens; never more than so many."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from bot.domain.ticks import Fault, Message, Restored, Tick
from bot.feeds.feed import Listener, PromptFeed


class Mailbox:
    """Keeps order; a listener who is far behind gets only the newest price of each source."""

    def __init__(self, limit: int = 10_000) -> None:
        """Keep up to `limit` messages whole."""
        self._limit = limit
        self._messages: deque[Message] = deque()
        self._newest: dict[tuple[str, str], Tick] = {}
        self._arrived = asyncio.Event()
        self.dropped = 0  # prices that newer ones replaced

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._messages) + len(self._newest)

    def put(self, message: Message) -> None:
        """Add a message."""
        if isinstance(message, Tick) and len(self._messages) >= self._limit:
            key = (message.venue, message.pair)
            self.dropped += key in self._newest
            self._newest[key] = message
        else:
            if self._newest and isinstance(message, Fault | Restored):
                self._forget(message)
            self._messages.append(message)
        self._arrived.set()

    def take(self) -> Message | None:
        """Return the oldest message; None: there is none."""
        if self._messages:
            return self._messages.popleft()
        if self._newest:
            return self._newest.pop(next(iter(self._newest)))
        self._arrived.clear()
        return None

    def wake(self) -> None:
        """Let the listener look, though there may be nothing."""
        self._arrived.set()

    async def wait(self) -> None:
        """Wait until there is one, or `wake` was called since the last look."""
        await self._arrived.wait()

    def _forget(self, about: Fault | Restored) -> None:
        gone = [key for key in self._newest if key[0] == about.venue and about.pair in ("", key[1])]
        for key in gone:
            del self._newest[key]
        self.dropped += len(gone)


class Outlet:
    """Hands messages to a listener from whatever task; what that raises ends `open_while` alone."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def put(self, message: Message) -> None:
        """Hand over a message; none after the one that the listener failed at."""
        if self._failed.done():
            return
        try:
            self._listener(message)
        except Exception as error:  # noqa: BLE001 - not ours to judge: `open_while` raises it
            self._failed.set_exception(error)

    async def open_while(self, source: asyncio.Task[None]) -> None:
        """Wait until `source` ends or the listener fails; raises what either raised."""
        either = (self._failed, source)
        ended, _ = await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        for one in ended:
            one.result()


async def mailed(feed: PromptFeed, mailbox: Mailbox) -> AsyncGenerator[Message, None]:
    """Yield what a feed tells, at the listener's own pace; raises what the feed raises."""
    telling = asyncio.create_task(feed.tell(mailbox.put))
    telling.add_done_callback(lambda _: mailbox.wake())
    try:
        while (message := mailbox.take()) is not None or not telling.done():
            if message is None:
                await mailbox.wait()
            else:
                yield message
        telling.result()
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

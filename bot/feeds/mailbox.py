"""Messages between those who hear and the one who listens; never more than so many."""

import asyncio
from collections import deque

from bot.domain.ticks import Fault, Message, Restored, Tick


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

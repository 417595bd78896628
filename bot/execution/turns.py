"""One request after the other, where a venue numbers them and one must not overtake another."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Turns:
    """Of one key. Who is in a hurry comes next; who has waited long enough goes out of turn."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque())

    @asynccontextmanager
    async def turn(self, *, is_urgent: bool, patience_s: float) -> AsyncIterator[bool]:
        """Yield whether it is one's turn; after `patience_s` without it, go all the same."""
        is_mine = True
        try:
            async with asyncio.timeout(patience_s):
                await self._take(self._waiting[0 if is_urgent else 1])
        except TimeoutError:
            is_mine = False
        try:
            yield is_mine
        finally:
            if is_mine:
                self._give()

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        mine = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._give()  # it came at the last moment: it goes to the next one
            raise

    def _give(self) -> None:
        for queue in self._waiting:
            while queue:
                next_one = queue.popleft()
                if not next_one.done():
                    next_one.set_result(None)
                    return
        self._is_taken = False

"""Between the feeds and the watch: prices that come together are decided upon together."""

import asyncio
from collections.abc import Callable

from bot.domain.depegs import DepegChange
from bot.domain.ticks import Message, Tick
from bot.domain.units import Nanos
from bot.strategy.judged_watch import JudgedWatch

Turns = asyncio.Queue[DepegChange | None]  # None: nothing comes any more


class Hearing:
    """Prices wait for the next turn of the loop, and everybody else's that is due before it."""

    def __init__(self, watch: JudgedWatch, heard: Callable[[Message], None]) -> None:
        """`heard` is told each message when it has been decided upon."""
        self.turns: Turns = asyncio.Queue()
        self._watch, self._heard = watch, heard
        self._waiting: list[Message] = []
        self._came = asyncio.Event()

    def hear(self, message: Message) -> None:
        """Take a message; what is no price is decided upon at once, with all that came before."""
        self._waiting.append(message)
        if isinstance(message, Tick):
            self._came.set()
        else:
            self.decide()

    def decide(self) -> None:
        """Decide upon all that waits."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._tell(self._watch.hear(*waiting))
            for message in waiting:
                self._heard(message)

    def advance(self, now: Nanos) -> None:
        """Let time pass to `now`, by our clock."""
        self.decide()
        self._tell(self._watch.advance(now))

    async def run(self) -> None:
        """Decide for as long as prices come."""
        while True:
            await self._came.wait()
            self._came.clear()
            self.decide()

    def _tell(self, changes: tuple[DepegChange, ...]) -> None:
        for change in changes:
            self.turns.put_nowait(change)

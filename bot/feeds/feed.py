"""What every source of messages is to those who listen, and the clocks it is judged by."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Protocol, cast, runtime_checkable

from bot.domain.ticks import Message
from bot.domain.units import Nanos

Listener = Callable[[Message], None]


class Feed(Protocol):
    """Tells messages for as long as it is listened to.

    Nothing that a source sends raises: it becomes a `Fault`. What only a person can mend raises
    `BadConfiguration`. Closing the iterator closes the connections.
    """

    def __aiter__(self) -> AsyncIterator[Message]:
        """Begin to listen."""


@runtime_checkable
class PromptFeed(Protocol):
    """A feed that hands each message over on the very turn on which it hears it."""

    async def tell(self, listener: Listener) -> None:
        """Tell `listener` every message until cancelled; what it raises ends this too."""


@runtime_checkable
class RehearsingFeed(Protocol):
    """A feed that can read once more what it read last, which changes nothing but caches."""

    def rehearse(self) -> None:
        """Do so, within a tenth of a millisecond."""


async def tell(feed: Feed, listener: Listener) -> None:
    """Tell `listener` what a feed says, as promptly as it can, until that ends or fails."""
    if isinstance(feed, PromptFeed):
        await feed.tell(listener)
        return
    async with aclosing(cast("AsyncGenerator[Message, None]", aiter(feed))) as messages:
        async for message in messages:
            listener(message)


class Clock(Protocol):
    """Two clocks: one dates what is seen, one measures silence."""

    def now(self) -> Nanos:
        """Return the time since the epoch that messages are dated and judged by (`seen_at`)."""

    def monotonic(self) -> Nanos:
        """Return a time that never jumps, for how long nothing was heard."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> Nanos:
        """Return the machine's time."""
        return Nanos(time.time_ns())

    def monotonic(self) -> Nanos:
        """Return the machine's monotonic clock."""
        return Nanos(time.monotonic_ns())


class PlaybackClock:
    """Time as it passes in a recording that is played `speed` times as fast as it happened."""

    def __init__(self, start: Nanos, speed: float = 1.0) -> None:
        """Let the recording begin now at `start`, since the epoch."""
        self._start, self._speed = start, speed
        self._began_at = time.monotonic_ns()

    def now(self) -> Nanos:
        """Return the time in the recording."""
        return Nanos(self._start + int((time.monotonic_ns() - self._began_at) * self._speed))

    def monotonic(self) -> Nanos:
        """Return the machine's monotonic clock: silence is silence at any speed."""
        return Nanos(time.monotonic_ns())


class HeldClock:
    """Stands at the beginning of a recording until it is played."""

    def __init__(self, start: Nanos) -> None:
        """Stand at `start`, since the epoch."""
        self._start = start
        self._playing: PlaybackClock | None = None

    def play(self, speed: float) -> None:
        """Let time pass from now on."""
        self._playing = PlaybackClock(self._start, speed)

    def now(self) -> Nanos:
        """Return the time in the recording."""
        return self._start if self._playing is None else self._playing.now()

    def monotonic(self) -> Nanos:
        """Return the machine's monotonic clock."""
        return Nanos(time.monotonic_ns())

"""What every source of messages is to those who listen, and the clocks it is judged by."""

import time
from collections.abc import AsyncIterator
from typing import Protocol

from bot.domain.ticks import Message
from bot.domain.units import Nanos


class Feed(Protocol):
    """Tells messages for as long as it is listened to.

    Nothing that a source sends raises: it becomes a `Fault`. What only a person can mend raises
    `BadConfiguration`. Closing the iterator closes the connections.
    """

    def __aiter__(self) -> AsyncIterator[Message]:
        """Begin to listen."""


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

"""What time it is at a venue: ours, moved on purpose, or that of a recording."""

import time
from collections.abc import Callable

from bot.domain.units import Nanos


class VenueClock:
    """Two times: `now` for requests and their stamps, `event_time` for what happens in markets.

    They differ only while a recording is played; then event time runs from one recorded moment
    towards the next, and never past it.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.skew = Nanos(0)  # how far ahead of ours; below zero: behind
        self._wall, self._monotonic = wall, monotonic
        self._moment: int | None = None
        self._since, self._speed, self._until = 0, 1.0, 0

    def now(self) -> Nanos:
        """Return the time by the venue's own clock."""
        return Nanos(self._wall() + self.skew)

    def event_time(self) -> Nanos:
        """Return when something that happens in a market now has happened."""
        if self._moment is None:
            return self.now()
        passed = int((self._monotonic() - self._since) * self._speed)
        return Nanos(min(self._moment + passed, self._until) + self.skew)

    def set_moment(self, moment: Nanos, *, speed: float = 0.0, until: Nanos | None = None) -> None:
        """Make event time `moment` and let it run at `speed`, up to `until`."""
        self._moment, self._since, self._speed = moment, self._monotonic(), speed
        self._until = moment if until is None else until

    def leave_recording(self) -> None:
        """Let event time be the time again."""
        self._moment = None

"""When to ask again."""

from secrets import SystemRandom

from bot.domain.units import NANOS_PER_S, Nanos

_RANDOM = SystemRandom()
_MEMORY_S = 30.0  # how long a movement counts


class Backoff:
    """Waits that double, each shortened at random so that many do not come back at once."""

    def __init__(self, first_s: float, last_s: float) -> None:
        self._first_s, self._last_s = first_s, last_s
        self._tries = 0

    def next_s(self) -> float:
        """Return how long to wait now, between half and all of what is due."""
        due_s = min(self._first_s * 2.0**self._tries, self._last_s)
        self._tries = min(self._tries + 1, 30)
        share: float = _RANDOM.uniform(0.5, 1.0)
        return due_s * share

    def reset(self) -> None:
        """It worked: begin anew."""
        self._tries = 0


class Pace:
    """How often to poll: as often as the price moves by a step, within bounds."""

    def __init__(self, fastest_s: float, slowest_s: float, step_bps: float) -> None:
        self._fastest_s, self._slowest_s, self._step_bps = fastest_s, slowest_s, step_bps
        self._middle = 0
        self._at = Nanos(0)
        self._bps_per_s = 0.0

    def hear(self, middle: int, monotonic: Nanos) -> None:
        """Learn from a price; movements fade over half a minute."""
        passed_s = (monotonic - self._at) / NANOS_PER_S
        if self._middle and passed_s > 0:
            moved_bps = abs(middle - self._middle) * 1e4 / self._middle
            share = min(passed_s / _MEMORY_S, 1.0)
            self._bps_per_s += share * (moved_bps / passed_s - self._bps_per_s)
        self._middle, self._at = middle, monotonic

    @property
    def interval_s(self) -> float:
        """Seconds from one poll to the next."""
        if self._bps_per_s * self._slowest_s <= self._step_bps:
            return self._slowest_s
        return max(self._step_bps / self._bps_per_s, self._fastest_s)

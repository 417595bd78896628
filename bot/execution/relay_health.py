"""When a relay is left alone: after failures in a row, or where it asks for it."""

from bot.domain.units import NANOS_PER_S, Nanos

_FAILURES = 5
_FIRST_S, _LONGEST_S = 6.0, 300.0


class RelayHealth:
    """A circuit breaker: closed, open for a while, then one try decides. Monotonic times."""

    def __init__(self) -> None:
        self._failures = 0
        self._pause_s = _FIRST_S
        self._again_at = Nanos(0)
        self._is_trying = False

    def may_try(self, now: Nanos) -> bool:
        """Return whether a bundle is worth sending; where one try decides, it is taken by this."""
        if now < self._again_at or self._is_trying:
            return False
        self._is_trying = self._failures >= _FAILURES
        return True

    def told(self, now: Nanos, *, well: bool, wait_s: float | None = None) -> None:
        """Hear how a try ended; `wait_s` is what the relay itself asks for."""
        self._is_trying = False
        if well:
            self._failures, self._pause_s = 0, _FIRST_S
            return
        self._failures += 1
        if wait_s is not None:
            self._leave_alone(now, wait_s)
        elif self._failures >= _FAILURES:
            self._leave_alone(now, self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_S)

    def _leave_alone(self, now: Nanos, seconds: float) -> None:
        self._again_at = Nanos(now + int(seconds * NANOS_PER_S))

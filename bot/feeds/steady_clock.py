"""The machine's time without its leaps: what was set by hand or by a time server, in one step."""

import time
from collections.abc import Callable

import structlog

from bot.domain.units import NANOS_PER_S, Nanos

log = structlog.get_logger()
_LEAP_NS = NANOS_PER_S // 2  # between two looks; slower changes are followed


def _since_boot() -> int:
    """Nanoseconds that pass while the machine sleeps, too."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class SteadyClock:
    """A `Clock` on which nothing ages by an hour because somebody set the clock.

    A leap is told and not followed until the next start: who began with a wrong clock and had it
    set right meanwhile hears of it by the feeds, whose venues have another time.
    """

    def __init__(
        self,
        wall: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = _since_boot,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._seen = wall() - steady()  # how far the wall clock is ahead
        self._leapt = 0

    def now(self) -> Nanos:
        """Return the machine's time, less its leaps since the start."""
        steady = self._steady()
        off = self._wall() - steady
        step, self._seen = off - self._seen, off
        if abs(step) > _LEAP_NS:
            self._leapt += step
            log.warning("clock_leapt", by_s=round(step / NANOS_PER_S, 3), followed=False)
        return Nanos(steady + off - self._leapt)

    def monotonic(self) -> Nanos:
        """Return a time that never jumps."""
        return Nanos(time.monotonic_ns())

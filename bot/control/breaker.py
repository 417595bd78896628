"""Circuit breakers: where things go wrong there are no entries for a while, then one on trial.

Times are monotonic and given; the wall clock may jump.
"""

from collections import deque
from enum import Enum
from math import isfinite
from typing import Annotated

import msgspec

from bot.domain.risk import Share
from bot.domain.units import NANOS_PER_S, Nanos

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class BreakerParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[breaker]`, of every venue and of all together."""

    failures: Count = 5  # in a row
    error_share: Share = 0.5  # of the last `window` acts, when there are as many
    window: Count = 20
    slippage_bps: Annotated[float, msgspec.Meta(ge=0)] = 25.0  # beyond the estimate, mean
    slippage_orders: Count = 3  # of the last so many filled orders
    open_s: Seconds = 60.0
    longest_open_s: Seconds = 900.0  # doubled with every trial that fails, up to this


class BreakerState(Enum):
    """Whether entries pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"  # one entry on trial


class Breaker:
    """One circuit: tell it what went well and what did not, ask it before every entry."""

    def __init__(self, parameters: BreakerParameters) -> None:
        self._parameters = parameters
        self._in_a_row = 0
        self._recent: deque[bool] = deque(maxlen=parameters.window)
        self._slipped: deque[float] = deque(maxlen=parameters.slippage_orders)
        self._opened_for_s = parameters.open_s
        self._until: Nanos | None = None
        self._trial: Nanos | None = None
        self.reason = ""

    def state(self, now: Nanos) -> BreakerState:
        """Return where it is at `now`."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._until else BreakerState.HALF_OPEN

    def why_stopped(self, now: Nanos) -> str:
        """Return why there is no entry now, empty if there may be one."""
        match self.state(now):
            case BreakerState.CLOSED:
                return ""
            case BreakerState.OPEN:
                left_s = ((self._until or now) - now) / NANOS_PER_S
                return f"{self.reason}; tried again in {left_s:.0f} s"
            case BreakerState.HALF_OPEN:
                return f"{self.reason}; one entry is on trial" if self._on_trial(now) else ""

    def began(self, now: Nanos) -> None:
        """An entry was sent: of a half-open breaker it is the trial."""
        if self.state(now) is BreakerState.HALF_OPEN:
            self._trial = now

    def succeeded(self, now: Nanos) -> None:
        """An act was answered as it should be; a trial that was closes the circuit.

        What succeeds while it is open proves nothing: a question is not an entry.
        """
        self._in_a_row = 0
        self._recent.append(True)
        if self.state(now) is BreakerState.HALF_OPEN and self._trial is not None:
            self._close()

    def failed(self, what: str, now: Nanos) -> None:
        """An act was not answered, or not as it should be."""
        self._in_a_row += 1
        self._recent.append(False)
        limits, errors = self._parameters, self._recent.count(False)
        if self.state(now) is BreakerState.HALF_OPEN:
            self._reopen(f"still failing: {what}", now)
        elif self._in_a_row >= limits.failures:
            self.trip(f"{self._in_a_row} failures in a row, the last: {what}", now)
        elif len(self._recent) == limits.window and errors > limits.error_share * limits.window:
            self.trip(f"{errors} of {limits.window} acts failed, the last: {what}", now)

    def slipped(self, beyond_bps: float, now: Nanos) -> None:
        """An order was filled so much worse than was estimated; below 0: better.

        A number that is none counts as a failure.
        """
        if not isfinite(beyond_bps):
            self.failed("slippage that is no number", now)
            return
        self._slipped.append(beyond_bps)
        mean = sum(self._slipped) / len(self._slipped)
        full = len(self._slipped) == self._parameters.slippage_orders
        if full and mean > self._parameters.slippage_bps:
            self._slipped.clear()
            self.trip(f"fills are {mean:.1f} bps worse than estimated", now)

    def trip(self, reason: str, now: Nanos, *, for_s: float | None = None) -> None:
        """Open it, or keep it open for longer; `for_s` instead of the usual time."""
        until = Nanos(now + int((for_s or self._opened_for_s) * NANOS_PER_S))
        if self._until is None or until > self._until:
            self._until, self.reason = until, reason
        self._trial = None

    def _reopen(self, reason: str, now: Nanos) -> None:
        self._opened_for_s = min(2 * self._opened_for_s, self._parameters.longest_open_s)
        self.trip(reason, now)

    def _close(self) -> None:
        self._until = self._trial = None
        self._opened_for_s = self._parameters.open_s
        self._in_a_row = 0
        self._recent.clear()
        self.reason = ""

    def _on_trial(self, now: Nanos) -> bool:
        """A trial that nobody hears of any more is over after the usual time."""
        lasts = int(self._parameters.open_s * NANOS_PER_S)
        return self._trial is not None and now - self._trial < lasts

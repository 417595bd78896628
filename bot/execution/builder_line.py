"""The way to one builder: a thread, a connection that is kept, and what the answers meant.

Nobody waits for another: whoever posts writes where a connection is ready, hands over and goes on,
and a builder that hangs holds up its own thread only.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Protocol

import msgspec
import structlog

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.units import Nanos
from bot.execution.relay_health import RelayHealth

log = structlog.get_logger()
_MOST_WAITING = 2  # older letters are for blocks that are over
_LOOK_AGAIN_S, _LONGEST_LOOK_S = 3.0, 300.0  # at the connection, while there is nothing to do


class Delivery(Protocol):
    """One letter's way to its builder."""

    def begin(self) -> None:
        """Send where that can be done without waiting for anything; never raises."""

    def finish(self) -> int:
        """Send what `begin` did not, and hear the answer; return when it had left, monotonic ns.

        Raises:
            RelayUnavailable, RelayRefused, OutcomeUnknown: as relays do.
        """

    def abandon(self) -> None:
        """Hear no answer to what `begin` sent."""


class Verdict(Enum):
    """What a builder's answer means for a bundle."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNAVAILABLE = "not taken"
    UNKNOWN = "nobody knows"
    LEFT_ALONE = "not sent: it has failed too often"
    TOO_LATE = "not sent: newer ones came"
    NOT_SENT = "not sent: its time in the slot did not come"


class BuilderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one letter."""

    builder: str
    verdict: Verdict
    reason: str = ""
    sent_at: Nanos = Nanos(0)  # monotonic; 0: it never left
    answered_at: Nanos


class _Job(msgspec.Struct, frozen=True):
    delivery: Delivery
    told: Callable[[BuilderAnswer], None]
    is_admitted: bool  # it has begun: neither too late nor left alone


class BuilderLine:
    """One builder; `post` may be called from any thread and never blocks."""

    def __init__(self, name: str, connect: Callable[[], None] | None = None) -> None:
        """Open it; `connect` sees to it that a connection is ready, or raises RelayUnavailable."""
        self.name, self._connect = name, connect
        self._look_s = _LOOK_AGAIN_S
        self._health = RelayHealth()
        self._jobs: deque[_Job] = deque()
        self._more = threading.Semaphore(0)
        self._state = threading.Lock()  # of health and the next one; held for microseconds
        self._open = 0  # letters that are not over
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"to {name}", daemon=True)
        self._thread.start()

    def post(self, delivery: Delivery, told: Callable[[BuilderAnswer], None]) -> None:
        """Begin where this line is free; `told` hears the end, from its thread, after `wake`."""
        with self._state:
            may_begin = self._open == 0 and self._may_try()
            self._open += 1
        if may_begin:
            delivery.begin()
        self._jobs.append(_Job(delivery, told, may_begin))

    def wake(self) -> None:
        """Let the line go on with what was posted, once for each letter.

        Apart from `post`, so that no thread wakes up while others' letters are being written.
        """
        self._more.release()

    def close(self) -> None:
        """Send nothing more; a letter under way is not waited for."""
        self._is_closed = True
        self._more.release()

    def _run(self) -> None:
        self._stay_connected()
        while True:
            woken = self._more.acquire(timeout=self._look_s)
            if self._is_closed:
                while self._jobs:
                    self._jobs.popleft().delivery.abandon()
                return
            if not woken:
                self._stay_connected()
                continue
            job = self._jobs.popleft()
            answer = self._over(job)
            with self._state:
                self._open -= 1
            job.told(answer)

    def _stay_connected(self) -> None:
        """Spare the next letter the way there and back that a new connection takes."""
        if self._connect is None:
            return
        try:
            self._connect()
            self._look_s = _LOOK_AGAIN_S
        except RelayUnavailable:  # whether a letter can be sent shows with the letter
            self._look_s = min(2 * self._look_s, _LONGEST_LOOK_S)

    def _over(self, job: _Job) -> BuilderAnswer:
        if job.is_admitted:
            return self._delivered(job.delivery)
        if len(self._jobs) >= _MOST_WAITING:
            return self._answer(Verdict.TOO_LATE)
        with self._state:
            may_try = self._may_try()
        return self._delivered(job.delivery) if may_try else self._answer(Verdict.LEFT_ALONE)

    def _may_try(self) -> bool:
        return self._health.may_try(Nanos(time.monotonic_ns()))

    def _delivered(self, delivery: Delivery) -> BuilderAnswer:
        try:
            answer = self._answer(Verdict.ACCEPTED, sent_at=delivery.finish())
            wait_s = None
        except RelayUnavailable as error:
            answer, wait_s = self._answer(Verdict.UNAVAILABLE, str(error)), error.retry_after_s
        except RelayRefused as error:
            answer, wait_s = self._answer(Verdict.REFUSED, str(error)), None
        except OutcomeUnknown as error:
            answer, wait_s = self._answer(Verdict.UNKNOWN, str(error)), None
        well = answer.verdict is Verdict.ACCEPTED
        with self._state:
            self._health.told(answer.answered_at, well=well, wait_s=wait_s)
        if not well:
            log.warning("builder_failed", builder=self.name, reason=answer.reason)
        return answer

    def _answer(self, verdict: Verdict, reason: str = "", sent_at: int = 0) -> BuilderAnswer:
        return BuilderAnswer(
            builder=self.name,
            verdict=verdict,
            reason=reason or verdict.value,
            sent_at=Nanos(sent_at),
            answered_at=Nanos(time.monotonic_ns()),
        )

"""The way to one builder: a thread, a connection that is kept, and what the answers meant.

Nobody waits for another: whoever posts hands over and goes on, and a builder that hangs holds up
its own thread only.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum

import msgspec
import structlog

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.units import Nanos
from bot.execution.relay_health import RelayHealth

log = structlog.get_logger()
_MOST_WAITING = 2  # older letters are for blocks that are over

Deliver = Callable[[], int]  # returns when the request had left, monotonic ns; raises as relays do


class Verdict(Enum):
    """What a builder's answer means for a bundle."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNAVAILABLE = "not taken"
    UNKNOWN = "nobody knows"
    LEFT_ALONE = "not sent: it has failed too often"
    TOO_LATE = "not sent: newer ones came"


class BuilderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one letter."""

    builder: str
    verdict: Verdict
    reason: str = ""
    sent_at: Nanos = Nanos(0)  # monotonic; 0: it never left
    answered_at: Nanos


class _Job(msgspec.Struct, frozen=True):
    deliver: Deliver
    told: Callable[[BuilderAnswer], None]


class BuilderLine:
    """One builder; `post` may be called from any thread and never blocks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._health = RelayHealth()
        self._jobs: deque[_Job] = deque()
        self._more = threading.Semaphore(0)
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=f"to {name}", daemon=True)
        self._thread.start()

    def post(self, deliver: Deliver, told: Callable[[BuilderAnswer], None]) -> None:
        """Let `deliver` run as soon as this line is free; `told` hears of it, from its thread."""
        self._jobs.append(_Job(deliver, told))
        self._more.release()

    def close(self) -> None:
        """Send nothing more; a letter under way is not waited for."""
        self._is_closed = True
        self._more.release()

    def _run(self) -> None:
        while True:
            self._more.acquire()
            if self._is_closed:
                return
            job = self._jobs.popleft()
            if len(self._jobs) >= _MOST_WAITING:
                job.told(self._answer(Verdict.TOO_LATE))
            elif not self._health.may_try(Nanos(time.monotonic_ns())):
                job.told(self._answer(Verdict.LEFT_ALONE))
            else:
                job.told(self._delivered(job.deliver))

    def _delivered(self, deliver: Deliver) -> BuilderAnswer:
        try:
            answer = self._answer(Verdict.ACCEPTED, sent_at=deliver())
            wait_s = None
        except RelayUnavailable as error:
            answer, wait_s = self._answer(Verdict.UNAVAILABLE, str(error)), error.retry_after_s
        except RelayRefused as error:
            answer, wait_s = self._answer(Verdict.REFUSED, str(error)), None
        except OutcomeUnknown as error:
            answer, wait_s = self._answer(Verdict.UNKNOWN, str(error)), None
        well = answer.verdict is Verdict.ACCEPTED
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

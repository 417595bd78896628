"""When a bundle may leave: at a time of the slot for each builder, and never after the deadline.

What is to leave later waits here, not in the engine's thread. It is always of the newest decision:
a new bundle takes the place of what waits, a bundle that is taken back takes it away, and while the
engine is at a new head nothing leaves at all. What could not leave is told why.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import msgspec
import structlog

from bot.domain.messages import Head
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.execution.slot_clock import Slot, SlotClock, TimingOptions

log = structlog.get_logger()


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle for one builder, until its time has come."""

    builder: str
    target_block: int
    send: Callable[[], None]  # must not block
    refused: Callable[[str], None]  # hears why it is not sent


class SendTimes:
    """The slot clock with what is sent by it; any thread may call."""

    def __init__(self, options: TimingOptions, clock: SlotClock | None = None) -> None:
        """Go by `clock`, or by one of the same options."""
        self._options, self._clock = options, clock or SlotClock(options)
        self._changed = threading.Condition()
        self._waiting: list[tuple[Nanos, int, Waiting]] = []
        self._order = itertools.count()
        self._is_held = self._is_closed = False
        self._thread: threading.Thread | None = None

    def until_missed_s(self) -> float | None:
        """See `SlotClock.until_missed_s`."""
        return self._clock.until_missed_s()

    def why_not(self, target_block: int) -> str:
        """Return why nothing may be sent for a block now; empty where it may."""
        slot = self._clock.slot()
        if slot is None:
            return ""  # nobody told us of heads: there is no slot to be late for
        if slot.block != target_block:
            return f"block {slot.block} is next, not {target_block}"
        if slot.missed > self._options.most_missed:
            return f"the head is old: {slot.missed} slots went by without a block"
        into_ms, last_ms = slot.into_ms(self._clock.now()), self._options.deadline_ms
        if slot.ends and into_ms > last_ms:
            return f"{into_ms} ms into the slot: after {last_ms} ms nothing is sent"
        return ""

    def due(self, builder: str) -> Nanos | None:
        """Return when a builder is sent to, monotonic; None: at once."""
        moment = self._options.send_at_ms.get(builder)
        slot = self._clock.slot() if moment else None
        if moment is None or slot is None:
            return None
        due = Nanos(slot.began + moment * NANOS_PER_MS)
        return due if due > self._clock.now() else None

    def postpone(self, waiting: Waiting, due: Nanos) -> None:
        """Send it at that time, if it may be sent by then."""
        with self._changed:
            heapq.heappush(self._waiting, (due, next(self._order), waiting))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="send times", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def clear(self, why: str) -> None:
        """Send nothing of what waits."""
        with self._changed:
            dropped, self._waiting = self._waiting, []
            for _, _, waiting in sorted(dropped):
                self._refuse(waiting, why)

    @contextmanager
    def deciding(self, head: Head) -> Iterator[Slot]:
        """Let nothing leave while it is decided what should on top of a new head.

        Yield the slot that the head leaves us in. After an error nothing that waited is sent.

        Raises:
            BadConfiguration: its time is none of the configured slots'.
        """
        with self._changed:
            self._is_held = True
        try:
            with ExitStack() as undecided:
                undecided.callback(self.clear, "nothing could be decided at the newest head")
                yield self._heard(head)
                undecided.pop_all()
        finally:
            with self._changed:
                self._is_held = False
                self._changed.notify_all()

    def close(self) -> None:
        """Send nothing more."""
        self.clear("the end")
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _heard(self, head: Head) -> Slot:
        slot = self._clock.heard(head)
        if slot.missed:
            log.warning("slot_missed", slot=slot.number, block=slot.block, missed=slot.missed)
        return slot

    def _run(self) -> None:
        with self._changed:
            while not self._is_closed:
                left_ns = self._left_ns()
                if left_ns is None or left_ns > 0:
                    self._changed.wait(None if left_ns is None else left_ns / NANOS_PER_S)
                    continue
                _, _, waiting = heapq.heappop(self._waiting)
                if why := self.why_not(waiting.target_block):
                    self._refuse(waiting, why)
                else:
                    waiting.send()

    def _left_ns(self) -> int | None:
        if self._is_held or not self._waiting:
            return None
        return self._waiting[0][0] - self._clock.now()

    def _refuse(self, waiting: Waiting, why: str) -> None:
        log.info("not_sent", builder=waiting.builder, block=waiting.target_block, reason=why)
        waiting.refused(why)


def by_heads() -> SendTimes:
    """Return the times of a chain whose blocks come at will: everything at once, never too late."""
    return SendTimes(TimingOptions(genesis_s=0))

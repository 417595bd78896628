"""Which slot this is: what the next block's time will be, and how far the slot has gone.

A slot takes twelve seconds, and a block bears the time at which its slot began. A slot may stay
without a block: the next block's number is the same then, its base fee too, for that follows from
the parent alone, but it is twelve seconds later, and whatever moves with time has moved.

A chain whose blocks come at will tells its time by its heads alone: there a slot begins when a head
is heard, and ends with the next one; none is missed, and it is never too late.
"""

import time
from collections.abc import Callable
from typing import Annotated

import msgspec
import structlog

from bot.domain.errors import BadConfiguration
from bot.domain.messages import Head
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, SLOT_S, Nanos

log = structlog.get_logger()

MAINNET_GENESIS_S = 1_606_824_023  # the beacon chain's first slot, 2020-12-01 12:00:23 UTC
_SLOT_NS = SLOT_S * NANOS_PER_S
_SLOT_MS = SLOT_S * 1_000
_SKEW_NS = 250 * NANOS_PER_MS  # a head from so far in the future: this machine's clock is slow

Millis = Annotated[int, msgspec.Meta(ge=0, lt=_SLOT_MS)]


class TimingOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[timing]`; milliseconds count from the beginning of a slot."""

    genesis_s: Annotated[int, msgspec.Meta(ge=0)] | None = None  # 0: heads tell; None: by the chain
    late_ms: Millis = 4_000  # into the next slot: a block that is not here by then does not come
    deadline_ms: Annotated[int, msgspec.Meta(gt=0, le=_SLOT_MS)] = 11_000  # then nothing is sent
    most_missed: Annotated[int, msgspec.Meta(ge=0)] = 3  # slots; on an older head nothing is sent
    send_at_ms: dict[str, Millis] = {}  # by builder; the others at once

    def __post_init__(self) -> None:
        for builder, moment in self.send_at_ms.items():
            if moment >= self.deadline_ms:
                raise ValueError(
                    f"timing: send_at_ms has {builder} at {moment} ms, "
                    f"and after {self.deadline_ms} ms (deadline_ms) nothing is sent"
                )


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """The slot that we are in, and the block that can still be sent to."""

    number: int  # since genesis; of the head where heads tell
    block: int  # the number of the next block
    timestamp_s: int  # of the next block
    began: Nanos  # monotonic
    missed: int  # slots without a block since the head
    ends: bool  # by itself, not with the next head alone

    def into_ms(self, now: Nanos) -> int:
        """Return how far it has gone at a monotonic time, not below zero."""
        return max(now - self.began, 0) // NANOS_PER_MS


class SlotClock:
    """Told every head; any thread may ask."""

    def __init__(
        self,
        options: TimingOptions,
        *,
        wall: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Read both clocks in nanoseconds; `options.genesis_s` None counts as zero here."""
        self._genesis_s = options.genesis_s or 0
        self._late_ns = options.late_ms * NANOS_PER_MS
        self._most_missed = options.most_missed
        self._wall, self._monotonic = wall, monotonic
        self._head: Head | None = None

    def now(self) -> Nanos:
        """Return the monotonic time."""
        return Nanos(self._monotonic())

    def heard(self, head: Head) -> Slot:
        """Hear what the newest block is; return the slot that it leaves us in.

        Raises:
            BadConfiguration: it is not at the beginning of a slot since genesis.
        """
        if self._genesis_s:
            if (head.timestamp_s - self._genesis_s) % SLOT_S:
                raise BadConfiguration(
                    f"timing: block {head.number} is of {head.timestamp_s} s, no beginning of a "
                    f"slot since genesis_s {self._genesis_s}: set 0 where blocks come at will"
                )
            ahead = head.timestamp_s * NANOS_PER_S - self._wall()
            if ahead > _SKEW_NS:
                log.warning("clock_is_slow", by_ms=ahead // NANOS_PER_MS, block=head.number)
        self._head = head
        return self._slot_after(head)

    def slot(self) -> Slot | None:
        """Return the slot that we are in, None before the first head."""
        return None if self._head is None else self._slot_after(self._head)

    def _slot_after(self, head: Head) -> Slot:
        if not self._genesis_s:
            return _slot(head, head.number, 0, None)
        age = self._wall() - head.timestamp_s * NANOS_PER_S
        missed = max((age - self._late_ns) // _SLOT_NS, 0)
        number = (head.timestamp_s - self._genesis_s) // SLOT_S + missed
        return _slot(head, number, missed, self._monotonic() - age + missed * _SLOT_NS)

    def until_missed_s(self) -> float | None:
        """Return in how many seconds the block that is due counts as missed, None for never."""
        slot = self.slot()
        if slot is None or not self._genesis_s or slot.missed >= self._most_missed:
            return None
        left = slot.began + _SLOT_NS + self._late_ns - self._monotonic()
        return max(left + NANOS_PER_MS, 0) / NANOS_PER_S  # timers may be a little early


def _slot(head: Head, number: int, missed: int, began: int | None) -> Slot:
    return Slot(
        number=number,
        block=head.number + 1,
        timestamp_s=head.timestamp_s + SLOT_S * (missed + 1),
        began=head.seen_at if began is None else Nanos(began),
        missed=missed,
        ends=began is not None,
    )

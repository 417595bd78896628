"""What waits for its time in the slot: sent then, or told why not; never an old plan."""

import threading
from collections.abc import Iterator

import msgspec
import pytest
from fakes.engine_parts import head_of

from bot.domain.messages import Head
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.execution.send_times import SendTimes, Waiting, by_heads
from bot.execution.slot_clock import MAINNET_GENESIS_S, SlotClock, TimingOptions

STARTED_S = MAINNET_GENESIS_S + 12 * 9_000_000
PATIENCE_S = 20.0


class Room:
    """Send times whose clock a test moves; what waits looks at it when it is told that it moved."""

    def __init__(self) -> None:
        self.into_ms = 1_000
        options = TimingOptions(genesis_s=MAINNET_GENESIS_S, send_at_ms={"late": 9_000})
        clock = SlotClock(options, wall=self._now, monotonic=self._now)
        self.times = SendTimes(options, clock)
        self.sent: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self._more = threading.Condition()

    def _now(self) -> int:
        return STARTED_S * NANOS_PER_S + self.into_ms * NANOS_PER_MS

    def move_to(self, into_ms: int) -> None:
        self.into_ms = into_ms
        with self.times._changed:
            self.times._changed.notify_all()

    def hear(self, head: Head) -> None:
        with self.times.deciding(head):
            pass

    def wait_with(self, name: str, block: int = 101) -> None:
        due = self.times.due("late")
        assert due is not None
        waiting = Waiting(
            builder="late",
            target_block=block,
            send=lambda: self._note(self.sent, name),
            refused=lambda why: self._note(self.refused, (name, why)),
        )
        self.times.postpone(waiting, due)

    def _note(self, where: list[object], what: object) -> None:
        with self._more:
            where.append(what)
            self._more.notify_all()

    def ended(self, count: int = 1) -> None:
        with self._more:
            found = self._more.wait_for(
                lambda: len(self.sent) + len(self.refused) >= count, timeout=PATIENCE_S
            )
        assert found


def head(number: int = 100, *, slots: int = 0) -> Head:
    return msgspec.structs.replace(head_of(number), timestamp_s=STARTED_S + 12 * slots)


@pytest.fixture
def room() -> Iterator[Room]:
    found = Room()
    yield found
    found.times.close()


def test_who_has_no_time_is_sent_to_at_once_and_so_is_who_is_late_for_it(room: Room) -> None:
    assert room.times.due("late") is None, "no head, no slot"
    room.hear(head())
    assert room.times.due("another") is None
    due = room.times.due("late")
    assert due == Nanos(STARTED_S * NANOS_PER_S + 9_000 * NANOS_PER_MS)
    room.into_ms = 9_001
    assert room.times.due("late") is None


def test_it_leaves_when_its_time_has_come_and_not_before(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    room.move_to(8_999)
    assert room.sent == []
    room.move_to(9_000)
    room.ended()
    assert (room.sent, room.refused) == (["plan"], [])


def test_what_is_newer_takes_its_place(room: Room) -> None:
    room.hear(head())
    room.wait_with("old")
    room.times.clear("a newer bundle took its place")
    room.wait_with("new")
    room.move_to(9_000)
    room.ended(2)
    assert room.sent == ["new"]
    assert room.refused == [("old", "a newer bundle took its place")]


def test_while_the_engine_is_at_a_new_head_nothing_leaves(room: Room) -> None:
    room.hear(head())
    room.wait_with("old")
    with room.times.deciding(head(100)):  # another block of the same height
        room.move_to(9_500)
        assert room.sent == []
        room.times.clear("a newer bundle took its place")
    room.ended()
    assert room.sent == []


def test_what_is_still_right_at_the_new_head_leaves_when_that_is_decided(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    with room.times.deciding(head(100)):
        room.move_to(9_500)
        assert room.sent == []
    room.ended()
    assert room.sent == ["plan"]


def test_nothing_leaves_where_nothing_could_be_decided(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    with pytest.raises(OSError, match="gone"), room.times.deciding(head(100)):
        raise OSError("gone")
    room.ended()
    room.move_to(9_500)
    assert room.refused == [("plan", "nothing could be decided at the newest head")]
    assert room.sent == []


def test_it_does_not_leave_for_a_block_that_is_there(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    room.hear(head(101, slots=1))
    room.move_to(9_000)
    room.ended()
    assert room.refused == [("plan", "block 102 is next, not 101")]


def test_it_does_not_leave_after_the_deadline_however_it_was_held_up(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    with room.times.deciding(head(100)):
        room.move_to(11_001)
    room.ended()
    assert room.refused == [("plan", "11001 ms into the slot: after 11000 ms nothing is sent")]


@pytest.mark.parametrize(
    ("into_ms", "why"),
    [
        (11_000, ""),
        (11_001, "11001 ms into the slot: after 11000 ms nothing is sent"),
        (15_999, "15999 ms into the slot: after 11000 ms nothing is sent"),
        (16_000, ""),  # the block did not come: four seconds into the slot after
        (23_001, "11001 ms into the slot: after 11000 ms nothing is sent"),
        (52_000, "the head is old: 4 slots went by without a block"),
    ],
)
def test_the_deadline_is_that_of_the_slot_we_are_in(room: Room, into_ms: int, why: str) -> None:
    room.hear(head())
    room.into_ms = into_ms
    assert room.times.why_not(101) == why


def test_a_play_chain_knows_no_deadline() -> None:
    times = by_heads()
    assert times.why_not(101) == "", "nobody told of a head"
    with times.deciding(head_of(100)) as slot:
        assert slot.missed == 0
    assert times.why_not(101) == ""
    assert times.why_not(100) == "block 101 is next, not 100"


def test_what_waits_at_the_end_is_told(room: Room) -> None:
    room.hear(head())
    room.wait_with("plan")
    room.times.close()
    assert room.refused == [("plan", "the end")]

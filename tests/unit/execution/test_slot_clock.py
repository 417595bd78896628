"""Slots of mainnet by the wall clock, and slots of a play chain by its heads; no test waits."""

import msgspec
import pytest
from fakes.engine_parts import head_of

from bot.domain.errors import BadConfiguration
from bot.domain.messages import Head
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.execution.slot_clock import MAINNET_GENESIS_S, Slot, SlotClock, TimingOptions

SLOT = 9_000_000
STARTED_S = MAINNET_GENESIS_S + 12 * SLOT
HEAD = msgspec.structs.replace(head_of(100), timestamp_s=STARTED_S, seen_at=Nanos(500))
MONOTONIC_AHEAD = 77 * NANOS_PER_S  # of the wall clock: their difference must not matter


class Hand:
    """A wall clock and a monotonic one that a test moves together."""

    def __init__(self, into_ms: int, *, genesis_s: int = MAINNET_GENESIS_S) -> None:
        self.into_ms = into_ms
        options = TimingOptions(genesis_s=genesis_s)
        self.clock = SlotClock(options, wall=self._wall, monotonic=self._monotonic)

    def _wall(self) -> int:
        return STARTED_S * NANOS_PER_S + self.into_ms * NANOS_PER_MS

    def _monotonic(self) -> int:
        return self._wall() + MONOTONIC_AHEAD

    def at(self, into_ms: int) -> Slot:
        self.into_ms = into_ms
        slot = self.clock.slot()
        assert slot is not None
        return slot


def test_a_fresh_head_leaves_us_in_its_own_slot() -> None:
    hand = Hand(1_500)
    slot = hand.clock.heard(HEAD)
    assert (slot.number, slot.block, slot.missed) == (SLOT, 101, 0)
    assert slot.timestamp_s == STARTED_S + 12
    assert slot.into_ms(hand.clock.now()) == 1_500


@pytest.mark.parametrize(
    ("into_ms", "missed"), [(15_999, 0), (16_000, 1), (27_999, 1), (28_000, 2), (100_000, 8)]
)
def test_a_block_that_is_four_seconds_late_is_missed_and_the_next_one_has_a_later_time(
    into_ms: int, missed: int
) -> None:
    hand = Hand(0)
    hand.clock.heard(HEAD)
    slot = hand.at(into_ms)
    assert (slot.missed, slot.number) == (missed, SLOT + missed)
    assert slot.timestamp_s == STARTED_S + 12 * (missed + 1)
    assert slot.block == 101, "a number is never missed"
    assert slot.into_ms(hand.clock.now()) == into_ms - 12_000 * missed


def test_the_time_of_the_next_block_is_that_of_the_slot_in_which_it_came() -> None:
    """Whichever slot the next block came in, it bears the time we would have planned for."""
    for came_in in range(1, 6):
        hand = Hand(0)
        hand.clock.heard(HEAD)
        planned = hand.at(12_000 * came_in - 100).timestamp_s
        assert planned == STARTED_S + 12 * came_in


def test_it_says_when_the_block_that_is_due_counts_as_missed_and_gives_up_after_three() -> None:
    hand = Hand(1_000)
    assert hand.clock.until_missed_s() is None
    hand.clock.heard(HEAD)
    assert hand.clock.until_missed_s() == pytest.approx(15.001)
    hand.at(20_000)
    assert hand.clock.until_missed_s() == pytest.approx(8.001)
    hand.at(12_000 * 3 + 5_000)
    assert hand.clock.until_missed_s() is None


def test_a_machine_whose_clock_is_slow_is_at_the_beginning_of_the_slot() -> None:
    hand = Hand(-2_000)
    slot = hand.clock.heard(HEAD)
    assert (slot.missed, slot.into_ms(hand.clock.now())) == (0, 0)


@pytest.mark.parametrize("off", [1, 6, 11])
def test_a_chain_of_other_slots_is_not_taken_for_mainnet(off: int) -> None:
    hand = Hand(0)
    head = msgspec.structs.replace(HEAD, timestamp_s=STARTED_S + off)
    with pytest.raises(BadConfiguration, match="genesis_s"):
        hand.clock.heard(head)
    assert hand.clock.slot() is None


def later(head: Head, seconds: int) -> Head:
    return msgspec.structs.replace(head, timestamp_s=head.timestamp_s + seconds)


def test_where_heads_tell_no_slot_is_missed_and_any_time_will_do() -> None:
    hand = Hand(3_600_000, genesis_s=0)
    assert hand.clock.slot() is None
    slot = hand.clock.heard(later(HEAD, 5))
    assert (slot.block, slot.timestamp_s, slot.missed) == (101, STARTED_S + 17, 0)
    assert slot.began == HEAD.seen_at
    assert not slot.ends
    assert hand.clock.until_missed_s() is None


def test_nobody_is_sent_to_after_the_deadline_by_configuration() -> None:
    with pytest.raises(ValueError, match="Titan at 11500 ms"):
        TimingOptions(send_at_ms={"Titan": 11_500})

"""An emergency is carried out once, whatever fails on the way, and ends when it is over."""

import asyncio
import time

import pytest
import structlog
from fakes.emergency_hands import NotingHands
from support.plan_cases import a_holding
from support.risk_cases import NOW

from bot.control.alert import Alert, Severity
from bot.control.condition_watch import ConditionWatch
from bot.control.conditions import Condition, Emergency, EmergencyParameters
from bot.control.emergency import EmergencyProtocol
from bot.domain.units import NANOS_PER_S, Nanos

KILL = Emergency(condition=Condition.KILL_SWITCH, detail="by hand", since=NOW)
BLIND = Emergency(condition=Condition.FEED_FAILURE, coin="USDC", since=NOW)


class Room:
    """A protocol with hands, and what it told."""

    def __init__(self, *positions: str) -> None:
        self.hands = NotingHands(*(a_holding(name, kraken=100) for name in positions))
        self.told: list[Alert] = []
        self.protocol = EmergencyProtocol(
            self.hands, self.told.append, lambda: NOW, EmergencyParameters()
        )

    def declare(self, *emergencies: Emergency) -> None:
        """Declare them one after the other."""

        async def declare() -> None:
            for emergency in emergencies:
                await self.protocol.declare(emergency)

        with structlog.testing.capture_logs():
            asyncio.run(declare())

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What was written down."""
        return [(one.command, one.subject) for one in self.hands.written]


def test_the_kill_switch_stops_freezes_cancels_and_leaves() -> None:
    room = Room("aaaaaaaaaa", "bbbbbbbbbb")
    room.declare(KILL)
    assert room.protocol.stopped("USDC", "kraken") == "the kill switch: by hand"
    assert room.commands == [("freeze", ""), ("flatten", "aaaaaaaaaa"), ("flatten", "bbbbbbbbbb")]
    assert {one.by for one in room.hands.written} == {"the kill switch by hand"}
    assert room.hands.cancelled == [("", "")]
    assert room.hands.left == ["aaaaaaaaaa", "bbbbbbbbbb"]
    (alert,) = room.told
    assert (alert.severity, alert.text) == (
        Severity.CRITICAL,
        "by hand; leaving aaaaaaaaaa, bbbbbbbbbb; frozen",
    )


def test_said_again_it_only_leaves_again() -> None:
    room = Room("aaaaaaaaaa")
    room.declare(KILL, KILL)
    assert len(room.commands) == 2
    assert room.hands.cancelled == [("", "")]
    assert room.hands.left == ["aaaaaaaaaa"] * 2
    assert len(room.told) == 1


@pytest.mark.parametrize("condition", Condition)
def test_every_emergency_stops_entries_and_cancels_those_that_rest(condition: Condition) -> None:
    room = Room("aaaaaaaaaa")
    room.declare(Emergency(condition=condition, coin="USDC", since=NOW))
    assert room.protocol.stopped("USDC", "kraken") == condition.value
    assert room.hands.cancelled == [("USDC", "")]


def test_entries_stop_of_the_coin_and_the_venue_alone() -> None:
    room = Room()
    room.declare(BLIND)
    assert room.protocol.stopped("USDC", "kraken") == "a price feed is lost"
    assert room.protocol.stopped("USDT", "kraken") == ""
    outage = Emergency(condition=Condition.EXCHANGE_OUTAGE, venue="binance", since=NOW)
    room.declare(outage)
    assert room.protocol.stopped("USDT", "binance") != ""
    room.protocol.over(Condition.FEED_FAILURE, "USDC")
    assert room.protocol.stopped("USDC", "kraken") == ""
    assert room.protocol.lasting == (outage,)


def test_a_full_disk_keeps_no_order_from_being_cancelled_and_is_told() -> None:
    room = Room("aaaaaaaaaa")
    room.hands.full_disk = True
    room.declare(KILL)
    assert room.hands.cancelled == [("", "")]
    assert room.hands.left == ["aaaaaaaaaa"]
    assert room.protocol.stopped("USDC", "kraken") != ""
    assert room.told[-1].text.endswith("OSError: no space left on device")


def test_one_position_that_cannot_be_left_or_hangs_holds_up_no_other() -> None:
    room = Room("aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc")
    room.hands.fails, room.hands.hangs = {"aaaaaaaaaa"}, {"bbbbbbbbbb"}

    async def declare() -> None:
        began = time.monotonic()
        await room.protocol.declare(KILL)
        assert room.hands.left == ["cccccccccc"]
        await room.protocol.declare(BLIND)
        assert time.monotonic() - began < 1.5
        assert room.hands.cancelled == [("", ""), ("USDC", "")]

    with structlog.testing.capture_logs():
        asyncio.run(declare())


def test_what_failed_is_told_as_critical_and_not_again_every_second() -> None:
    room = Room("aaaaaaaaaa")
    room.hands.fails = {"aaaaaaaaaa"}
    room.declare(KILL, KILL, KILL)
    assert [alert.severity for alert in room.told] == [Severity.CRITICAL] * 2
    assert "no route to host" in room.told[-1].text


def test_a_position_whose_leaving_is_under_way_is_not_asked_for_again_meanwhile() -> None:
    room = Room("aaaaaaaaaa")
    room.hands.hangs = {"aaaaaaaaaa"}
    room.declare(KILL, KILL)
    assert room.hands.asked == ["aaaaaaaaaa"]


class Clock:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> Nanos:
        """Return its time."""
        return Nanos(int(self.seconds * NANOS_PER_S))


def test_a_condition_that_lasts_escalates_and_ends_when_it_is_not_seen_any_more() -> None:
    room, clock = Room("aaaaaaaaaa"), Clock()
    watch = ConditionWatch(room.protocol, lambda: NOW, clock.monotonic)

    def see(seconds: float, detail: str | None) -> None:
        clock.seconds = seconds
        with structlog.testing.capture_logs():
            asyncio.run(watch.see(Condition.FEED_FAILURE, coin="USDC", detail=detail))

    see(0, None)
    assert room.told == []
    see(10, "no price")
    assert room.hands.left == []
    see(609.9, "no price")
    assert room.hands.left == []
    see(610, "no price")
    assert room.hands.left == ["aaaaaaaaaa"]
    assert [alert.text for alert in room.told] == ["no price", "no price; leaving aaaaaaaaaa"]
    see(611, None)
    assert room.protocol.lasting == ()
    see(612, "no price")
    assert room.hands.left == ["aaaaaaaaaa"]

"""Builders with a time of their own in the slot: they get the newest bundle then, or none."""

import threading
import time
from collections.abc import Iterator

import msgspec
import pytest
from eth_account import Account
from fakes.bundle_relay import FakeRelay
from fakes.engine_parts import head_of
from support.builder_stubs import Answering, BuilderStub, builder_stubs

from bot.domain.builders import Builder, Dialect
from bot.domain.errors import OutcomeUnknown, RelayUnavailable
from bot.domain.messages import Head
from bot.domain.units import NANOS_PER_MS, Nanos
from bot.execution.builder_line import BuilderAnswer, Verdict
from bot.execution.bundle_letters import Identity
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.execution.send_times import SendTimes
from bot.execution.slot_clock import SlotClock, TimingOptions

IDENTITY = Identity(Account.from_key("0x" + "55" * 32))
OLD, NEW = bytes.fromhex("02f86b01"), bytes.fromhex("02f86b02")
LATE_MS = 400
TIMEOUT_S = 20.0


class Street:
    """A relay and two builders, the second of whom is sent to later in the slot."""

    def __init__(self, stubs: list[BuilderStub], **late_ms: int) -> None:
        self.early, self.late = stubs
        self.first = FakeRelay()
        options = TimingOptions(genesis_s=0, send_at_ms=late_ms)
        self.stopped_at = 0  # the clock, where a test stopped it
        self.times = SendTimes(options, SlotClock(options, monotonic=self._now))
        builders = [
            Builder(name=name, url=stub.url, dialect=Dialect())
            for name, stub in zip(("early", "late"), stubs, strict=True)
        ]
        fan = FanOutOptions(timeout_s=TIMEOUT_S, times=self.times)
        self.answers: dict[tuple[str, str], BuilderAnswer] = {}
        self._more = threading.Condition()
        self.fan = FanOut(self.first, builders, IDENTITY, fan, self._told)

    def _now(self) -> int:
        return self.stopped_at or time.monotonic_ns()

    def stop(self) -> None:
        self.stopped_at = time.monotonic_ns()

    def go_on(self, by_ms: int = LATE_MS) -> None:
        self.stopped_at += by_ms * NANOS_PER_MS
        with self.times._changed:
            self.times._changed.notify_all()

    def head(self, number: int = 100) -> Head:
        return msgspec.structs.replace(head_of(number), seen_at=Nanos(self._now()))

    def _told(self, bundle_hash: str, answer: BuilderAnswer) -> None:
        with self._more:
            self.answers[bundle_hash, answer.builder] = answer
            self._more.notify_all()

    def answer(self, bundle_hash: str, builder: str) -> BuilderAnswer:
        with self._more:
            key = (bundle_hash, builder)
            assert self._more.wait_for(lambda: key in self.answers, timeout=TIMEOUT_S)
        return self.answers[key]


@pytest.fixture
def stubs() -> Iterator[list[BuilderStub]]:
    with builder_stubs(2) as found:
        yield found


def sent(stub: BuilderStub) -> list[str]:
    return [body["params"][0]["txs"][0] for _, body, *_ in stub.heard]


def test_one_gets_it_at_once_and_the_other_at_its_time(stubs: list[BuilderStub]) -> None:
    street = Street(stubs, late=LATE_MS)
    with street.times.deciding(street.head()) as slot:
        receipt = street.fan.send_all([OLD], 101)
        assert not receipt.is_postponed
        assert street.answer(receipt.bundle_hash, "early").verdict is Verdict.ACCEPTED
        assert sent(street.late) == []
    answer = street.answer(receipt.bundle_hash, "late")
    assert answer.verdict is Verdict.ACCEPTED
    assert answer.sent_at >= slot.began + LATE_MS * NANOS_PER_MS
    street.fan.close()


def test_what_leaves_is_the_newest_and_the_old_one_is_told_why_not(
    stubs: list[BuilderStub],
) -> None:
    street = Street(stubs, late=LATE_MS)
    street.stop()
    with street.times.deciding(street.head()):
        old = street.fan.send_all([OLD], 101, "id")
    with street.times.deciding(street.head()):  # another block of the same height
        new = street.fan.send_all([NEW], 101, "id")
    street.go_on()
    assert street.answer(new.bundle_hash, "late").verdict is Verdict.ACCEPTED
    refused = street.answer(old.bundle_hash, "late")
    assert (refused.verdict, refused.reason) == (Verdict.NOT_SENT, "a newer bundle took its place")
    assert sent(street.late) == ["0x" + NEW.hex()]
    street.fan.close()


def test_where_all_are_waited_with_nobody_is_waited_for(stubs: list[BuilderStub]) -> None:
    street = Street(stubs, early=LATE_MS, late=LATE_MS, flashbots=LATE_MS)
    with street.times.deciding(street.head()):
        receipt = street.fan.send_all([OLD], 101)
        assert (receipt.is_postponed, receipt.sent_at) == (True, 0)
        assert street.first.sent == sent(street.early) == sent(street.late) == []
    for name in ("early", "late", "flashbots"):
        assert street.answer(receipt.bundle_hash, name).verdict is Verdict.ACCEPTED
    assert [raw for raw, *_ in street.first.sent] == [OLD]
    street.fan.close()


def test_what_is_taken_back_does_not_leave(stubs: list[BuilderStub]) -> None:
    street = Street(stubs, late=LATE_MS)
    street.stop()
    with street.times.deciding(street.head()):
        receipt = street.fan.send_all([OLD], 101, "id")
    with street.times.deciding(street.head()):
        street.fan.cancel("id")
    assert street.answer(receipt.bundle_hash, "late").reason == "it was taken back"
    street.go_on()
    street.late.wait_for(1, TIMEOUT_S)
    assert [body["method"] for _, body, *_ in street.late.heard] == ["eth_cancelBundle"]
    street.fan.close()


def test_a_block_that_came_early_leaves_it_unsent(stubs: list[BuilderStub]) -> None:
    street = Street(stubs, late=LATE_MS)
    street.stop()
    with street.times.deciding(street.head(100)):
        receipt = street.fan.send_all([OLD], 101)
    with street.times.deciding(street.head(101)):
        pass
    street.go_on()
    assert street.answer(receipt.bundle_hash, "late").reason == "block 102 is next, not 101"
    assert sent(street.late) == []
    street.fan.close()


def test_refused_by_those_asked_so_far_it_is_not_known_what_becomes_of_it(
    stubs: list[BuilderStub],
) -> None:
    street = Street(stubs, late=LATE_MS, flashbots=LATE_MS)
    street.early.answering = Answering(status=400, body='{"error":"bad block"}')
    began = time.monotonic()
    with (
        street.times.deciding(street.head()),
        pytest.raises(OutcomeUnknown, match="bad block"),
    ):
        street.fan.send_all([OLD], 101)
    assert time.monotonic() - began < TIMEOUT_S, "those to come are not waited for"
    street.fan.close()


def test_a_relay_that_is_alone_and_fails_five_times_is_not_asked_a_sixth_time() -> None:
    first = FakeRelay()
    fan = FanOut(first, (), IDENTITY, FanOutOptions(timeout_s=TIMEOUT_S))
    first.failure = OutcomeUnknown("http://first", "HTTP 500")
    for _ in range(5):
        with pytest.raises(OutcomeUnknown, match="HTTP 500"):
            fan.send(OLD, 101)
    first.failure = None
    with pytest.raises(RelayUnavailable, match="failed too often"):
        fan.send(OLD, 101)
    assert first.sent == []
    fan.close()


def test_a_relay_that_is_alone_is_left_alone_for_as_long_as_it_asks() -> None:
    first = FakeRelay()
    fan = FanOut(first, (), IDENTITY, FanOutOptions(timeout_s=TIMEOUT_S))
    first.failure = RelayUnavailable("http://first", "HTTP 429", retry_after_s=60.0)
    with pytest.raises(RelayUnavailable, match="HTTP 429"):
        fan.send(OLD, 101)
    first.failure = None
    with pytest.raises(RelayUnavailable, match="not sent"):
        fan.send(OLD, 101)
    assert first.sent == []
    fan.close()

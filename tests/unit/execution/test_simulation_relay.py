"""What a relay's simulation says, and how often it is asked."""

import pytest
from fakes.simulators import GAS_USED, PROPOSAL, TIP, ToldRelay
from msgspec.structs import replace

from bot.domain.errors import (
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RepegError,
    SimulationFailed,
)
from bot.domain.units import NANOS_PER_S, Wei
from bot.execution.bundles import BundleSimulation
from bot.execution.simulation import Agrees, Disagrees, Failed, Figure, Verdict
from bot.execution.simulation_relay import RelaySimulator


class Room:
    """A relay, its simulator, and a clock in the test's hands."""

    def __init__(self, per_s: float = 2.0) -> None:
        self.relay, self.now = ToldRelay(), 0
        self.simulator = RelaySimulator(self.relay, per_s, lambda: self.now)

    def verdict(self) -> Verdict:
        with self.simulator.asked(PROPOSAL) as hear:
            return hear()

    def missing(self) -> bool:
        found = self.verdict()
        return isinstance(found, Failed) and found.is_missing

    def passes(self, seconds: float) -> None:
        self.now += int(seconds * NANOS_PER_S)


@pytest.fixture
def room() -> Room:
    return Room()


def test_an_honest_relay_agrees_about_the_signed_bytes_on_the_plans_block(room: Room) -> None:
    assert isinstance(room.verdict(), Agrees)
    book = PROPOSAL.book
    assert room.relay.asked == [
        (PROPOSAL.signed, book.block + 1, book.block, book.next_timestamp_s)
    ]


LIES = [
    ({"returned": (PROPOSAL.plan.profit - 1).to_bytes(32, "big")}, Figure.PROFIT),
    ({"gas_used": GAS_USED + 1}, Figure.GAS),
    ({"coinbase_payment": Wei(TIP * GAS_USED - 1)}, Figure.PAYMENT),
    ({"coinbase_payment": Wei(TIP * GAS_USED + 1)}, Figure.PAYMENT),
]


@pytest.mark.parametrize(("lie", "figure"), LIES)
def test_a_relay_that_lies_about_one_figure_disagrees(
    room: Room, lie: dict[str, object], figure: Figure
) -> None:
    room.relay.answer = replace(room.relay.answer, **lie)
    found = room.verdict()
    assert isinstance(found, Disagrees)
    assert (found.figure, found.simulator) == (figure, "the relay")


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ({"state_block": PROPOSAL.book.block - 1}, "on block"),
        ({"returned": b""}, "does not tell"),
        ({"returned": b"\x01"}, "does not tell"),
    ],
)
def test_an_answer_that_says_nothing_of_this_plan_is_missing(
    room: Room, lie: dict[str, object], says: str
) -> None:
    room.relay.answer = replace(room.relay.answer, **lie)
    found = room.verdict()
    assert isinstance(found, Failed)
    assert found.is_missing
    assert says in found.reason


def test_a_plan_that_reverts_at_the_relay_has_failed_and_is_not_missing(room: Room) -> None:
    room.relay.answer = replace(room.relay.answer, error="ProfitBelowMinimum")
    found = room.verdict()
    assert isinstance(found, Failed)
    assert not found.is_missing


@pytest.mark.parametrize(
    ("failure", "missing"),
    [
        (RelayUnavailable("http://relay", "HTTP 503"), True),
        (RelayRefused("http://relay", "HTTP 403"), True),
        (OutcomeUnknown("http://relay", "HTML"), True),
        (SimulationFailed("relay http://relay", "nonce too low"), False),
    ],
)
def test_a_relay_that_fails_is_a_verdict(room: Room, failure: RepegError, *, missing: bool) -> None:
    room.relay.failure = failure
    found = room.verdict()
    assert isinstance(found, Failed)
    assert found.is_missing == missing


def test_a_relay_that_asks_to_be_left_alone_is_not_asked_before_its_time(room: Room) -> None:
    room.relay.failure = RelayUnavailable("http://relay", "HTTP 429", retry_after_s=7.0)
    assert room.missing()
    room.relay.failure = None
    room.passes(6.9)
    assert room.missing()
    assert len(room.relay.asked) == 1
    room.passes(0.2)
    assert isinstance(room.verdict(), Agrees)
    assert len(room.relay.asked) == 2


def test_a_relay_that_fails_five_times_is_left_alone_for_a_while(room: Room) -> None:
    room.relay.failure = RelayUnavailable("http://relay", "refused")
    for _ in range(5):
        assert room.missing()
        room.passes(1.0)
    assert room.missing()
    assert len(room.relay.asked) == 5
    room.passes(6.0)
    room.relay.failure = None
    assert isinstance(room.verdict(), Agrees)


@pytest.mark.parametrize("per_s", [0.5, 2.0, 5.0])
def test_in_no_minute_more_requests_leave_than_the_budget_has_room_for(per_s: float) -> None:
    room = Room(per_s)
    for _ in range(600):
        room.verdict()
        room.passes(0.1)
    assert 60 * per_s <= len(room.relay.asked) <= 60 * per_s + 4


def test_a_request_that_has_no_room_is_missing_and_not_sent(room: Room) -> None:
    answers: list[BundleSimulation] = [room.relay.answer] * 4
    assert all(isinstance(room.verdict(), Agrees) for _ in answers)
    assert room.missing()
    assert len(room.relay.asked) == 4

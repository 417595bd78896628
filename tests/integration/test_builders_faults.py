"""Every bad answer of one builder among eight: the others are not delayed, nothing gets public."""

import threading
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from eth_account import Account
from relay_world import RelayWorld, transfer
from support.desk import Desk, undone

from bot.domain.assets import USDC
from bot.domain.builders import Builder, Dialect
from bot.domain.errors import RelayRefused
from bot.domain.messages import Ticket
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.execution.builder_line import BuilderAnswer, Verdict
from bot.execution.bundle_letters import Identity
from bot.execution.bundles import FlashbotsRelay
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.sandbox.anvil import Anvil
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RELAY_NAME, BuilderOptions, FaultKind, Faults, RelayOptions
from bot.sandbox.world import World

pytestmark = pytest.mark.anvil

NAMES = tuple(f"builder {number}" for number in range(8))
BAD = "builder 3"
IDENTITY = Account.from_key("0x" + "33" * 32)
TIMEOUT_S = 0.5
MOST_APART_NS = 20_000_000
ROUNDS = 5
SHOCK = Raw(3_000_000 * 10**6)
MEANING = {
    FaultKind.BAD_REQUEST: Verdict.REFUSED,
    FaultKind.SIGNATURE_REFUSED: Verdict.REFUSED,
    FaultKind.ERROR_TEXT: Verdict.REFUSED,
    FaultKind.ERROR_OBJECT: Verdict.REFUSED,
    FaultKind.TOO_MANY_REQUESTS: Verdict.UNAVAILABLE,
    FaultKind.UNAVAILABLE: Verdict.UNAVAILABLE,
    FaultKind.INTERNAL_ERROR: Verdict.UNKNOWN,
    FaultKind.HTML: Verdict.UNKNOWN,
    FaultKind.EMPTY: Verdict.UNKNOWN,
    FaultKind.HUGE: Verdict.UNKNOWN,
    FaultKind.HANG: Verdict.UNKNOWN,
    FaultKind.SLOW: Verdict.UNKNOWN,
    FaultKind.CLOSE: Verdict.UNKNOWN,
    FaultKind.DOWN: Verdict.UNKNOWN,
    FaultKind.WRONG_ID: Verdict.UNKNOWN,
    FaultKind.NULL_RESULT: Verdict.UNKNOWN,
    FaultKind.DUPLICATE: Verdict.ACCEPTED,
}


class Street:
    """A relay and eight builders behind a fan-out."""

    def __init__(self, world: RelayWorld) -> None:
        self.world, self.relay = world, world.relay
        self.answers: list[BuilderAnswer] = []
        self._more = threading.Condition()
        builders = [
            Builder(name=name, url=self.relay.builder_url(name), dialect=Dialect())
            for name in NAMES
        ]
        first = FlashbotsRelay(self.relay.url, IDENTITY, timeout_s=TIMEOUT_S)
        options = FanOutOptions(timeout_s=TIMEOUT_S)
        self.fan = FanOut(first, builders, Identity(IDENTITY), options, self._told)

    def _told(self, _: str, answer: BuilderAnswer) -> None:
        with self._more:
            self.answers.append(answer)
            self._more.notify_all()

    def send(self, raw: bytes) -> list[BuilderAnswer]:
        """Return everybody's answer to a bundle for the next block."""
        self.answers = []
        self.fan.send_all([raw], self.world.head() + 1)
        with self._more:
            assert self._more.wait_for(lambda: len(self.answers) == len(NAMES) + 1, timeout=10)
        return self.answers

    def apart(self) -> int:
        """Return for how long the newest bundle was with one good builder and not with another."""
        arrived = [self.relay.arrivals(name)[-1].at for name in NAMES if name != BAD]
        return max(arrived) - min(arrived)


@pytest.fixture(scope="module")
def eight(bare_chain: Anvil) -> Iterator[RelayWorld]:
    # They share one process: each looks at what it was sent when all have it.
    builders = tuple(BuilderOptions(name=name, latency_s=0.03) for name in NAMES)
    with start_relay(bare_chain.url, RelayOptions(builders=builders)) as relay:
        world = RelayWorld(bare_chain.url, relay)
        yield world
        world.rpc.close()


@pytest.fixture
def street(eight: RelayWorld) -> Iterator[Street]:
    found = Street(eight)
    yield found
    for name in (RELAY_NAME, *NAMES):
        eight.relay.misbehave(Faults(), name)
    found.fan.close()
    eight.relay.build()


def public(world: RelayWorld | World) -> int:
    """Return how many transactions the node knows that are in no block."""
    status = world.rpc.call("txpool_status")
    return int(status["pending"], 16) + int(status["queued"], 16)


def test_every_answer_has_a_meaning() -> None:
    assert set(MEANING) == set(FaultKind)


@pytest.mark.parametrize("kind", MEANING)
def test_a_bad_answer_delays_nobody_and_makes_nothing_public(
    street: Street, kind: FaultKind
) -> None:
    street.send(transfer(street.world.account(), 0))  # connections are open by then
    street.relay.misbehave(Faults(kind=kind), BAD)
    verdicts, apart = [], []
    for _ in range(ROUNDS):
        answers = street.send(transfer(street.world.account(), 0))
        verdicts += [one.verdict for one in answers if one.builder == BAD]
        others = {one.verdict for one in answers if one.builder != BAD}
        assert others == {Verdict.ACCEPTED}
        apart.append(street.apart())
        assert public(street.world) == 0
    assert median(apart) <= MOST_APART_NS, apart
    assert verdicts[0] is MEANING[kind]
    if kind is FaultKind.TOO_MANY_REQUESTS:
        assert verdicts[1:] == [Verdict.LEFT_ALONE] * (ROUNDS - 1), "it asked for two seconds"
    elif kind is not FaultKind.UNAVAILABLE:
        assert set(verdicts) == {MEANING[kind]}


@pytest.mark.parametrize("kind", [one for one in MEANING if one is not FaultKind.DUPLICATE])
def test_where_everybody_answers_badly_it_is_in_no_block_and_not_public(
    street: Street, kind: FaultKind
) -> None:
    for name in (RELAY_NAME, *NAMES):
        street.relay.misbehave(Faults(kind=kind), name)
    head, raw = street.world.head(), transfer(street.world.account(), 0)
    with pytest.raises(Exception, match=r"relay|builders"):
        street.fan.send_all([raw], head + 1)
    assert public(street.world) == 0
    took_it_all_the_same = {FaultKind.WRONG_ID, FaultKind.NULL_RESULT, FaultKind.SLOW}
    if kind not in took_it_all_the_same:
        assert street.relay.build().transactions == 0


@pytest.mark.parametrize("kind", MEANING)
def test_the_engine_shows_nothing_to_the_public_whatever_its_relay_answers(
    world: World, tmp_path: Path, kind: FaultKind
) -> None:
    with undone(world):
        desk = Desk(world, tmp_path / "journal.sqlite")
        desk.hit(CURVE_SUSD, USDC, SHOCK)
        world.relay.misbehave(Faults(kind=kind))
        try:
            assert isinstance(desk.look().decision, Ticket)
        except RelayRefused:
            assert MEANING[kind] is Verdict.REFUSED
        assert public(world) == 0
        world.relay.misbehave(Faults())
        assert desk.fates() in (["accepted"], ["refused"], ["unknown"])

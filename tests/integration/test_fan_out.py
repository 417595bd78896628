"""One bundle to many builders: every dialect, every bad answer, and nobody waits for another."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from eth_account import Account
from fakes.bundle_relay import FakeRelay
from support.builder_stubs import Answering, BuilderStub, builder_stubs

from bot.domain.builders import BUILDERS, Builder, Cancel, Dialect
from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.execution.builder_line import BuilderAnswer, Verdict
from bot.execution.bundle_letters import BundleOrder, Identity, cancel_letter_of, letter_of
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.sandbox.relay_signature import verified_signer

ACCOUNT = Account.from_key("0x" + "11" * 32)
IDENTITY = Identity(ACCOUNT)
RAW = bytes.fromhex("02f86b01")
UUID = "3c9f2b1e-6d1a-4f0a-9a44-0f6f4f2d8e11"
TIMEOUT_S = 1.0
_NOT_FIRST = RelayUnavailable("http://first", "away")


class Street:
    """Builders behind a fan-out, and what it was told."""

    def __init__(self, stubs: list[BuilderStub], dialect: Dialect) -> None:
        self.stubs, self.first = stubs, FakeRelay()
        self.answers: list[BuilderAnswer] = []
        self._more = threading.Condition()
        builders = [
            Builder(name=f"builder {n}", url=stub.url, dialect=dialect)
            for n, stub in enumerate(stubs)
        ]
        options = FanOutOptions(timeout_s=TIMEOUT_S)
        self.fan = FanOut(self.first, builders, IDENTITY, options, self._told)

    def _told(self, _: str, answer: BuilderAnswer) -> None:
        with self._more:
            self.answers.append(answer)
            self._more.notify_all()

    def wait_for_answers(self, count: int) -> list[BuilderAnswer]:
        with self._more:
            assert self._more.wait_for(lambda: len(self.answers) >= count, timeout=5)
        return self.answers

    def of(self, name: str) -> list[BuilderAnswer]:
        return [answer for answer in self.answers if answer.builder == name]


@pytest.fixture
def street(request: pytest.FixtureRequest) -> Iterator[Street]:
    count = getattr(request, "param", 3)
    with builder_stubs(count) as stubs:
        found = Street(stubs, Dialect())
        yield found
        for stub in stubs:
            stub.answering = Answering()
        found.fan.close()


def test_every_builder_and_the_first_relay_get_the_bundle(street: Street) -> None:
    receipt = street.fan.send_all([RAW, RAW + b"\1"], 17, UUID)
    street.wait_for_answers(4)
    assert [answer.verdict for answer in street.answers] == [Verdict.ACCEPTED] * 4
    assert [sent[1:] for sent in street.first.sent] == [(17, UUID)] * 2
    bodies = [stub.heard[0][1] for stub in street.stubs]
    assert bodies[0]["params"] == [
        {
            "txs": ["0x" + RAW.hex(), "0x" + RAW.hex() + "01"],
            "blockNumber": "0x11",
            "replacementUuid": UUID,
        }
    ]
    assert bodies[1:] == bodies[:-1]
    assert receipt.target_block == 17


def test_the_signature_is_the_one_that_relays_check(street: Street) -> None:
    street.fan.send_all([RAW], 17)
    street.stubs[0].wait_for(1)
    body = letter_of(BundleOrder(transactions=(RAW,), target_block=17), Dialect(), IDENTITY)
    header = body.headers["X-Flashbots-Signature"]
    assert street.stubs[0].heard[0][2]["X-Flashbots-Signature"] == header
    assert verified_signer(header, body.body) == ACCOUNT.address.lower()


BAD: dict[str, tuple[Answering, Verdict]] = {
    "400": (Answering(status=400, body='{"error":"bad block"}'), Verdict.REFUSED),
    "403 text": (Answering(status=403, body="no signature provided"), Verdict.REFUSED),
    "429": (
        Answering(status=429, body="slow down", headers={"Retry-After": "7"}),
        Verdict.UNAVAILABLE,
    ),
    "500": (Answering(status=500, body="oops"), Verdict.UNKNOWN),
    "503": (Answering(status=503, body=""), Verdict.UNAVAILABLE),
    "page": (Answering(body="<html>hello</html>"), Verdict.UNKNOWN),
    "empty": (Answering(body=""), Verdict.UNKNOWN),
    "error text": (Answering(body='{"id":1,"error":"no"}'), Verdict.REFUSED),
    "error object": (
        Answering(body='{"id":1,"error":{"code":-32602,"message":"no"}}'),
        Verdict.REFUSED,
    ),
    "internal error": (
        Answering(body='{"id":1,"error":{"code":-32603,"message":"no"}}'),
        Verdict.UNKNOWN,
    ),
    "null result": (Answering(body='{"id":1,"result":null}'), Verdict.UNKNOWN),
    "wrong id": (Answering(body='{"id":2,"result":{}}'), Verdict.UNKNOWN),
    "huge": (Answering(body="x" * 2_000_000), Verdict.UNKNOWN),
    "cut": (Answering(closes=True), Verdict.UNKNOWN),
    "slow": (Answering(wait_s=3.0), Verdict.UNKNOWN),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_understood_and_harms_nobody_else(street: Street, name: str) -> None:
    answering, verdict = BAD[name]
    street.stubs[0].answering = answering
    street.fan.send_all([RAW], 17)
    street.wait_for_answers(4)
    assert [one.verdict for one in street.of("builder 0")] == [verdict]
    others = [one for one in street.answers if one.builder != "builder 0"]
    assert {one.verdict for one in others} == {Verdict.ACCEPTED}


@pytest.mark.parametrize("street", [8], indirect=True)
def test_one_that_hangs_delays_nobody(street: Street) -> None:
    for _ in range(3):  # connections are open by then
        street.fan.send_all([RAW], 17)
        street.wait_for_answers(9)
        street.answers.clear()
    street.stubs[3].answering = Answering(wait_s=5.0)
    for stub in street.stubs:
        stub.heard.clear()
    street.fan.send_all([RAW], 18)
    for stub in street.stubs:
        stub.wait_for(1)
    arrived = sorted(stub.heard[0][0] for stub in street.stubs)
    assert arrived[-1] - arrived[0] <= 20_000_000
    street.stubs[3].answering = Answering()


@pytest.mark.parametrize(
    ("answering", "error"),
    [
        (Answering(status=503), RelayUnavailable),
        (Answering(status=403, body="no"), RelayRefused),
        (Answering(status=500), OutcomeUnknown),
        (Answering(wait_s=2.0), OutcomeUnknown),
    ],
)
def test_where_nobody_accepts_it_the_worst_doubt_decides(
    street: Street, answering: Answering, error: type[Exception]
) -> None:
    street.first.failure = _NOT_FIRST
    for stub in street.stubs:
        stub.answering = answering
    with pytest.raises(error):
        street.fan.send_all([RAW], 17)


def test_a_dead_address_fails_no_send() -> None:
    with builder_stubs(1) as stubs:
        alive = Builder(name="alive", url=stubs[0].url)
        dead = Builder(name="dead", url="http://127.0.0.1:9")
        options = FanOutOptions(timeout_s=TIMEOUT_S)
        fan = FanOut(FakeRelay(), [dead, alive], IDENTITY, options)
        fan.send_all([RAW], 17)
        stubs[0].wait_for(1)
        fan.close()


def test_after_five_failures_a_builder_is_left_alone(street: Street) -> None:
    street.stubs[0].answering = Answering(status=500)
    for count in range(1, 8):
        street.fan.send_all([RAW], 17)
        street.wait_for_answers(4 * count)
    assert [one.verdict for one in street.of("builder 0")] == [
        *[Verdict.UNKNOWN] * 5,
        *[Verdict.LEFT_ALONE] * 2,
    ]
    assert len(street.stubs[0].heard) == 5


def test_a_builder_that_asks_to_wait_is_left_alone_at_once(street: Street) -> None:
    street.stubs[0].answering = Answering(status=429, headers={"Retry-After": "60"})
    for count in range(1, 4):
        street.fan.send_all([RAW], 17)
        street.wait_for_answers(4 * count)
    assert [one.verdict for one in street.of("builder 0")] == [
        Verdict.UNAVAILABLE,
        *[Verdict.LEFT_ALONE] * 2,
    ]


def letter(dialect: Dialect, **changes: Any) -> dict[str, Any]:
    order = BundleOrder(
        transactions=(RAW,),
        target_block=17,
        replacement_uuid=UUID,
        refund_percent=90,
        builders=("Titan",),
    )
    order = msgspec.structs.replace(order, **changes)
    written = letter_of(order, dialect, IDENTITY, "a token")
    return {**json.loads(written.body), "headers": written.headers}


def test_a_form_gets_the_fields_that_it_knows_and_no_other() -> None:
    plain = letter(Dialect())["params"][0]
    assert set(plain) == {"txs", "blockNumber", "replacementUuid"}
    refunding = letter(Dialect(refunds=True, multiplexes=True, id_field="uuid"))["params"][0]
    assert set(refunding) == {"txs", "blockNumber", "uuid", "refundPercent", "builders"}


def test_bloxroute_wants_no_prefix_and_a_token() -> None:
    dialect = next(one.dialect for one in BUILDERS if one.name == "bloXroute")
    told = letter(dialect)
    assert told["method"] == "blxr_submit_bundle"
    assert told["params"]["transaction"] == [RAW.hex()]
    assert told["headers"]["Authorization"] == "a token"


@pytest.mark.parametrize(
    ("cancel", "check"),
    [
        (Cancel.METHOD, lambda told: told["method"] == "eth_cancelBundle"),
        (Cancel.EMPTY, lambda told: told["params"][0]["txs"] == []),
    ],
)
def test_a_bundle_is_taken_back_in_the_builders_own_way(
    cancel: Cancel, check: Callable[[dict[str, Any]], bool]
) -> None:
    found = cancel_letter_of(UUID, 17, Dialect(cancel=cancel), IDENTITY)
    assert found is not None
    told = json.loads(found.body)
    assert check(told)
    assert told["params"][0]["replacementUuid"] == UUID


def test_where_nothing_takes_it_back_nothing_is_sent() -> None:
    assert cancel_letter_of(UUID, 17, Dialect(cancel=Cancel.NONE), IDENTITY) is None


def test_every_builder_of_the_table_can_be_written_to() -> None:
    assert len({one.name for one in BUILDERS}) == len(BUILDERS)
    for builder in BUILDERS:
        assert builder.url.startswith("https://")
        assert letter(builder.dialect)["jsonrpc"] == "2.0"

"""For how long a relay is left alone by what it says itself, whatever it says."""

import time
from collections.abc import Iterator
from email.utils import formatdate

import pytest
from support.builder_stubs import Answering, BuilderStub, builder_stubs

from bot.domain.errors import RelayUnavailable
from bot.execution.builder_line import BuilderAnswer, BuilderLine, Verdict
from bot.execution.bundle_letters import Letter
from bot.execution.letter_delivery import LetterDelivery
from bot.execution.relay_transport import RelayTransport

LETTER = Letter(body=b'{"id":1}', headers={})
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def stub() -> Iterator[BuilderStub]:
    with builder_stubs(1) as (found,):
        yield found


def asked_to_wait(stub: BuilderStub, said: str) -> float | None:
    stub.answering = Answering(status=429, headers={"Retry-After": said})
    way = RelayTransport(stub.url, timeout_s=PATIENCE_S)
    with pytest.raises(RelayUnavailable) as found:
        way.post(LETTER.body, LETTER.headers)
    way.close()
    return found.value.retry_after_s


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("86400", 3_600.0),
        ("1" * 400, 3_600.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3_600.0),
    ],
)
def test_seconds_or_a_date_are_kept_to_for_an_hour_at_most(
    stub: BuilderStub, said: str, wait_s: float
) -> None:
    assert asked_to_wait(stub, said) == wait_s


def test_a_date_is_as_far_as_this_clock_says(stub: BuilderStub) -> None:
    found = asked_to_wait(stub, formatdate(time.time() + 600, usegmt=True))
    assert found is not None
    assert 560 < found <= 600


@pytest.mark.parametrize("said", ["inf", "nan", "1e400", "-3", "soon", "Mon, 99 Foo", "x" * 500])
def test_nonsense_asks_for_nothing_and_the_line_lives_on(stub: BuilderStub, said: str) -> None:
    assert asked_to_wait(stub, said) is None
    way = RelayTransport(stub.url, timeout_s=PATIENCE_S)
    line, told = BuilderLine("one"), list[BuilderAnswer]()
    for answering in (stub.answering, Answering()):
        stub.answering = answering
        line.post(LetterDelivery(way, LETTER), told.append)
        line.wake()
        deadline = time.monotonic() + PATIENCE_S
        while len(told) < 1 + (answering.status == 200) and time.monotonic() < deadline:
            time.sleep(0.001)
    assert [one.verdict for one in told] == [Verdict.UNAVAILABLE, Verdict.ACCEPTED]
    line.close()
    way.close()

"""A letter leaves at once where a connection is ready, and connections are ready."""

import time
from collections.abc import Iterator

import pytest
from eth_account import Account
from fakes.bundle_relay import FakeRelay
from support.builder_stubs import BuilderStub, builder_stubs

from bot.chain.http import HttpPoster
from bot.domain.builders import Builder, Dialect
from bot.execution import builder_line
from bot.execution.builder_line import BuilderAnswer, BuilderLine, Verdict
from bot.execution.bundle_letters import BundleOrder, Identity, Letter, letter_of
from bot.execution.fan_out import FanOut, FanOutOptions
from bot.execution.letter_delivery import LetterDelivery
from bot.execution.relay_transport import RelayTransport

IDENTITY = Identity(Account.from_key("0x" + "44" * 32))
RAW = bytes.fromhex("02f86b01")


@pytest.fixture
def stub() -> Iterator[BuilderStub]:
    with builder_stubs(1) as (found,):
        yield found


def letter() -> Letter:
    return letter_of(BundleOrder(transactions=(RAW,), target_block=9), Dialect(), IDENTITY)


def eventually(found: object, wanted: object) -> None:
    deadline = time.monotonic() + 5
    while callable(found) and found() != wanted:
        assert time.monotonic() < deadline, found()
        time.sleep(0.005)


def test_a_posted_letter_is_there_before_its_line_wakes_up(stub: BuilderStub) -> None:
    way = RelayTransport(stub.url, timeout_s=1.0)
    way.connect()
    line, told = BuilderLine("one"), list[BuilderAnswer]()
    line.post(LetterDelivery(way, letter()), told.append)
    stub.wait_for(1)
    assert told == []
    line.wake()
    eventually(lambda: [one.verdict for one in told], [Verdict.ACCEPTED])
    line.close()
    way.close()


def test_a_letter_goes_without_a_connection_too_once_its_line_wakes_up(stub: BuilderStub) -> None:
    way = RelayTransport(stub.url, timeout_s=1.0)
    line, told = BuilderLine("one"), list[BuilderAnswer]()
    line.post(LetterDelivery(way, letter()), told.append)
    assert stub.heard == []
    line.wake()
    eventually(lambda: [one.verdict for one in told], [Verdict.ACCEPTED])
    line.close()
    way.close()


def test_a_connection_is_there_before_the_first_letter_and_after_it_was_cut(
    stub: BuilderStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder_line, "_LOOK_AGAIN_S", 0.05)
    made: list[int] = []
    poster = HttpPoster(stub.url, timeout_s=1.0)

    def connect() -> None:
        poster.connect()
        made.append(len(poster._idle))

    line = BuilderLine("one", connect)
    eventually(lambda: len(made) >= 2, wanted=True)
    assert set(made) == {1}, "one connection, looked at and kept"
    poster.close()  # as if the other side had
    before = len(made)
    eventually(lambda: len(made) > before, wanted=True)
    posted = poster.begin_kept(letter().body)
    assert posted is not None
    with posted:
        assert posted.answer().status == 200
    line.close()
    poster.close()


def test_what_cannot_be_sent_at_once_is_left_to_the_line(stub: BuilderStub) -> None:
    poster = HttpPoster(stub.url, timeout_s=1.0)
    assert poster.begin_kept(b"{}") is None, "there is no connection yet"
    poster.connect()
    with pytest.raises(OSError, match="could be sent at once"):
        poster.begin_kept(b"x" * 50_000_000)
    assert poster.begin_kept(b"{}") is None, "half a letter's connection is not used again"
    poster.close()


def test_a_line_that_is_closed_leaves_no_connection_behind(stub: BuilderStub) -> None:
    way = RelayTransport(stub.url, timeout_s=1.0)
    way.connect()
    line, told = BuilderLine("one"), list[BuilderAnswer]()
    delivery = LetterDelivery(way, letter())
    line.post(delivery, told.append)
    line.close()
    eventually(line._thread.is_alive, wanted=False)
    assert delivery._posted is not None
    assert delivery._posted._connection.fileno() == -1
    assert told == []
    way.close()


def test_two_builders_of_one_form_get_their_own_tokens() -> None:
    with builder_stubs(2) as stubs:
        form = Dialect(authorized=True)
        builders = [
            Builder(name=f"b{n}", url=stub.url, dialect=form) for n, stub in enumerate(stubs)
        ]
        options = FanOutOptions(timeout_s=1.0, tokens={"b0": "first", "b1": "second"})
        fan = FanOut(FakeRelay(), builders, IDENTITY, options)
        fan.send_all([RAW], 9)
        for stub in stubs:
            stub.wait_for(1)
        assert [stub.heard[0][2]["Authorization"] for stub in stubs] == ["first", "second"]
        fan.close()

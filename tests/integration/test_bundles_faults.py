"""Every way a relay can fail, and which error the bot must get for it."""

import time
import uuid

import pytest
from eth_account import Account
from relay_world import RelayWorld, count_call, transfer

from bot.domain.errors import (
    HaltError,
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RetryableError,
    SimulationFailed,
)
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.relay_options import FaultKind, Faults

pytestmark = pytest.mark.anvil

MEANING = {
    FaultKind.BAD_REQUEST: RelayRefused,
    FaultKind.ERROR_OBJECT: RelayRefused,
    FaultKind.EMPTY: OutcomeUnknown,
    FaultKind.HUGE: OutcomeUnknown,
    FaultKind.SLOW: OutcomeUnknown,
    FaultKind.DOWN: OutcomeUnknown,
    FaultKind.INTERNAL_ERROR: OutcomeUnknown,
    FaultKind.UNAVAILABLE: RelayUnavailable,
    FaultKind.TOO_MANY_REQUESTS: RelayUnavailable,
    FaultKind.SIGNATURE_REFUSED: RelayRefused,
    FaultKind.ERROR_TEXT: RelayRefused,
    FaultKind.HTML: OutcomeUnknown,
    FaultKind.HANG: OutcomeUnknown,
    FaultKind.CLOSE: OutcomeUnknown,
    FaultKind.WRONG_ID: OutcomeUnknown,
    FaultKind.NULL_RESULT: OutcomeUnknown,
}
UNKNOWN = [kind for kind, error in MEANING.items() if error is OutcomeUnknown]


def test_every_fault_has_a_meaning() -> None:
    assert {*MEANING, FaultKind.DUPLICATE} == set(FaultKind)


@pytest.mark.parametrize("kind", MEANING)
def test_a_fault_on_sending_has_its_error(relay_world: RelayWorld, kind: FaultKind) -> None:
    relay = relay_world.sender(timeout_s=1.0)
    relay_world.relay.misbehave(Faults(kind=kind))

    with pytest.raises(MEANING[kind]) as raised:
        relay.send(transfer(relay_world.account(), 0), relay_world.head() + 1)

    assert relay_world.relay.url in str(raised.value)


@pytest.mark.parametrize("kind", UNKNOWN)
def test_an_unknown_outcome_may_be_an_inclusion(relay_world: RelayWorld, kind: FaultKind) -> None:
    target, raw = relay_world.head() + 1, transfer(relay_world.account(), 0)
    relay_world.relay.misbehave(Faults(kind=kind, takes_first=True))

    with pytest.raises(OutcomeUnknown):
        relay_world.sender(timeout_s=1.0).send(raw, target)
    relay_world.relay.build()

    assert len(relay_world.block(target)) == 1


@pytest.mark.parametrize("kind", [FaultKind.UNAVAILABLE, FaultKind.SIGNATURE_REFUSED])
def test_a_refusal_leaves_nothing_behind(relay_world: RelayWorld, kind: FaultKind) -> None:
    relay_world.relay.misbehave(Faults(kind=kind, times=1))
    relay = relay_world.sender()

    with pytest.raises((RetryableError, HaltError)):
        relay.send(transfer(relay_world.account(), 0), relay_world.head() + 1)

    assert relay_world.relay.build().transactions == 0


def test_a_fault_is_hit_once_because_nothing_is_retried(relay_world: RelayWorld) -> None:
    relay, account = relay_world.sender(), relay_world.account()
    target = relay_world.head() + 1
    relay_world.relay.misbehave(Faults(kind=FaultKind.CLOSE, times=1))

    with pytest.raises(OutcomeUnknown):
        relay.send(transfer(account, 0), target)

    assert relay_world.relay.build().transactions == 0, "a silent second attempt would land"


def test_an_answer_that_comes_twice_is_read_once(relay_world: RelayWorld) -> None:
    relay, target = relay_world.sender(timeout_s=1.0), relay_world.head() + 1
    relay_world.relay.misbehave(Faults(kind=FaultKind.DUPLICATE))

    raws = [transfer(relay_world.account(), 0) for _ in range(2)]
    receipts = [relay.send(raws[0], target)]
    time.sleep(0.5)  # the second answer comes when nobody waits for one
    receipts.append(relay.send(raws[1], target))

    assert len({receipt.bundle_hash for receipt in receipts}) == 2
    assert relay_world.relay.build().transactions == 2


def test_no_wait_is_told_where_none_is_asked_for(relay_world: RelayWorld) -> None:
    relay_world.relay.misbehave(Faults(kind=FaultKind.TOO_MANY_REQUESTS, retry_after_s=0))

    with pytest.raises(RelayUnavailable) as raised:
        relay_world.sender().send(transfer(relay_world.account(), 0), relay_world.head() + 1)

    assert raised.value.retry_after_s is None


def test_a_hang_ends_at_the_deadline(relay_world: RelayWorld) -> None:
    relay = relay_world.sender(timeout_s=0.5)
    relay_world.relay.misbehave(Faults(kind=FaultKind.HANG))
    started = time.monotonic()

    with pytest.raises(OutcomeUnknown):
        relay.send(transfer(relay_world.account(), 0), relay_world.head() + 1)

    assert 0.4 < time.monotonic() - started < 1.5


def test_the_wait_a_relay_asks_for_is_told(relay_world: RelayWorld) -> None:
    relay_world.relay.misbehave(Faults(kind=FaultKind.TOO_MANY_REQUESTS, retry_after_s=7))

    with pytest.raises(RelayUnavailable, match="retry after 7 s"):
        relay_world.sender().send(transfer(relay_world.account(), 0), relay_world.head() + 1)


def test_a_limit_is_a_refusal(relay_world: RelayWorld) -> None:
    with pytest.raises(RelayRefused, match="limit is 300000"):
        relay_world.sender().send(
            transfer(relay_world.account(), 0, data="0x" + "00" * 300_000), relay_world.head() + 1
        )


def test_a_bad_replacement_id_is_a_refusal(relay_world: RelayWorld) -> None:
    with pytest.raises(RelayRefused, match="UUIDv4"):
        relay_world.sender().send(transfer(relay_world.account(), 0), 1, "opportunity 1")


def test_a_simulation_tells_gas_payment_and_the_state_it_used(relay_world: RelayWorld) -> None:
    counter, head = relay_world.counter(), relay_world.head()
    raw = count_call(relay_world.account(), 0, counter, 0, value=10**12)
    simulation = relay_world.sender().simulate(raw, head + 1)
    receipt = relay_world.sender().send(raw, head + 1)
    relay_world.relay.build()
    outcome = relay_world.fate_of(receipt.bundle_hash)

    assert outcome.fate is Fate.INCLUDED
    assert simulation.error is None
    assert simulation.state_block == head
    assert simulation.gas_used == outcome.gas_used
    assert simulation.coinbase_payment == outcome.coinbase_payment_wei
    assert simulation.bundle_hash == receipt.bundle_hash


def test_a_simulation_tells_why_it_reverts(relay_world: RelayWorld) -> None:
    raw = count_call(relay_world.account(), 0, relay_world.counter(), 5)

    assert relay_world.sender().simulate(raw, relay_world.head() + 1).error == "stale"


def test_a_simulation_of_an_old_state_sees_the_old_state(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    head = relay_world.head()
    relay_world.sender().send(raw, head + 1)
    relay_world.relay.build()
    relay = relay_world.sender()

    assert relay.simulate(raw, head + 1, state_block=head, timestamp_s=2_000_000_000).error is None
    with pytest.raises(SimulationFailed, match="nonce too low"):
        relay.simulate(raw, head + 2)


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_simulation_without_answer_changed_nothing(
    relay_world: RelayWorld, kind: FaultKind
) -> None:
    relay = relay_world.sender(timeout_s=1.0)
    relay_world.relay.misbehave(Faults(kind=kind))

    with pytest.raises(RelayUnavailable):
        relay.simulate(transfer(relay_world.account(), 0), relay_world.head() + 1)


def test_a_lost_answer_to_a_cancellation_is_unknown(relay_world: RelayWorld) -> None:
    relay_world.relay.misbehave(Faults(kind=FaultKind.INTERNAL_ERROR))

    with pytest.raises(OutcomeUnknown):
        relay_world.sender(Account.create()).cancel(str(uuid.uuid4()))

"""Private transactions at the local relay: held for some blocks, seen by nobody else."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from flashbots import flashbot
from relay_world import RelayWorld, bundle_hash, count_call, transfer, tx_hash
from web3 import HTTPProvider, Web3

from bot.domain.errors import OutcomeUnknown, RelayRefused
from bot.execution.bundle_letters import Identity
from bot.execution.private_options import PrivateOptions
from bot.execution.private_sender import PrivateRelay
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.relay_options import FaultKind, Faults

pytestmark = pytest.mark.anvil


@pytest.fixture
def identity() -> LocalAccount:
    return Account.create()


@pytest.fixture
def line(relay_world: RelayWorld, identity: LocalAccount) -> PrivateRelay:
    return PrivateRelay(relay_world.relay.url, Identity(identity), PrivateOptions(), timeout_s=20.0)


def fates(world: RelayWorld, raw: bytes) -> list[Fate]:
    return [one.fate for one in world.relay.outcomes() if one.bundle_hash == bundle_hash(raw)]


def is_public(world: RelayWorld, raw: bytes) -> bool:
    found: dict[str, Any] | None = world.rpc.call("eth_getTransactionByHash", tx_hash(raw))
    return found is not None and found["blockNumber"] is None


def test_it_lands_in_the_next_block_and_was_never_public(
    relay_world: RelayWorld, line: PrivateRelay
) -> None:
    raw, head = transfer(relay_world.account(), 0), relay_world.head()
    sent, left_at = line.send(raw, head + 1)
    assert sent == tx_hash(raw)
    assert left_at > 0
    assert not is_public(relay_world, raw)
    relay_world.relay.build()
    assert sent in relay_world.block(head + 1)
    assert fates(relay_world, raw) == [Fate.INCLUDED]


def test_it_is_tried_until_its_last_block_and_then_forgotten(
    relay_world: RelayWorld, line: PrivateRelay
) -> None:
    account, counter = relay_world.account(), relay_world.counter()
    head = relay_world.head()
    waits, never = (
        count_call(account, 0, counter, 1),
        count_call(relay_world.account(), 0, counter, 9),
    )
    line.send(waits, head + 3)
    line.send(never, head + 2)
    relay_world.relay.build()
    opener = count_call(relay_world.account(), 0, counter, 0)
    relay_world.rpc.call("eth_sendRawTransaction", "0x" + opener.hex())
    relay_world.relay.build()
    relay_world.relay.build()
    assert fates(relay_world, waits) == [Fate.REVERTED_IN_SIMULATION, Fate.INCLUDED]
    assert fates(relay_world, never) == [Fate.REVERTED_IN_SIMULATION] * 2 + [Fate.EXPIRED]
    assert relay_world.count(counter) == 2


def test_it_can_be_taken_back_by_who_sent_it_alone(
    relay_world: RelayWorld, line: PrivateRelay
) -> None:
    raw, head = transfer(relay_world.account(), 0), relay_world.head()
    line.send(raw, head + 25)
    stranger = PrivateRelay(
        relay_world.relay.url, Identity(Account.create()), PrivateOptions(), timeout_s=20.0
    )
    assert stranger.cancel(tx_hash(raw)) is False
    assert line.cancel(tx_hash(raw)) is True
    assert line.cancel(tx_hash(raw)) is False
    assert relay_world.relay.build().transactions == 0
    assert fates(relay_world, raw) == [Fate.CANCELLED]


def test_twenty_five_blocks_are_the_most_and_a_block_of_the_past_is_refused(
    relay_world: RelayWorld, line: PrivateRelay
) -> None:
    counter, head = relay_world.counter(), relay_world.head()
    stuck = count_call(relay_world.account(), 0, counter, 9)
    line.send(stuck, head + 400)
    with pytest.raises(RelayRefused, match="is over"):
        line.send(transfer(relay_world.account(), 0), head)
    for _ in range(25):
        relay_world.relay.build()
    assert fates(relay_world, stuck)[-1] is Fate.EXPIRED


def test_an_answer_for_another_transaction_leaves_it_open(
    relay_world: RelayWorld, line: PrivateRelay
) -> None:
    raw = transfer(relay_world.account(), 0)
    relay_world.relay.misbehave(Faults(kind=FaultKind.WRONG_ID))
    with pytest.raises(OutcomeUnknown):
        line.send(raw, relay_world.head() + 1)
    relay_world.relay.misbehave(Faults())
    relay_world.relay.build()
    assert fates(relay_world, raw) == [Fate.INCLUDED]


@pytest.mark.parametrize(
    "change",
    [
        {"tx": None},
        {"tx": "0x"},
        {"maxBlockNumber": "12"},
        {"preferences": {"fast": 1}},
        {"preferences": {"privacy": {"hints": ["everything"]}}},
        {"preferences": {"validity": {"refund": [{"address": "0x1", "percent": 101}]}}},
        {"blockNumber": "0x1"},
    ],
)
def test_what_is_out_of_shape_is_refused(relay_world: RelayWorld, change: dict[str, Any]) -> None:
    raw = transfer(relay_world.account(), 0)
    asked = {"tx": "0x" + raw.hex(), "maxBlockNumber": hex(relay_world.head() + 1)} | change
    status, answer = relay_world.post("eth_sendPrivateTransaction", [asked])
    assert (status, answer["error"]["code"]) == (400, -32602)


def test_the_unmodified_package_sends_waits_and_cancels(relay_world: RelayWorld) -> None:
    w3 = Web3(HTTPProvider(relay_world.node_url))
    flashbot(w3, Account.create(), relay_world.relay.url)
    lands, stays = (transfer(relay_world.account(), 0) for _ in range(2))
    sent = w3.flashbots.send_private_transaction({"signed_transaction": lands})
    w3.flashbots.send_private_transaction({"signed_transaction": stays})
    assert w3.flashbots.cancel_private_transaction(tx_hash(stays)) is True
    built = relay_world.relay.build()
    receipt = sent.receipt()
    assert receipt is not None
    assert receipt["blockNumber"] == built.number
    assert built.transactions == 1

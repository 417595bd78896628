"""What the local builder puts into blocks, and what it leaves out."""

import uuid

import pytest
from eth_account import Account
from relay_world import (
    COINBASE,
    RelayWorld,
    bundle_hash,
    count_call,
    transfer,
    tx_hash,
)

from bot.domain.units import GWEI
from bot.sandbox.bundle_pool import Fate

pytestmark = pytest.mark.anvil
_HASHES_ONLY = False


def test_a_bundle_lands_in_its_target_block_and_nowhere_before(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    target = relay_world.head() + 2
    receipt = relay_world.sender().send(raw, target)

    assert relay_world.relay.build().transactions == 0
    built = relay_world.relay.build()

    assert built.number == target
    assert relay_world.block(target) == [receipt.transaction_hash] == [tx_hash(raw)]
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.INCLUDED


def test_two_transactions_of_a_bundle_land_in_order(relay_world: RelayWorld) -> None:
    counter = relay_world.counter()
    first = count_call(relay_world.account(), 0, counter, 0)
    second = count_call(relay_world.account(), 0, counter, 1)
    target = relay_world.head() + 1

    answer = relay_world.send_raw_bundle([first, second], target)
    relay_world.relay.build()

    assert answer == {"bundleHash": bundle_hash(first, second)}
    assert relay_world.block(target) == [tx_hash(first), tx_hash(second)]
    assert relay_world.count(counter) == 2


def test_a_bundle_is_dropped_whole_when_its_second_transaction_reverts(
    relay_world: RelayWorld,
) -> None:
    counter = relay_world.counter()
    good = count_call(relay_world.account(), 0, counter, 0)
    bad = count_call(relay_world.account(), 0, counter, 99)
    relay_world.send_raw_bundle([good, bad], relay_world.head() + 1)

    assert relay_world.relay.build().transactions == 0
    outcome = relay_world.fate_of(bundle_hash(good, bad))

    assert outcome.fate is Fate.REVERTED_IN_SIMULATION
    assert outcome.reason == f"{tx_hash(bad)} reverted: stale"
    assert relay_world.count(counter) == 0
    assert relay_world.relay.build().transactions == 0, "nothing stays behind in the public pool"


def test_a_revert_that_was_allowed_does_not_drop_the_bundle(relay_world: RelayWorld) -> None:
    counter = relay_world.counter()
    good = count_call(relay_world.account(), 0, counter, 0)
    bad = count_call(relay_world.account(), 0, counter, 99)
    target = relay_world.head() + 1

    relay_world.send_raw_bundle([bad, good], target, revertingTxHashes=[tx_hash(bad)])
    relay_world.relay.build()

    assert relay_world.block(target) == [tx_hash(bad), tx_hash(good)]
    assert relay_world.fate_of(bundle_hash(bad, good)).fate is Fate.INCLUDED


@pytest.mark.parametrize(
    ("nonce", "fields", "reason"),
    [
        (1, {}, "nonce too high"),
        (0, {"maxFeePerGas": 1, "maxPriorityFeePerGas": 1}, "max fee per gas less than block base"),
        (0, {"value": 10**30}, "Insufficient funds"),
        (0, {"gas": 20_000}, "intrinsic gas"),
        (0, {"gas": 2**24 + 1}, "a transaction may have"),
        (0, {"chainId": 5}, "chain id 5"),
    ],
)
def test_an_impossible_transaction_drops_its_bundle(
    relay_world: RelayWorld, nonce: int, fields: dict, reason: str
) -> None:
    raw = transfer(relay_world.account(), nonce, **fields)
    receipt = relay_world.sender().send(raw, relay_world.head() + 1)

    assert relay_world.relay.build().transactions == 0
    outcome = relay_world.fate_of(receipt.bundle_hash)

    assert outcome.fate is Fate.INVALID
    assert reason in outcome.reason


def test_a_bundle_for_a_block_already_built_is_late(relay_world: RelayWorld) -> None:
    receipt = relay_world.sender().send(transfer(relay_world.account(), 0), relay_world.head())

    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.LATE
    assert relay_world.relay.build().transactions == 0


def test_a_bundle_whose_block_someone_else_mined_is_late(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    receipt = relay_world.sender().send(raw, relay_world.head() + 1)
    relay_world.rpc.call("evm_mine")

    assert relay_world.relay.build().transactions == 0
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.LATE


def test_a_cancelled_bundle_never_lands(relay_world: RelayWorld) -> None:
    relay, label = relay_world.sender(), str(uuid.uuid4())
    receipt = relay.send(transfer(relay_world.account(), 0), relay_world.head() + 1, label)

    assert relay.cancel(label) == (receipt.bundle_hash,)
    assert relay_world.relay.build().transactions == 0
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.CANCELLED
    assert relay.cancel(label) == (), "nothing is left to cancel"


def test_another_signer_cannot_cancel_or_replace(relay_world: RelayWorld) -> None:
    account, label, target = relay_world.account(), str(uuid.uuid4()), relay_world.head() + 1
    ours = relay_world.sender().send(transfer(account, 0), target, label)
    stranger = relay_world.sender(Account.create())

    assert stranger.cancel(label) == ()
    stranger.send(transfer(relay_world.account(), 0), target, label)
    relay_world.relay.build()

    assert relay_world.fate_of(ours.bundle_hash).fate is Fate.INCLUDED


def test_a_replacement_takes_the_place_of_the_first(relay_world: RelayWorld) -> None:
    relay, account, label = relay_world.sender(), relay_world.account(), str(uuid.uuid4())
    target = relay_world.head() + 1
    old = relay.send(transfer(account, 0, value=1), target, label)
    new = relay.send(transfer(account, 0, value=2), target, label)
    relay_world.relay.build()

    assert relay_world.fate_of(old.bundle_hash).fate is Fate.REPLACED
    assert relay_world.fate_of(new.bundle_hash).fate is Fate.INCLUDED
    assert relay_world.block(target) == [new.transaction_hash]


def test_the_better_payment_per_gas_goes_first_whoever_came_first(
    relay_world: RelayWorld,
) -> None:
    counter = relay_world.counter()
    relay, target = relay_world.sender(), relay_world.head() + 1
    poor = count_call(relay_world.account(), 0, counter, 0, maxPriorityFeePerGas=2 * GWEI)
    rich = count_call(relay_world.account(), 0, counter, 0, maxPriorityFeePerGas=3 * GWEI)
    loser, winner = relay.send(poor, target), relay.send(rich, target)

    relay_world.relay.build()

    assert relay_world.block(target) == [winner.transaction_hash]
    assert relay_world.fate_of(loser.bundle_hash).fate is Fate.REVERTED_IN_SIMULATION


def test_a_payment_to_the_coinbase_counts_like_a_fee(relay_world: RelayWorld) -> None:
    counter = relay_world.counter()
    relay, target = relay_world.sender(), relay_world.head() + 1
    by_fee = count_call(relay_world.account(), 0, counter, 0, maxPriorityFeePerGas=9 * GWEI)
    by_payment = count_call(relay_world.account(), 0, counter, 0, value=10**16)
    loser, winner = relay.send(by_fee, target), relay.send(by_payment, target)
    before = int(relay_world.rpc.call("eth_getBalance", COINBASE, "latest"), 16)

    relay_world.relay.build()
    after = int(relay_world.rpc.call("eth_getBalance", COINBASE, "latest"), 16)
    outcome = relay_world.fate_of(winner.bundle_hash)

    assert outcome.fate is Fate.INCLUDED
    assert outcome.coinbase_payment_wei == after - before > 10**16
    assert relay_world.fate_of(loser.bundle_hash).fate is Fate.REVERTED_IN_SIMULATION


def test_a_block_pays_its_builder_whomever_the_node_was_told_to_pay(
    relay_world: RelayWorld,
) -> None:
    relay_world.rpc.call("anvil_setCoinbase", "0x" + "22" * 20)
    number = relay_world.relay.build().number
    block = relay_world.rpc.call("eth_getBlockByNumber", hex(number), _HASHES_ONLY)

    assert block["miner"] == COINBASE


def test_of_two_bundles_with_one_nonce_only_the_better_lands(relay_world: RelayWorld) -> None:
    account, target = relay_world.account(), relay_world.head() + 1
    relay = relay_world.sender()
    poor = relay.send(transfer(account, 0), target)
    rich = relay.send(transfer(account, 0, maxPriorityFeePerGas=2 * GWEI), target)
    relay_world.relay.build()

    assert relay_world.block(target) == [rich.transaction_hash]
    assert relay_world.fate_of(poor.bundle_hash).fate is Fate.INVALID


def test_pending_public_transactions_come_first_and_are_seen_by_the_simulation(
    relay_world: RelayWorld,
) -> None:
    counter = relay_world.counter()
    public = count_call(relay_world.account(), 0, counter, 0)
    relay_world.rpc.call("eth_sendRawTransaction", "0x" + public.hex())
    bundled = count_call(relay_world.account(), 0, counter, 1, maxPriorityFeePerGas=9 * GWEI)
    target = relay_world.head() + 1
    receipt = relay_world.sender().send(bundled, target)
    relay_world.relay.build()

    assert relay_world.block(target) == [tx_hash(public), receipt.transaction_hash]
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.INCLUDED


def test_an_impersonated_public_transaction_is_seen_by_the_simulation(
    relay_world: RelayWorld,
) -> None:
    counter, whale = relay_world.counter(), relay_world.account().address
    relay_world.rpc.call("anvil_impersonateAccount", whale)
    call = {"from": whale, "to": counter, "input": "0x" + "00" * 32, "gas": hex(100_000)}
    public = relay_world.rpc.call("eth_sendTransaction", call)
    stale = count_call(relay_world.account(), 0, counter, 0)
    fresh = count_call(relay_world.account(), 0, counter, 1)
    target = relay_world.head() + 1
    dropped = relay_world.sender().send(stale, target)
    kept = relay_world.sender().send(fresh, target)
    relay_world.relay.build()

    assert relay_world.block(target) == [public, kept.transaction_hash]
    assert relay_world.fate_of(dropped.bundle_hash).fate is Fate.REVERTED_IN_SIMULATION


def test_a_bundle_may_not_take_the_nonce_of_a_pending_public_transaction(
    relay_world: RelayWorld,
) -> None:
    account, target = relay_world.account(), relay_world.head() + 1
    public = transfer(account, 0)
    relay_world.rpc.call("eth_sendRawTransaction", "0x" + public.hex())
    receipt = relay_world.sender().send(transfer(account, 0, value=2, maxFeePerGas=10**12), target)
    relay_world.relay.build()

    assert relay_world.block(target) == [tx_hash(public)]
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.INVALID


def test_a_bundle_outside_its_time_window_is_left_out(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    relay_world.send_raw_bundle([raw], relay_world.head() + 1, maxTimestamp=1_000_000_000)

    assert relay_world.relay.build().transactions == 0
    assert relay_world.fate_of(bundle_hash(raw)).fate is Fate.OUTSIDE_TIME_WINDOW


def test_the_simulated_bundle_is_the_mined_bundle(relay_world: RelayWorld) -> None:
    counter = relay_world.counter()
    first = count_call(relay_world.account(), 0, counter, 0, value=10**15)
    second = count_call(relay_world.account(), 0, counter, 1)
    third = count_call(relay_world.account(), 0, counter, 99)
    target = relay_world.head() + 1
    raws = [first, second, third]
    asked = {
        "txs": ["0x" + raw.hex() for raw in raws],
        "blockNumber": hex(target),
        "stateBlockNumber": "latest",
    }
    simulated = relay_world.post("eth_callBundle", [asked])[1]["result"]
    before = int(relay_world.rpc.call("eth_getBalance", COINBASE, "latest"), 16)
    relay_world.send_raw_bundle(raws, target, revertingTxHashes=[tx_hash(third)])
    relay_world.relay.build()
    after = int(relay_world.rpc.call("eth_getBalance", COINBASE, "latest"), 16)
    receipts = relay_world.rpc.call("eth_getBlockReceipts", hex(target))

    assert [one["gasUsed"] for one in simulated["results"]] == [
        int(one["gasUsed"], 16) for one in receipts
    ]
    assert ["error" in one for one in simulated["results"]] == [
        one["status"] == "0x0" for one in receipts
    ]
    assert int(simulated["coinbaseDiff"]) == after - before
    assert int(simulated["ethSentToCoinbase"]) == 10**15
    assert simulated["bundleHash"] == bundle_hash(*raws)
    assert simulated["stateBlockNumber"] == target - 1
    assert simulated["totalGasUsed"] == sum(int(one["gasUsed"], 16) for one in receipts)
    assert simulated["results"][2]["revert"] == "stale"
    assert set(simulated["results"][0]) == {
        *("coinbaseDiff", "ethSentToCoinbase", "fromAddress", "gasFees", "gasPrice", "gasUsed"),
        *("toAddress", "txHash", "value"),
    }


def test_a_bundle_larger_than_the_block_is_invalid(relay_world: RelayWorld) -> None:
    raws = [transfer(relay_world.account(), 0, gas=2**24) for _ in range(4)]
    relay_world.send_raw_bundle(raws, relay_world.head() + 1)

    assert relay_world.relay.build().transactions == 0
    assert "left in the block" in relay_world.fate_of(bundle_hash(*raws)).reason

"""The unmodified flashbots package, used as its own documentation says, against the local relay."""

import uuid

import pytest
from eth_account import Account
from flashbots import flashbot
from hexbytes import HexBytes
from relay_world import RelayWorld, transfer
from requests import HTTPError
from web3 import HTTPProvider, Web3

from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.bundle_pool import Fate
from bot.sandbox.relay import start_relay

pytestmark = pytest.mark.anvil


@pytest.fixture
def package(relay_world: RelayWorld) -> Web3:
    w3 = Web3(HTTPProvider(relay_world.node_url))
    flashbot(w3, Account.create(), relay_world.relay.url)
    return w3


def test_the_package_sends_waits_and_finds_its_receipts(
    relay_world: RelayWorld, package: Web3
) -> None:
    account, target = relay_world.account(), relay_world.head() + 1
    raws = [transfer(account, nonce) for nonce in (0, 1)]
    sent = package.flashbots.send_bundle([{"signed_transaction": raw} for raw in raws], target)
    relay_world.relay.build()
    sent.wait()

    assert [one["blockNumber"] for one in sent.receipts()] == [target, target]
    assert relay_world.fate_of(sent.bundle_hash().hex()).fate is Fate.INCLUDED


def test_the_package_simulates(relay_world: RelayWorld, package: Web3) -> None:
    raw = HexBytes(transfer(relay_world.account(), 0))
    head = relay_world.head()
    simulated = package.flashbots.simulate(
        [{"signed_transaction": raw}], block_tag=head + 1, state_block_tag=head
    )

    assert simulated["totalGasUsed"] == 21_000
    assert "error" not in simulated["results"][0]


def test_the_package_forgets_the_prefix_of_plain_bytes_in_simulations(
    relay_world: RelayWorld, package: Web3
) -> None:
    raw = transfer(relay_world.account(), 0)

    with pytest.raises(HTTPError):
        package.flashbots.call_bundle([raw], "0x1", "latest", 1)


def test_the_package_cancels(relay_world: RelayWorld, package: Web3) -> None:
    raw, label = transfer(relay_world.account(), 0), str(uuid.uuid4())
    target = relay_world.head() + 1
    sent = package.flashbots.send_bundle(
        [{"signed_transaction": raw}], target, opts={"replacementUuid": label}
    )
    cancelled = package.flashbots.cancel_bundles(label)

    assert cancelled == {"bundleHashes": [sent.bundle_hash().hex()]}
    assert relay_world.relay.build().transactions == 0


def test_the_relay_builds_on_a_fork_too(bare_chain: Anvil) -> None:
    options = AnvilOptions(fork_url=bare_chain.url, no_mining=True, order_fifo=True)
    with Anvil(options) as fork, start_relay(fork.url) as relay:
        world = RelayWorld(fork.url, relay)
        raw, target = transfer(world.account(), 0), world.head() + 1
        public = transfer(world.account(), 0)
        world.rpc.call("eth_sendRawTransaction", "0x" + public.hex())
        simulation = world.sender().simulate(raw, target)
        receipt = world.sender().send(raw, target)
        built = relay.build()
        outcome = world.fate_of(receipt.bundle_hash)

    assert simulation.gas_used == outcome.gas_used == 21_000
    assert (built.number, built.transactions) == (target, 2)
    assert outcome.fate is Fate.INCLUDED

"""Public transactions that arrive while the builder is at work never tear a bundle apart."""

import threading
from typing import Any

import pytest
from eth_account import Account
from relay_world import COINBASE, RelayWorld, count_call, transfer, tx_hash

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.sandbox.block_builder import BlockBuilder
from bot.sandbox.bundle_pool import Bundle, Fate
from bot.sandbox.bundle_requests import bundle_hash
from bot.sandbox.raw_transactions import decode_transaction

pytestmark = pytest.mark.anvil


class MeddledNode(RpcClient):
    """The real node, with a stranger's transaction sent just before ours of number `at` is."""

    def __init__(self, url: str, strangers: list[bytes], at: int) -> None:
        super().__init__(url)
        self.strangers, self.at, self.sent = strangers, at, 0
        self.broken: dict[str, Exception] = {}

    def call(self, method: str, *params: Any) -> Any:
        if method in self.broken:
            raise self.broken.pop(method)
        if method == "eth_sendRawTransaction":
            self.sent += 1
            if self.sent > self.at and self.strangers:
                super().call(method, "0x" + self.strangers.pop().hex())
        return super().call(method, *params)


def builder_on(
    world: RelayWorld, strangers: list[bytes], at: int = 0
) -> tuple[BlockBuilder, MeddledNode]:
    node = MeddledNode(world.node_url, strangers, at)
    builder = BlockBuilder(node, coinbase=COINBASE)
    builder.prepare()
    return builder, node


def bundle_of(raws: list[bytes], block: int) -> Bundle:
    transactions = tuple(decode_transaction(raw) for raw in raws)
    return Bundle(
        bundle_hash=bundle_hash(transactions),
        signer=Account.create().address.lower(),
        target_block=block,
        transactions=transactions,
    )


def test_a_stranger_that_slips_in_first_makes_the_bundle_simulate_again(
    relay_world: RelayWorld,
) -> None:
    counter = relay_world.counter()
    stranger = count_call(relay_world.account(), 0, counter, 0)
    ours = count_call(relay_world.account(), 0, counter, 0)
    builder, _ = builder_on(relay_world, [stranger])
    target = relay_world.head() + 1

    built = builder.build([bundle_of([ours], target)])

    assert [one.fate for one in built.outcomes] == [Fate.REVERTED_IN_SIMULATION]
    assert relay_world.block(target) == [tx_hash(stranger)]


def test_a_stranger_between_two_transactions_of_a_bundle_is_moved_before_it(
    relay_world: RelayWorld,
) -> None:
    raws = [transfer(relay_world.account(), 0) for _ in range(2)]
    stranger = transfer(relay_world.account(), 0)
    builder, _ = builder_on(relay_world, [stranger], at=1)
    target = relay_world.head() + 1

    built = builder.build([bundle_of(raws, target)])

    assert [one.fate for one in built.outcomes] == [Fate.INCLUDED]
    assert relay_world.block(target) == [tx_hash(stranger), *map(tx_hash, raws)]


def test_a_bundle_that_loses_every_race_is_left_out_whole(relay_world: RelayWorld) -> None:
    crowd = [transfer(relay_world.account(), 0) for _ in range(40)]
    ours = transfer(relay_world.account(), 0)
    builder, _ = builder_on(relay_world, crowd)
    target = relay_world.head() + 1

    built = builder.build([bundle_of([ours], target)])

    assert [one.fate for one in built.outcomes] == [Fate.RACE_LOST]
    assert tx_hash(ours) not in relay_world.block(target)
    assert relay_world.relay.build().transactions == 0, "it was taken back from the public pool"


def test_what_the_node_refuses_does_not_hold_up_the_other_bundles(
    relay_world: RelayWorld,
) -> None:
    refused, kept = (transfer(relay_world.account(), 0) for _ in range(2))
    builder, node = builder_on(relay_world, [])
    node.broken["eth_sendRawTransaction"] = NodeRefused("eth_sendRawTransaction", -32003, "no")
    target = relay_world.head() + 1

    built = builder.build([bundle_of([refused], target), bundle_of([kept], target)])

    assert [one.fate for one in built.outcomes] == [Fate.INVALID, Fate.INCLUDED]
    assert relay_world.block(target) == [tx_hash(kept)]


@pytest.mark.parametrize("method", ["evm_mine", "eth_sendRawTransaction"])
def test_a_node_that_fails_midway_keeps_no_bundle_transaction(
    relay_world: RelayWorld, method: str
) -> None:
    raw = transfer(relay_world.account(), 0)
    builder, node = builder_on(relay_world, [])
    node.broken[method] = NodeUnreachable(relay_world.node_url, "went away")
    target = relay_world.head() + 1

    with pytest.raises(NodeUnreachable):
        builder.build([bundle_of([raw], target)])

    assert relay_world.head() == target - 1
    assert relay_world.relay.build().transactions == 0


def test_a_flood_of_public_transactions_never_breaks_a_bundle(relay_world: RelayWorld) -> None:
    flood = [transfer(relay_world.account(), nonce) for nonce in [0] * 400]
    stop = threading.Event()

    def pour() -> None:
        rpc = RpcClient(relay_world.node_url)
        for one in flood:
            if stop.wait(0.002):
                return
            rpc.call("eth_sendRawTransaction", "0x" + one.hex())

    pourer = threading.Thread(target=pour)
    pourer.start()
    hashes = []
    try:
        for _ in range(20):
            raws = [transfer(relay_world.account(), 0) for _ in range(3)]
            hashes.append(relay_world.send_raw_bundle(raws, relay_world.head() + 1)["bundleHash"])
            relay_world.relay.build()
    finally:
        stop.set()
        pourer.join()
    fates = {relay_world.fate_of(one).fate for one in hashes}
    calm = transfer(relay_world.account(), 0)
    receipt = relay_world.sender().send(calm, relay_world.head() + 1)
    relay_world.relay.build()

    assert fates <= {Fate.INCLUDED, Fate.RACE_LOST}
    assert relay_world.fate_of(receipt.bundle_hash).fate is Fate.INCLUDED

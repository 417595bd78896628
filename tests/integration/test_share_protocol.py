"""MEV-Share at the local relay: who is told what, and what lands behind whom."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak
from relay_world import RelayWorld, count_call, transfer, tx_hash

from bot.domain.errors import SimulationFailed
from bot.domain.units import GWEI
from bot.execution.bundle_letters import Identity
from bot.execution.mev_share_letters import Backrun
from bot.execution.mev_share_options import MevShareOptions
from bot.execution.mev_share_relay import MevShareRelay
from bot.execution.private_options import PrivateOptions
from bot.execution.private_sender import PrivateRelay
from bot.sandbox.bundle_pool import Fate

pytestmark = pytest.mark.anvil


def hint_hash(raw: bytes) -> str:
    return "0x" + keccak(keccak(raw)).hex()


class Share:
    """A user with a private transaction, and a searcher behind it."""

    def __init__(self, world: RelayWorld) -> None:
        self.world, self.counter = world, world.counter()
        self.identity: LocalAccount = Account.create()
        self.user = count_call(world.account(), 0, self.counter, 0)
        self._users = PrivateRelay(
            world.relay.url, Identity(Account.create()), PrivateOptions(), timeout_s=30.0
        )
        self.searcher = MevShareRelay(world.relay.url, Identity(self.identity), MevShareOptions())

    def send_user(self, blocks: int = 1) -> None:
        self._users.send(self.user, self.world.head() + blocks)

    def cancel_user(self) -> None:
        assert self._users.cancel(tx_hash(self.user))

    def backrun(self, expected: int = 1, blocks: int = 1, **fields: Any) -> tuple[bytes, Backrun]:
        raw = count_call(self.world.account(), 0, self.counter, expected, **fields)
        head = self.world.head()
        backrun = Backrun(
            behind=hint_hash(self.user), transaction=raw, block=head + 1, last_block=head + blocks
        )
        return raw, backrun

    def fates(self, raw: bytes) -> list[Fate]:
        found = self.world.relay.outcomes()
        return [one.fate for one in found if tx_hash(raw) in one.transaction_hashes]


@pytest.fixture
def share(relay_world: RelayWorld) -> Share:
    return Share(relay_world)


def test_both_land_next_to_each_other_in_either_order_of_arrival(share: Share) -> None:
    raw, backrun = share.backrun()
    receipt = share.searcher.send(backrun)
    share.send_user()
    built = share.world.relay.build()
    assert share.world.block(built.number) == [tx_hash(share.user), tx_hash(raw)]
    assert share.world.fate_of(receipt.bundle_hash).fate is Fate.INCLUDED
    assert share.fates(share.user) == [Fate.INCLUDED]


def test_where_the_user_takes_it_back_the_backrun_ends_unused(share: Share) -> None:
    share.send_user()
    raw, backrun = share.backrun(blocks=2)
    share.searcher.send(backrun)
    share.cancel_user()
    assert share.world.relay.build().transactions == 0
    assert share.world.relay.build().transactions == 0
    assert share.fates(raw) == [Fate.EXPIRED]


def test_a_backrun_that_reverts_leaves_the_user_alone(share: Share) -> None:
    share.send_user()
    raw, backrun = share.backrun(expected=7)
    share.searcher.send(backrun)
    built = share.world.relay.build()
    assert share.world.block(built.number) == [tx_hash(share.user)]
    assert share.fates(raw) == [Fate.REVERTED_IN_SIMULATION, Fate.EXPIRED]


def test_of_two_behind_one_user_the_better_paying_lands(share: Share) -> None:
    share.send_user()
    cheap, one = share.backrun()
    dear, other = share.backrun(maxPriorityFeePerGas=7 * GWEI)
    share.searcher.send(one)
    share.searcher.send(other)
    built = share.world.relay.build()
    assert share.world.block(built.number) == [tx_hash(share.user), tx_hash(dear)]
    assert share.fates(cheap)[0] is Fate.INVALID


def test_the_relay_runs_both_before_they_land(share: Share) -> None:
    _, good = share.backrun()
    _, bad = share.backrun(expected=7)
    with pytest.raises(SimulationFailed, match="no such transaction"):
        share.searcher.simulate(good)
    share.send_user()
    share.searcher.simulate(good)
    with pytest.raises(SimulationFailed, match="tx failed"):
        share.searcher.simulate(bad)


def test_the_documented_request_is_taken(relay_world: RelayWorld) -> None:
    raw = transfer(relay_world.account(), 0)
    asked = {
        "version": "v0.1",
        "inclusion": {"block": "0x8b8da8", "maxBlock": "0x8b8dab"},
        "body": [{"hash": "0x" + "24" * 32}, {"tx": "0x" + raw.hex(), "canRevert": False}],
        "validity": {"refund": [], "refundConfig": []},
    }
    status, answer = relay_world.post("mev_sendBundle", [asked])
    assert status == 200
    assert answer["result"]["bundleHash"].startswith("0x")


@pytest.mark.parametrize(
    "change",
    [
        {"version": "beta-1"},
        {"inclusion": {"block": "0x5", "maxBlock": "0x4"}},
        {"inclusion": {"block": 5}},
        {"body": []},
        {"body": [{"hash": "0x" + "24" * 32}]},
        {"body": [{"hash": "0x24"}, {"tx": "0x02f8", "canRevert": False}]},
        {"validity": {"refund": [{"bodyIdx": 1, "percent": 10}]}},
        {"validity": {"refund": [{"bodyIdx": 0, "percent": 101}]}},
        {"privacy": {"hints": ["logs"]}},
        {"more": 1},
    ],
)
def test_what_is_out_of_shape_is_refused(relay_world: RelayWorld, change: dict[str, Any]) -> None:
    raw = transfer(relay_world.account(), 0)
    asked = {
        "version": "v0.1",
        "inclusion": {"block": "0x8b8da8"},
        "body": [{"hash": "0x" + "24" * 32}, {"tx": "0x" + raw.hex(), "canRevert": False}],
    }
    status, answer = relay_world.post("mev_sendBundle", [asked | change])
    assert (status, answer["error"]["code"]) == (400, -32602)


def test_two_transactions_behind_a_hash_are_one_too_many(relay_world: RelayWorld) -> None:
    one = {"tx": "0x" + transfer(relay_world.account(), 0).hex(), "canRevert": False}
    asked = {
        "version": "v0.1",
        "inclusion": {"block": "0x8b8da8"},
        "body": [{"hash": "0x" + "24" * 32}, one, one],
    }
    assert relay_world.post("mev_sendBundle", [asked])[0] == 400

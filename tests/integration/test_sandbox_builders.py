"""Several builders beside the local relay: each slot is one's, with what that one was sent."""

import uuid
from collections import Counter
from collections.abc import Iterator

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from relay_world import RelayWorld, count_call, transfer

from bot.domain.builders import BUILDERS, Builder, Cancel, Dialect
from bot.domain.errors import RelayRefused
from bot.domain.units import BPS, Bps, Wei
from bot.execution.bundle_letters import BundleOrder, Identity, cancel_letter_of, letter_of
from bot.execution.relay_transport import RelayTransport
from bot.sandbox.anvil import Anvil
from bot.sandbox.bundle_pool import BundleOutcome, Fate
from bot.sandbox.relay import start_relay
from bot.sandbox.relay_options import RELAY_NAME, BuilderOptions, FaultKind, Faults, RelayOptions
from bot.sandbox.rivals import Gap, Rival, TipPolicy
from bot.sandbox.slot_auction import coinbase_of

pytestmark = pytest.mark.anvil

IDENTITY = Identity(Account.from_key("0x" + "22" * 32))
ETHER = Wei(10**18)
OTHERS = {one.name: one.dialect for one in BUILDERS if one.name != RELAY_NAME}
OPTIONS = RelayOptions(
    share=1.0,
    builders=tuple(BuilderOptions(name=name, dialect=said) for name, said in OTHERS.items()),
)


class Town:
    """A relay among all builders of the table."""

    def __init__(self, world: RelayWorld) -> None:
        self.world, self.relay = world, world.relay

    def builder(self, name: str) -> Builder:
        return Builder(name=name, url=self.relay.builder_url(name), dialect=OTHERS[name])

    def send(self, name: str, raw: bytes, target: int, label: str | None = None) -> object:
        order = BundleOrder(transactions=(raw,), target_block=target, replacement_uuid=label)
        letter = letter_of(order, OTHERS[name], IDENTITY, "a token")
        return self.post(name, letter.body, dict(letter.headers))

    def post(self, name: str, body: bytes, headers: dict[str, str]) -> object:
        way = RelayTransport(self.relay.builder_url(name), timeout_s=5.0)
        try:
            return way.post(body, headers)
        finally:
            way.close()

    def only(self, *names: str) -> None:
        """Let nobody but these take part in the draw."""
        for name in (RELAY_NAME, *OTHERS):
            fault = Faults() if name in names else Faults(kind=FaultKind.DOWN)
            self.relay.misbehave(fault, name)

    def ends(self, builder: str, since: int = 0) -> list[BundleOutcome]:
        return [one for one in self.relay.outcomes(since) if one.builder == builder]


@pytest.fixture(scope="module")
def shared_town(bare_chain: Anvil) -> Iterator[Town]:
    with start_relay(bare_chain.url, OPTIONS) as relay:
        yield Town(RelayWorld(bare_chain.url, relay))


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    yield shared_town
    shared_town.only(RELAY_NAME, *OTHERS)
    shared_town.relay.build()


@pytest.mark.parametrize("name", OTHERS)
def test_every_builder_of_the_table_lands_what_it_was_sent_in_its_own_form(
    town: Town, name: str
) -> None:
    target = town.world.head() + 1
    town.send(name, transfer(town.world.account(), 0), target)
    for other in (RELAY_NAME, *OTHERS):
        if other != name:
            town.relay.misbehave(Faults(kind=FaultKind.DOWN), other)
    before = len(town.relay.outcomes())
    built = town.relay.build()
    block = town.world.rpc.call("eth_getBlockByNumber", hex(target), False)  # noqa: FBT003
    assert (built.builder, built.transactions) == (name, 1)
    assert block["miner"].lower() == coinbase_of(name).lower()
    assert [one.fate for one in town.ends(name, before)] == [Fate.INCLUDED]


def test_a_bundle_that_the_winner_was_not_sent_does_not_land(town: Town) -> None:
    town.only("Titan", "Quasar")
    target = town.world.head() + 1
    town.send("Quasar", transfer(town.world.account(), 0), target)
    town.only("Titan")
    before = len(town.relay.outcomes())
    assert town.relay.build().transactions == 0
    (lost,) = town.ends("Quasar", before)
    assert (lost.fate, lost.reason) == (Fate.LOST_SLOT, "the slot was won by Titan")


def test_the_relay_passes_a_bundle_on_to_whom_it_names_and_to_no_other(town: Town) -> None:
    raws = [transfer(town.world.account(), 0) for _ in range(3)]
    target = town.world.head() + 1
    for raw, named in zip(raws, (["Titan"], ["titan", "nobody"], []), strict=True):
        town.world.send_raw_bundle([raw], target, builders=named)
    town.only("Titan")
    built = town.relay.build()
    assert (built.builder, built.transactions) == ("Titan", 1)


def test_slots_are_won_by_share_and_the_same_again(bare_chain: Anvil) -> None:
    shares = {"a": 3.0, "b": 1.0, "never": 0.0}
    options = RelayOptions(
        seed=5,
        share=1.0,
        builders=tuple(BuilderOptions(name=name, share=share) for name, share in shares.items()),
    )
    with start_relay(bare_chain.url, options) as relay:
        snapshot = RelayWorld(bare_chain.url, relay).rpc.call("evm_snapshot")
        won = [relay.build().builder for _ in range(100)]
        RelayWorld(bare_chain.url, relay).rpc.call("evm_revert", snapshot)
        again = [relay.build().builder for _ in range(20)]
    counted = Counter(won)
    assert won[:20] == again
    assert 45 <= counted["a"] <= 75
    assert 10 <= counted["b"] <= 32
    assert counted["never"] == 0


@pytest.mark.parametrize("name", [n for n, one in OTHERS.items() if one.cancel is not Cancel.NONE])
def test_what_is_taken_back_in_the_builders_own_way_does_not_land(town: Town, name: str) -> None:
    label, target = str(uuid.uuid4()), town.world.head() + 1
    town.send(name, transfer(town.world.account(), 0), target, label)
    letter = cancel_letter_of(label, target, OTHERS[name], IDENTITY)
    assert letter is not None
    assert town.post(name, letter.body, dict(letter.headers)) == 200
    town.only(name)
    assert town.relay.build().transactions == 0


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Titan", Dialect(prefixed=False)),
        ("Eureka", Dialect(id_field="uuid")),
        ("Eureka", Dialect(refunds=True)),
        ("bloXroute", Dialect()),
    ],
)
def test_another_builders_form_is_refused(town: Town, name: str, spoken: Dialect) -> None:
    order = BundleOrder(
        transactions=(transfer(town.world.account(), 0),),
        target_block=town.world.head() + 1,
        replacement_uuid=str(uuid.uuid4()),
        refund_percent=50,
    )
    letter = letter_of(order, spoken, IDENTITY)
    with pytest.raises(RelayRefused):
        town.post(name, letter.body, dict(letter.headers))


def test_a_builder_with_latency_has_a_bundle_too_late_for_a_block_built_meanwhile(
    bare_chain: Anvil,
) -> None:
    slow = BuilderOptions(name="slow", latency_s=0.4)
    with start_relay(bare_chain.url, RelayOptions(share=0.0, builders=(slow,))) as relay:
        world = RelayWorld(bare_chain.url, relay)
        order = BundleOrder(
            transactions=(transfer(world.account(), 0),), target_block=world.head() + 1
        )
        letter = letter_of(order, Dialect(), IDENTITY)
        way = RelayTransport(relay.builder_url("slow"), timeout_s=0.1)
        with pytest.raises(Exception, match="timed out"):
            way.post(letter.body, letter.headers)
        assert relay.build().transactions == 0


def closing(counter: str, count: int) -> Gap:
    """Return the gap of a counter that only the first who knows its count can move."""

    def close(account: LocalAccount, nonce: int, payment: Wei) -> bytes:
        return count_call(account, nonce, counter, count, value=payment)

    return Gap(value=ETHER, close=close)


def test_against_rivals_a_share_lands_as_often_as_their_policies_say(
    bare_chain: Anvil,
) -> None:
    policies = {
        "steady": TipPolicy(least_bps=Bps(3_000), most_bps=Bps(6_000)),
        "greedy": TipPolicy(least_bps=Bps(500), most_bps=Bps(2_000)),
        "rare": TipPolicy(least_bps=Bps(8_000), most_bps=Bps(9_500), there_bps=Bps(2_000)),
    }
    share, blocks, won = Bps(5_200), 60, 0
    with start_relay(bare_chain.url) as relay:
        world = RelayWorld(bare_chain.url, relay)
        reach = [Builder(name=RELAY_NAME, url=relay.url)]
        rivals = [
            Rival(world.rpc, name, policy, reach, seed=3) for name, policy in policies.items()
        ]
        us, sender, counter = world.account(), world.sender(), world.counter()
        for count in range(blocks):
            gap, target = closing(counter, count), world.head() + 1
            for rival in rivals:
                rival.compete(gap, target)
            ours = sender.send(gap.close(us, won, Wei(ETHER * share // BPS)), target)
            assert relay.build().transactions == 1, "one of them closes the gap, the others cannot"
            won += world.fate_of(ours.bundle_hash).fate is Fate.INCLUDED
            assert world.count(counter) == count + 1
        for rival in rivals:
            rival.close()
        world.rpc.close()
    expected = 1.0
    for policy in policies.values():
        expected *= policy.wins(share)
    assert won / blocks == pytest.approx(expected, abs=0.15)


def test_a_rival_in_public_comes_before_every_bundle(town: Town) -> None:
    policy = TipPolicy(least_bps=Bps(1), most_bps=Bps(1))
    rival = Rival(town.world.rpc, "loud", policy, (), seed=1)
    gap, target = closing(town.world.counter(), 0), town.world.head() + 1
    town.only(RELAY_NAME)
    bid = rival.compete(gap, target)
    ours = town.world.sender().send(gap.close(town.world.account(), 0, ETHER), target)
    assert bid is not None
    assert town.relay.build().transactions == 1
    assert town.world.fate_of(ours.bundle_hash).fate is Fate.REVERTED_IN_SIMULATION

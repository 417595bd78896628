"""Every kind of ending on a real chain with the local relay, through reorgs and restarts."""

import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fakes.tickets import PLAN
from relay_world import RelayWorld, tx_hash
from support.bundle_ground import EXECUTOR, GAS, RIVALS, TIP, lay_out, plain, public, run, trade

from bot.domain.inclusions import Ending, Parcel, SentTransaction, Standing, TipSource
from bot.domain.messages import Fate, Ticket
from bot.domain.units import Address, Raw, Wei
from bot.execution.inclusion import Accounted, InclusionAccount
from bot.history.bundle_book import BundleBook
from bot.history.bundle_takes import BundleTakes
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.relay import start_relay
from bot.settlement import Settlement

pytestmark = pytest.mark.anvil
PROFIT = 10**7
EACH = 3


class Expected(msgspec.Struct, kw_only=True):
    key: str
    ending: Ending
    profit: int = 0
    taker: str = ""


class Ground:
    """A chain, a relay, one operator and the bot's books."""

    def __init__(self, world: RelayWorld, path: Path) -> None:
        self.world, self.path = world, path
        self.operator = world.account()
        self.expected: list[Expected] = []
        self.booked = [0, 0]
        self.made = 0
        self.observations: list[Any] = []
        self.open()

    def open(self) -> None:
        self.journal = Journal(self.path)
        self.book = BundleBook(self.journal)
        whose = Accounted(
            operator=Address(self.operator.address),
            executor=EXECUTOR,
            pools=tuple(dict.fromkeys(leg.pool for leg in PLAN.swaps)),
        )
        self.account = InclusionAccount(self.world.rpc, self.journal, self.book, whose)
        self.settlement = Settlement(self.world.rpc, self.journal)

    def restart(self) -> None:
        self.journal.close()
        self.open()

    def tell(self) -> None:
        head = latest_head(self.world.rpc)
        with self.settlement.asked(head.number) as fates:
            _, outcomes = fates()
        self.settlement.record(outcomes)
        found = self.account.on_head(head)
        self.booked[0] += sum(one.booked_profit for one in found.changes)
        self.booked[1] += sum(one.booked_fee for one in found.changes)
        self.observations += found.observations

    def build(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.world.relay.build()
            self.tell()

    def reorganise(self, depth: int, *placed: tuple[bytes, int]) -> None:
        told = [["0x" + raw.hex(), at] for raw, at in placed]
        self.world.rpc.call("anvil_reorg", depth, told)
        self.tell()

    def nonce(self) -> int:
        return int(
            self.world.rpc.call("eth_getTransactionCount", self.operator.address, "latest"), 16
        )

    def own(self, *, good: bool = True, ahead: int = 0, **how: Any) -> bytes:
        profit = PROFIT if good else None
        self.made += 1  # no two are the same transaction
        how["fields"] = {"gas": GAS + self.made} | how.get("fields", {})
        return run(self.operator, self.nonce() + ahead, to=EXECUTOR, profit=profit, **how)

    def rival(self, **how: Any) -> bytes:
        return run(self.world.account(), 0, to=RIVALS, profit=7, **how)

    def send(self, ending: Ending, *raws: bytes, **how: Any) -> str:
        """Write a bundle down; send it to the relay unless `kept`; return its key."""
        head = self.world.head()
        first = self.nonce()
        hashes = [tx_hash(raw) for raw in raws]
        listed = tuple(SentTransaction(hash=one, nonce=first + at) for at, one in enumerate(hashes))
        name = how.get("uuid", "")
        ticket = Ticket(
            plan=msgspec.structs.replace(PLAN, block=head, max_block=head + 1),
            target_block=head + 1,
            nonce=first + len(raws) - 1,
            transaction=raws[-1],
            transaction_hash=hashes[-1],
            gas_used=100_000,
            max_fee_wei=Wei(10**16),
            cost=Raw(10**7),
        )
        parcel = Parcel(
            replacement_uuid=name,
            tip=Wei(TIP),
            transactions=listed if len(raws) > 1 else (),
        )
        self.journal.intend(ticket, parcel)
        fate = how.get("fate", Fate.ACCEPTED)
        if not how.get("kept") and fate is Fate.ACCEPTED:
            fields = {"replacementUuid": name} if name else {}
            self.world.send_raw_bundle(list(raws), head + 1, **fields)
        self.journal.answer(hashes[-1], fate, "" if fate is Fate.ACCEPTED else "HTTP 429")
        profit = how.get("profit", PROFIT if ending is Ending.INCLUDED else 0)
        self.expected.append(
            Expected(key=hashes[-1], ending=ending, profit=profit, taker=how.get("taker", ""))
        )
        self.tell()
        return hashes[-1]


def included(ground: Ground) -> None:
    ground.send(Ending.INCLUDED, ground.own())
    public(ground.world, trade(ground.world.account(), 0))
    ground.build()


def included_behind_another_of_ours(ground: Ground) -> None:
    first = plain(ground.operator, ground.nonce())
    ground.send(Ending.INCLUDED, first, ground.own(ahead=1))
    ground.build()


def not_built(ground: Ground) -> None:
    fields = {"fields": {"maxFeePerGas": 7, "maxPriorityFeePerGas": 7}}
    ground.send(Ending.NOT_BUILT, ground.own(**fields))
    ground.build()


def outbid(ground: Ground) -> None:
    (taker,) = public(ground.world, ground.rival())
    ground.send(Ending.OUTBID, ground.own(good=False), taker=taker)
    ground.build()


def stale(ground: Ground) -> None:
    moved = (
        ground.rival(backwards=True)
        if ground.world.head() % 2
        else trade(ground.world.account(), 0)
    )
    public(ground.world, moved)
    ground.send(Ending.STALE, ground.own(good=False))
    ground.build()


def mined_later(ground: Ground) -> None:
    raw = ground.own()
    ground.send(Ending.UNBUNDLED, raw, kept=True, profit=PROFIT)
    ground.build()
    public(ground.world, raw)
    ground.build()


def mined_and_reverted(ground: Ground) -> None:
    raw = ground.own(good=False)
    ground.send(Ending.UNBUNDLED, raw, kept=True)
    public(ground.world, raw)
    ground.build()


def torn_in_two(ground: Ground) -> None:
    first = plain(ground.operator, ground.nonce())
    ground.send(Ending.UNBUNDLED, first, ground.own(ahead=1), kept=True)
    public(ground.world, first)
    ground.build()


def parted(ground: Ground) -> None:
    first, second = plain(ground.operator, ground.nonce()), ground.own(ahead=1)
    ground.send(Ending.UNBUNDLED, first, second, kept=True, profit=PROFIT)
    public(ground.world, first, plain(ground.world.account(), 0), second)
    ground.build()


def nonce_used(ground: Ground) -> None:
    ground.send(Ending.NONCE_USED, ground.own(), kept=True)
    public(ground.world, plain(ground.operator, ground.nonce()))
    ground.build()


def replaced(ground: Ground) -> None:
    name = str(uuid.uuid4())
    ground.send(Ending.REPLACED, ground.own(tip=TIP // 2), uuid=name)
    ground.send(Ending.INCLUDED, ground.own(), uuid=name)
    ground.build()


def two_on_one_nonce(ground: Ground) -> None:
    ground.send(Ending.NONCE_USED, ground.own(tip=TIP // 2))
    ground.send(Ending.INCLUDED, ground.own(tip=TIP * 2))
    ground.build()


def seen_in_public(ground: Ground) -> None:
    raw = ground.own()
    ground.send(Ending.SEEN_IN_PUBLIC, raw, kept=True)
    ground.build()
    (leaked,) = public(ground.world, raw)
    ground.tell()
    ground.world.rpc.call("anvil_dropTransaction", leaked)
    ground.build()


def not_taken(ground: Ground) -> None:
    ground.send(Ending.NOT_TAKEN, ground.own(), fate=Fate.REFUSED)
    ground.build()


def disproved(ground: Ground) -> None:
    key = ground.send(Ending.FAILED_SIMULATION, ground.own(good=False))
    ground.book.disproved(key, "ProfitBelowMinimum")
    ground.build()


def undone(ground: Ground, depth: int) -> None:
    """It landed, and the new chain does without it."""
    ground.send(Ending.NOT_BUILT, ground.own())
    ground.build(depth)
    ground.reorganise(depth)


def undone_and_taken(ground: Ground, depth: int) -> None:
    rival = ground.rival()
    ground.send(Ending.OUTBID, ground.own(), taker=tx_hash(rival))
    ground.build(depth)
    ground.reorganise(depth, (rival, 0))


def undone_and_back(ground: Ground, depth: int) -> None:
    raw = ground.own()
    ground.send(Ending.INCLUDED, raw)
    ground.build(depth)
    ground.reorganise(depth, (raw, 0))


def missed_and_then_not(ground: Ground, depth: int) -> None:
    raw = ground.own()
    ground.send(Ending.INCLUDED, raw, kept=True)
    ground.build(depth)
    ground.reorganise(depth, (raw, 0))


def moved_by_a_block(ground: Ground, depth: int) -> None:
    raw = ground.own()
    ground.send(Ending.UNBUNDLED, raw, profit=PROFIT)
    ground.build(depth + 1)
    ground.reorganise(depth + 1, (raw, 1))


KINDS = (
    *(included, included_behind_another_of_ours, not_built, outbid, stale, mined_later),
    *(mined_and_reverted, torn_in_two, parted, nonce_used, replaced, two_on_one_nonce),
    *(seen_in_public, not_taken, disproved),
)
REORGANISED = (undone, undone_and_taken, undone_and_back, missed_and_then_not, moved_by_a_block)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    with (
        Anvil(AnvilOptions(no_mining=True, order_fifo=True)) as anvil,
        start_relay(anvil.url) as relay,
    ):
        world = RelayWorld(anvil.url, relay)
        lay_out(world)
        found = Ground(world, tmp_path / "j.sqlite")
        found.build(2)
        yield found
        found.journal.close()
        world.rpc.close()


def test_every_kind_of_ending_is_told_apart_and_profit_is_booked_once(ground: Ground) -> None:
    for _ in range(EACH):
        for kind in KINDS:
            kind(ground)
            ground.tell()
        ground.restart()
    for depth in (1, 2, 3):
        for reorganised in REORGANISED:
            reorganised(ground, min(depth, 2) if reorganised is moved_by_a_block else depth)
            ground.restart()
    assert len(ground.expected) >= 60
    ground.build()
    require_right(ground)
    nonce = ground.nonce()
    public(ground.world, *(plain(ground.operator, nonce + at) for at in range(2)))
    ground.world.relay.build()
    ground.world.rpc.call("anvil_mine", hex(70))
    for _ in range(30):
        ground.tell()
        ground.tell()
    require_right(ground)
    assert {one.standing for one in ground.book.last(200)} == {Standing.FINAL}


def require_right(ground: Ground) -> None:
    kept = {one.transaction_hash: one for one in ground.book.last(200)}
    wrong = []
    for one in ground.expected:
        verdict = kept[one.key].verdict
        assert verdict is not None
        taker = verdict.taker.transaction_hash if verdict.taker else ""
        if (verdict.ending, verdict.profit, taker) != (one.ending, one.profit, one.taker):
            wrong.append((one.ending, one.profit, verdict.ending, verdict.profit, verdict.reason))
        if verdict.taker:
            assert verdict.taker.tip.source is TipSource.TRACE
            assert verdict.taker.tip.direct == TIP
            assert verdict.taker.gain == 7
            assert verdict.taker.contract == RIVALS
    assert wrong == []
    of_no_bundle = {Ending.WAITING, Ending.REVERTED}
    assert {one.ending for one in ground.expected} == set(Ending) - of_no_bundle
    profit = sum(one.profit for one in ground.expected)
    booked = ground.book.booked()
    spent = sum(fees(ground, hash_) for one in kept.values() for hash_ in hashes_of(one))
    assert (booked.profit["USDC"], booked.fee) == (profit, spent)
    assert ground.booked == [profit, spent]


def hashes_of(bundle: Any) -> list[str]:
    return [one.hash for one in bundle.transactions]


def fees(ground: Ground, transaction: str) -> int:
    receipt = ground.world.rpc.call("eth_getTransactionReceipt", transaction)
    if receipt is None:
        return 0
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def test_gaps_that_others_took_are_told_with_what_they_paid_and_not_where_we_landed(
    ground: Ground,
) -> None:
    (missed,) = public(ground.world, ground.rival(tip=5 * TIP))
    ground.build()
    ground.send(Ending.INCLUDED, ground.own())
    public(ground.world, ground.rival(backwards=True), trade(ground.world.account(), 0))
    ground.build(3)
    (found,) = BundleTakes(ground.journal).missed(10)
    take = found.take
    assert take.transaction_hash == missed
    assert (take.gain, take.symbol, take.tip.direct) == (7, "USDC", 5 * TIP)
    assert take.pools == tuple(leg.pool.name for leg in PLAN.swaps)
    assert Counter(one.won for one in ground.observations) == {True: 1}
    ground.reorganise(4)
    ground.build(5)
    assert BundleTakes(ground.journal).missed(10) == []

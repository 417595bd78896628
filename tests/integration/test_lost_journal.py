"""A journal lost in part or wholly, with the real executor: nothing earned stays unbooked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from relay_world import transfer

from bot.app import build_engine, build_watch
from bot.chain.rpc import RpcClient
from bot.config import Config
from bot.domain.adoptions import LOOK_BACK_BLOCKS
from bot.domain.assets import USDC
from bot.domain.inclusions import Ending, SentBundle, Standing
from bot.domain.messages import Ticket
from bot.domain.plans import Plan
from bot.domain.units import GWEI, Raw, Wei
from bot.domain.venues import CURVE_SUSD
from bot.engine import AtomicEngine
from bot.execution.calldata import encode_execute
from bot.execution.signing import TransactionFields
from bot.history.bundle_adoptions import BundleAdoptions
from bot.history.bundle_book import Booked, BundleBook
from bot.history.journal import Journal
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.world import World, sandbox_account

pytestmark = pytest.mark.anvil
SHOCK = Raw(3_000_000 * 10**6)
GAS = 3_000_000


class Desk:
    """One operator in one world, with a journal that can be taken away."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder, self.files = world, folder, 0
        self.engine = self.started()

    @property
    def config(self) -> Config:
        found = self.world.config(str(self.folder / f"{self.files}.sqlite"))
        return msgspec.structs.replace(found, look_back_blocks=LOOK_BACK_BLOCKS)

    def started(self) -> AtomicEngine:
        return build_engine(self.config, self.world.operator, self.world.identity)

    def lose(self) -> None:
        """Start with a journal that knows nothing."""
        self.files += 1
        self.engine = self.started()

    def look(self) -> object:
        return self.engine.on_head(latest_head(self.world.rpc)).decision

    def build(self, blocks: int = 1) -> None:
        for _ in range(blocks):
            self.world.relay.build()
            self.look()

    def earn(self) -> None:
        """Let the engine close a gap, and nobody settle it."""
        self.world.mined(shock(self.world.rpc, CURVE_SUSD, USDC, SHOCK))
        assert isinstance(self.look(), Ticket)
        self.world.relay.build()

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        found = Journal(Path(self.config.journal))
        yield found
        found.close()

    def booked(self) -> Booked:
        with self.journal() as journal:
            return BundleBook(journal).booked()

    def rows(self) -> list[SentBundle]:
        with self.journal() as journal:
            return BundleBook(journal).last(100)

    def plan(self) -> Plan:
        pools, planner = build_watch(self.config)
        found = planner.plan(pools.read(latest_head(self.world.rpc)))
        assert isinstance(found, Plan), found
        return found

    def publish(self, plan: Plan, *, ahead: int = 0) -> str:
        """Send a run to everybody, as a leak would."""
        signed = self.world.operator.sign(
            TransactionFields(
                chain_id=1,
                nonce=nonce_of(self.world) + ahead,
                to=self.world.executor,
                data=encode_execute(plan),
                gas_limit=GAS,
                max_fee_per_gas=Wei(100 * GWEI),
                priority_fee_per_gas=Wei(GWEI),
            )
        )
        self.world.rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        return signed.hash


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Desk:
    return Desk(world, tmp_path)


def nonce_of(world: World) -> int:
    return int(world.rpc.call("eth_getTransactionCount", world.operator.address, "latest"), 16)


def treasury(world: World) -> int:
    return balance_of(world.rpc, USDC, world.treasury)


def fee_of(rpc: RpcClient, *hashes: str) -> int:
    receipts = [rpc.call("eth_getTransactionReceipt", one) for one in hashes]
    return sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in receipts)


def test_with_a_new_journal_the_books_are_what_the_treasury_and_the_operator_had(
    desk: Desk,
) -> None:
    world = desk.world
    before = treasury(world)
    for _ in range(2):
        desk.earn()
        desk.build(2)
    kept = desk.booked()
    assert kept.profit == {"USDC": treasury(world) - before}
    assert kept.bundles == 2
    own_use = transfer(sandbox_account("operator"), nonce_of(world))
    told = world.mined(world.rpc.call("eth_sendRawTransaction", "0x" + own_use.hex()))
    desk.lose()
    assert desk.rows() == []
    desk.build(3)
    assert desk.booked() == kept
    assert {row.expected for row in desk.rows()} == {None}
    assert {row.standing for row in desk.rows()} == {Standing.PROVISIONAL}
    with desk.journal() as journal:
        foreign = BundleAdoptions(journal).foreign(0)
    assert told["transactionHash"] in {one.transaction_hash for one in foreign}
    desk.engine = desk.started()
    desk.build(2)
    assert desk.booked() == kept


def test_two_lost_runs_of_one_block_are_booked_one_with_its_profit_one_with_its_fee(
    desk: Desk,
) -> None:
    world = desk.world
    desk.build(2)
    before = treasury(world)
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, SHOCK))
    plan = desk.plan()
    hashes = desk.publish(plan), desk.publish(plan, ahead=1)  # the second finds nothing left
    desk.build(3)
    found = {row.transaction_hash: row for row in desk.rows()}
    first, second = (found[one].verdict for one in hashes)
    assert first is not None
    assert second is not None
    assert (first.ending, second.ending) == (Ending.INCLUDED, Ending.UNBUNDLED)
    assert (first.profit, second.profit) == (treasury(world) - before, 0)
    assert first.profit == plan.profit
    assert first.fee + second.fee == fee_of(world.rpc, *hashes)
    assert first.block == second.block == plan.block + 1


def test_an_adopted_run_that_the_chain_takes_back_is_booked_no_more(desk: Desk) -> None:
    world = desk.world
    desk.build(2)
    already = desk.booked()
    before = treasury(world)
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, SHOCK))
    lost = desk.publish(desk.plan())
    desk.build(3)
    assert desk.booked().bundles == already.bundles + 1
    world.rpc.call("anvil_reorg", 4, [])
    assert treasury(world) == before
    desk.look()
    desk.build(3)
    assert desk.booked() == already
    (row,) = [one for one in desk.rows() if one.transaction_hash == lost]
    assert row.verdict is not None
    assert not row.verdict.landed

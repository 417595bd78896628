"""The same gap paid for both ways: what the builder gets, what it takes, and what a revert costs.

The builder that looks at nothing mines a signed transaction as it is, reverted or not.
"""

from pathlib import Path

import msgspec
import pytest
from support.desk import Desk, undone

from bot.app import build_engine
from bot.domain.assets import USDC, WETH
from bot.domain.messages import Ticket
from bot.domain.units import BPS, Bps, Raw
from bot.domain.venues import CURVE_SUSD
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.world import World
from bot.strategy.parameters import GAS_OF_TIP
from bot.strategy.tip_way import TipWay

pytestmark = pytest.mark.anvil

SHOCK = Raw(3_000_000 * 10**6)
SHARE = Bps(2_000)
_HASHES_ONLY = False


class Paid(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction as the chain saw it."""

    succeeded: bool
    gas: int
    to_builder: int  # wei, above the base fee
    earned: int  # by the treasury, base units of USDC


class Payer(Desk):
    """A bot that pays its tips in one way."""

    def __init__(self, world: World, journal: Path, way: TipWay) -> None:
        super().__init__(world, journal)
        terms = msgspec.structs.replace(
            self.config.strategy, tip_share_bps=SHARE, tip_way=way, max_legs=2
        )
        self.config = msgspec.structs.replace(self.config, strategy=terms)
        self.engine = build_engine(self.config, world.operator, world.identity)

    def ticket(self) -> Ticket:
        """Return what the bot would send for a gap, unsent: its bundle is not in the next block."""
        self.hit(CURVE_SUSD, USDC, SHOCK)
        return self.send()[1]

    def mined(self, ticket: Ticket) -> Paid:
        """Build the next block and look at the ticket's transaction there."""
        rpc, treasury = self.world.rpc, self.world.treasury
        before = balance_of(rpc, USDC, treasury)
        builder = rpc.call("eth_coinbase")
        had = int(rpc.call("eth_getBalance", builder, "latest"), 16)
        self.world.relay.build()
        receipt = rpc.call("eth_getTransactionReceipt", ticket.transaction_hash)
        block = rpc.call("eth_getBlockByNumber", receipt["blockNumber"], _HASHES_ONLY)
        assert block["miner"].lower() == builder.lower()
        base = int(block["baseFeePerGas"], 16)
        others = sum(
            (int(one["effectiveGasPrice"], 16) - base) * int(one["gasUsed"], 16)
            for one in rpc.call("eth_getBlockReceipts", receipt["blockNumber"])
            if one["transactionHash"] != ticket.transaction_hash
        )
        has = int(rpc.call("eth_getBalance", builder, "latest"), 16)
        return Paid(
            succeeded=receipt["status"] == "0x1",
            gas=int(receipt["gasUsed"], 16),
            to_builder=has - had - others,
            earned=balance_of(rpc, USDC, treasury) - before,
        )


def paid(world: World, journal: Path, way: TipWay) -> tuple[Ticket, Paid]:
    with undone(world):
        desk = Payer(world, journal, way)
        ticket = desk.ticket()
        return ticket, desk.mined(ticket)


def test_the_executor_pays_the_builder_a_share_of_the_profit_and_the_gas_table_knows_what_it_takes(
    world: World, tmp_path: Path
) -> None:
    plain, by_fee = paid(world, tmp_path / "1.sqlite", TipWay.PRIORITY)
    tipping, by_executor = paid(world, tmp_path / "2.sqlite", TipWay.EXECUTOR)
    assert by_fee.succeeded
    assert by_executor.succeeded
    assert plain.plan.tip is None
    tip = tipping.plan.tip
    assert tip is not None
    assert plain.plan.legs == tipping.plan.legs
    assert by_executor.earned == tipping.plan.profit - tipping.plan.profit * tip.share // BPS
    assert 0.99 * tip.cap < by_executor.to_builder - by_executor.gas <= tip.cap
    assert by_executor.to_builder == pytest.approx(by_fee.to_builder, rel=0.03)
    assert balance_of(world.rpc, WETH, world.executor) == 0
    more = by_executor.gas - by_fee.gas
    print(f"a payment by the executor takes {more} gas; the table says {GAS_OF_TIP}")  # noqa: T201
    assert 0.6 * GAS_OF_TIP < more <= GAS_OF_TIP


@pytest.mark.parametrize("way", [TipWay.PRIORITY, TipWay.EXECUTOR])
def test_a_run_that_reverts_in_a_block_pays_the_builder_by_priority_fee_only(
    world: World, tmp_path: Path, way: TipWay
) -> None:
    with undone(world):
        desk = Payer(world, tmp_path / "journal.sqlite", way)
        with undone(world):
            ticket = desk.ticket()
        world.mined(shock(world.rpc, CURVE_SUSD, USDC, Raw(SHOCK // 2)))  # half of the gap is there
        world.rpc.call("eth_sendRawTransaction", "0x" + ticket.transaction.hex())
        found = desk.mined(ticket)
    assert not found.succeeded
    assert found.earned == 0
    assert found.gas > ticket.gas_used, "it ends below its least profit, and nothing is refunded"
    if way is TipWay.EXECUTOR:
        assert found.to_builder == found.gas, "one wei per gas, so that it is mined at all"
    else:
        assert found.to_builder > 10**12


def test_bundles_that_never_revert_pay_by_priority_fee_and_others_by_the_executor(
    world: World, tmp_path: Path
) -> None:
    """By itself: the rule with nothing, and then with every third run reverted."""
    with undone(world):
        desk = Payer(world, tmp_path / "journal.sqlite", TipWay.CHEAPER)
        assert desk.ticket().plan.tip is None
        desk.build()
        desk.look()
        desk.engine._parts.planner.hear_reverted(Bps(3_333))
        desk.hit(CURVE_SUSD, USDC, SHOCK)
        found = desk.engine.on_head(latest_head(world.rpc)).decision
        assert isinstance(found, Ticket)
        assert found.plan.tip is not None

"""Three simulators on a real chain: they agree to the wei, and each alone can stop a plan."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bot.app import build_engine
from bot.chain.rpc import Asked, RpcCall, RpcClient
from bot.config import Config
from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.errors import SimulationFailed
from bot.domain.messages import NoPlan, Refusal, Ticket
from bot.domain.plans import Plan
from bot.domain.units import Raw, Wei
from bot.domain.venues import CURVE_SUSD, POOLS, V2_USDC_USDT, V3_DAI_USDC, PoolSpec
from bot.engine import AtomicEngine
from bot.execution.bundles import BundleSimulation, FlashbotsRelay
from bot.execution.flash_loans import FlashLenders
from bot.execution.in_process import InProcess
from bot.execution.plan_check import Checked, PlanCheck
from bot.execution.simulation_gate import SignedSimulation, SimulationGate
from bot.execution.simulation_node import NodeSimulator
from bot.execution.simulation_options import SimulationOptions
from bot.execution.simulation_relay import RelaySimulator
from bot.feeds.pool_feed import open_pool_feed
from bot.history.journal import Journal
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.relay_options import FaultKind, Faults
from bot.sandbox.world import World
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

pytestmark = pytest.mark.anvil

PARAMETERS = StrategyParameters()
ALL = SimulationOptions(simulators=("revm", "node", "relay"), relay_per_s=5.0)
GAPS: tuple[tuple[PoolSpec, Token, int], ...] = (
    (CURVE_SUSD, USDC, 5_000_000),
    (V2_USDC_USDT, USDT, 300_000),
    (V3_DAI_USDC, DAI, 15_000_000),
)


class Altering(RpcClient):
    """A node between the bot and the real one: it changes the answers of one method."""

    def __init__(self, url: str, method: str, change: Any) -> None:
        super().__init__(url)
        self._method, self._change = method, change

    def ask(self, calls: Sequence[RpcCall]) -> Asked:
        asked = super().ask(calls)
        whole = asked.each

        def each() -> list[Any]:
            names = [method for method, _ in calls]
            return [
                self._change(answer) if name == self._method else answer
                for name, answer in zip(names, whole(), strict=True)
            ]

        asked.each = each  # type: ignore[method-assign]
        return asked


class Old(RpcClient):
    """A node that does not know one method."""

    def __init__(self, url: str, unknown: str) -> None:
        super().__init__(url)
        self._unknown = unknown
        self.asked: list[str] = []

    def ask(self, calls: Sequence[RpcCall]) -> Asked:
        self.asked.extend(method for method, _ in calls)
        return super().ask([("none" if name == self._unknown else name, p) for name, p in calls])


class LyingRelay:
    """Asks the real relay, and tells something else."""

    def __init__(self, relay: FlashbotsRelay, **lie: Any) -> None:
        self._relay, self._lie = relay, lie

    def simulate(
        self,
        raw_tx: bytes,
        target_block: int,
        *,
        state_block: int | None = None,
        timestamp_s: int | None = None,
    ) -> BundleSimulation:
        honest = self._relay.simulate(
            raw_tx, target_block, state_block=state_block, timestamp_s=timestamp_s
        )
        return replace(honest, **self._lie)


def profit_less_one(answer: Any) -> Any:
    """One base unit less in the simulation of the plan."""
    ran = answer[0]["calls"][1]
    ran["returnData"] = f"0x{int(ran['returnData'], 16) - 1:064x}"
    return answer


def builder_gets_one_more(answer: Any) -> Any:
    last = answer[0]["calls"][2]
    last["returnData"] = f"0x{int(last['returnData'], 16) + 1:064x}"
    return answer


def a_millionth_more(answer: Any) -> Any:
    """The state that revm is told, moved in every slot with an amount."""
    for account in answer.values():
        for slot, value in account.get("storage", {}).items():
            if 10**9 < int(value, 16) < 10**30:
                account["storage"][slot] = f"0x{int(value, 16) * 1_000_001 // 1_000_000:064x}"
    return answer


@pytest.fixture(scope="module", name="world")
def world_out_of_balance(world: World) -> World:
    for pool, token, coins in GAPS:
        world.mined(shock(world.rpc, pool, token, Raw(coins * 10**token.decimals)))
    return world


@pytest.fixture
def undone(world: World) -> Iterator[World]:
    """The world, which is afterwards what it was."""
    snapshot = world.rpc.call("evm_snapshot")
    yield world
    world.relay.misbehave(Faults())
    assert world.rpc.call("evm_revert", snapshot)


@pytest.fixture(scope="module")
def book(world: World) -> MarketBook:
    return open_pool_feed(world.rpc, POOLS, FlashLenders).read(latest_head(world.rpc))


def planned(book: MarketBook, *without: PoolSpec) -> Plan:
    pools = {spec: pool for spec, pool in book.pools.items() if spec not in without}
    found = ExecutionPlanner(tuple(pools), PARAMETERS).plan(replace(book, pools=pools))
    assert isinstance(found, Plan)
    return found


@pytest.fixture(scope="module")
def plan(book: MarketBook) -> Plan:
    return planned(book)


def relay_of(world: World) -> FlashbotsRelay:
    return FlashbotsRelay(world.relay.url, world.identity)


def check_of(world: World, *, node: RpcClient | None = None, relay: Any = None) -> PlanCheck:
    rpc = node or world.rpc
    signed = SignedSimulation(
        simulator=RelaySimulator(relay or relay_of(world), 5.0), sign=world.operator.sign
    )
    gate = SimulationGate((InProcess(rpc), NodeSimulator(rpc)), signed)
    return PlanCheck(world.rpc, world.executor, world.operator.address, gate)


def confirmed(check: PlanCheck, plan: Plan, book: MarketBook) -> Checked:
    found = check.check(plan, book, PARAMETERS)
    assert isinstance(found, Checked)
    return found


def test_all_three_agree_to_the_wei_and_the_chain_does_as_they_say(
    undone: World, book: MarketBook
) -> None:
    plans = [planned(book), planned(book, CURVE_SUSD), planned(book, V2_USDC_USDT, CURVE_SUSD)]
    checked = [confirmed(check_of(undone), plan, book) for plan in plans]
    assert {one.simulators for one in checked} == {("pyrevm", "the node", "the relay")}
    found = checked[0]
    assert mined_profit(undone, found, book) == found.plan.profit


@pytest.mark.parametrize(
    ("altered", "says"),
    [
        (("eth_simulateV1", profit_less_one), "simulation by the node failed: profit"),
        (("eth_simulateV1", builder_gets_one_more), "the node failed: wei to the builder"),
        (("eth_simulateV1", lambda _: [{"calls": []}]), "the node failed: .*not readable"),
        (("debug_traceCall", a_millionth_more), "simulation by pyrevm failed"),
    ],
)
def test_a_node_that_alters_one_answer_stops_the_plan_and_is_named(
    world: World, book: MarketBook, plan: Plan, altered: tuple[str, Any], says: str
) -> None:
    node = Altering(world.anvil.url, *altered)
    with pytest.raises(SimulationFailed, match=says):
        check_of(world, node=node).check(plan, book, PARAMETERS)


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ({"returned": (1).to_bytes(32, "big")}, "profit in base units: 1, the plan said"),
        ({"coinbase_payment": Wei(0)}, "wei to the builder: 0"),
        ({"error": "Too little received"}, "reverted"),
        ({"gas_used": 10**7}, "gas: 10000000"),
    ],
)
def test_a_relay_that_lies_stops_the_plan_and_is_named(
    world: World, book: MarketBook, plan: Plan, lie: dict[str, Any], says: str
) -> None:
    relay = LyingRelay(relay_of(world), **lie)
    with pytest.raises(SimulationFailed, match=f"simulation by the relay failed: {says}") as caught:
        check_of(world, relay=relay).check(plan, book, PARAMETERS)
    assert not caught.value.by_pools


def one_block_later(world: World, book: MarketBook, plan: Plan) -> tuple[MarketBook, Plan]:
    """What was read and planned, as if it were of the newest block."""
    head = latest_head(world.rpc)
    late = replace(book, block=head.number, block_hash=head.hash, timestamp_s=head.timestamp_s)
    return late, replace(plan, block=head.number, max_block=head.number + 1)


@pytest.mark.parametrize("moved", [1, 10**3, 10**6, 10**12])
def test_a_pool_that_moves_after_planning_stops_the_plan_or_changes_not_one_base_unit(
    undone: World, book: MarketBook, plan: Plan, moved: int
) -> None:
    undone.mined(shock(undone.rpc, CURVE_SUSD, USDT, Raw(moved)))
    late, same = one_block_later(undone, book, plan)
    try:
        found = confirmed(check_of(undone), same, late)
    except SimulationFailed as error:
        stopped_by = error.simulator
    else:
        stopped_by = ""
        assert mined_profit(undone, found, late) == plan.profit
    assert stopped_by == "pyrevm and the node" or (not stopped_by and moved < 10**6)


def mined_profit(world: World, checked: Checked, book: MarketBook) -> int:
    token = checked.plan.token
    before = balance_of(world.rpc, token, world.treasury)
    raw = world.operator.sign(checked.fields(book.chain_id)).raw
    receipt = world.mined(world.rpc.call("eth_sendRawTransaction", "0x" + raw.hex()))
    assert int(receipt["gasUsed"], 16) == checked.gas_used
    return balance_of(world.rpc, token, world.treasury) - before


def test_a_node_without_simulate_v1_is_asked_by_eth_call_and_that_is_remembered(
    world: World, book: MarketBook, plan: Plan
) -> None:
    node = Old(world.anvil.url, "eth_simulateV1")
    check = check_of(world, node=node)
    exact = confirmed(check_of(world), plan, book)
    for _ in range(2):
        found = confirmed(check, plan, book)
        assert exact.gas_used <= found.gas_used < 2 * exact.gas_used
    assert node.asked.count("eth_simulateV1") == 1
    with pytest.raises(SimulationFailed, match="the node"):
        check.check(replace(plan, profit=Raw(plan.profit + 1)), book, PARAMETERS)


@pytest.mark.parametrize(
    ("unknown", "says"),
    [
        ("", r"the node failed: .*[Ii]nsufficient funds"),
        ("eth_simulateV1", r"the operator's account failed: it has 1000000000000 wei"),
    ],
)
def test_an_operator_who_cannot_pay_the_gas_gets_no_plan_confirmed(
    undone: World, book: MarketBook, plan: Plan, unknown: str, says: str
) -> None:
    undone.rpc.call("anvil_setBalance", undone.operator.address, hex(10**12))
    undone.relay.build()
    late, same = one_block_later(undone, book, plan)
    check = check_of(undone, node=Old(undone.anvil.url, unknown))
    with pytest.raises(SimulationFailed, match=says):
        check.check(same, late, PARAMETERS)


def engine_of(world: World, folder: Path, options: SimulationOptions) -> AtomicEngine:
    config: Config = world.config(str(folder / "journal.sqlite"))
    found = msgspec.structs.replace(config, simulation=options)
    return build_engine(found, world.operator, world.identity, POOLS)


def test_a_relay_that_grants_no_more_stops_the_plan_and_the_journal_says_why(
    undone: World, tmp_path: Path
) -> None:
    world = undone
    engine = engine_of(world, tmp_path, ALL)
    slow_down = Faults(kind=FaultKind.TOO_MANY_REQUESTS, times=1, retry_after_s=600)
    world.relay.misbehave(slow_down)
    before = len(world.relay.arrivals())
    for _ in range(2):
        decision = engine.on_head(latest_head(world.rpc)).decision
        assert isinstance(decision, NoPlan)
        assert decision.refusal is Refusal.SIMULATION
        assert "the relay" in decision.detail
    asked = [one.method for one in world.relay.arrivals()[before:]]
    assert asked == ["eth_callBundle"]
    reasons = [reason for _, _, reason in Journal(tmp_path / "journal.sqlite").decisions()]
    assert any("HTTP 429" in reason for reason in reasons)
    assert any("left alone" in reason for reason in reasons)


def test_a_relay_that_is_not_required_may_be_silent(undone: World, tmp_path: Path) -> None:
    engine = engine_of(undone, tmp_path, replace(ALL, relay_required=False))
    undone.relay.misbehave(Faults(kind=FaultKind.TOO_MANY_REQUESTS, times=1))
    assert isinstance(engine.on_head(latest_head(undone.rpc)).decision, Ticket)

"""The gate before a signature, against a real chain: both simulators, with and without a trace."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from support.landing import simulate_on_node

from bot.chain.rpc import Asked, RpcCall, RpcClient
from bot.domain.assets import USDC
from bot.domain.errors import SimulationFailed
from bot.domain.plans import Plan
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, POOLS
from bot.execution.calldata import encode_execute
from bot.execution.flash_loans import FlashLenders
from bot.execution.plan_check import Checked, PlanCheck
from bot.execution.prestate import Codes, prestate_of, read_prestate, simulate_on_prestate
from bot.execution.revm import simulate_on_fork
from bot.execution.simulation import Call
from bot.feeds.pool_feed import open_pool_feed
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.faucet import shock
from bot.sandbox.world import World
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

pytestmark = pytest.mark.anvil

PARAMETERS = StrategyParameters()


class Recorder(RpcClient):
    """A client that remembers which methods were asked, and can know one of them no more."""

    def __init__(self, url: str, *, unknown: str = "") -> None:
        super().__init__(url)
        self.unknown = unknown
        self.requests: list[list[str]] = []

    def ask(self, calls: Sequence[RpcCall]) -> Asked:
        self.requests.append([method for method, _ in calls])
        known = [("repeg_none" if method == self.unknown else method, p) for method, p in calls]
        return super().ask(known)


class Forger(RpcClient):
    """A client that hears no code at one address."""

    def __init__(self, url: str, victim: str) -> None:
        super().__init__(url)
        self.victim = victim

    def batch(self, calls: Sequence[RpcCall]) -> list[Any]:
        answers = zip(calls, super().batch(calls), strict=True)
        return ["0x" if self._hides(*call) else answer for call, answer in answers]

    def _hides(self, method: str, params: tuple[Any, ...]) -> bool:
        return method == "eth_getCode" and params[0].lower() == self.victim.lower()


@pytest.fixture(scope="module", name="world")
def world_out_of_balance(world: World) -> World:
    world.mined(shock(world.rpc, CURVE_SUSD, USDC, Raw(5_000_000 * 10**6)))
    return world


@pytest.fixture(scope="module")
def book(world: World) -> MarketBook:
    return open_pool_feed(world.rpc, POOLS, FlashLenders).read(latest_head(world.rpc))


@pytest.fixture(scope="module")
def plan(book: MarketBook) -> Plan:
    found = ExecutionPlanner(tuple(book.pools), PARAMETERS).plan(book)
    assert isinstance(found, Plan)
    return found


def check_with(rpc: RpcClient, world: World, book: MarketBook, plan: Plan) -> Checked:
    checked = PlanCheck(rpc, world.executor, world.operator.address).check(plan, book, PARAMETERS)
    assert isinstance(checked, Checked)
    return checked


def test_revm_on_a_trace_and_on_a_fork_and_the_node_agree_to_the_base_unit(
    world: World, book: MarketBook, plan: Plan
) -> None:
    call = Call(sender=world.operator.address, to=world.executor, data=encode_execute(plan))
    (traced,) = world.rpc.batch([prestate_of(book, call)])
    on_trace = simulate_on_prestate(
        read_prestate(world.rpc.url, traced), Codes(world.rpc), book, call
    )
    on_fork = simulate_on_fork(world.rpc.url, book, call)
    on_node = simulate_on_node(world.rpc, book, call)
    assert on_trace.profit == on_fork.profit == on_node.profit == plan.profit


def test_a_plan_that_keeps_its_calldata_is_simulated_once_and_code_is_asked_for_once(
    world: World, book: MarketBook, plan: Plan
) -> None:
    rpc = Recorder(world.anvil.url)
    check = PlanCheck(rpc, world.executor, world.operator.address)
    check.check(plan, book, PARAMETERS)
    assert any("eth_getCode" in request for request in rpc.requests)
    rpc.requests.clear()
    checked = check.check(plan, book, PARAMETERS)
    assert isinstance(checked, Checked)
    asked = sorted(method for request in rpc.requests for method in request)
    account = ["eth_getBalance", "eth_getTransactionCount"]
    assert asked == sorted(["debug_traceCall", "eth_simulateV1", *account])
    assert checked.bid.cost <= checked.plan.min_profit < plan.profit
    sent = int(world.rpc.call("eth_getTransactionCount", world.operator.address, "latest"), 16)
    assert checked.nonce == sent


def test_a_plan_that_asks_too_little_is_raised_to_its_cost_and_simulated_again(
    world: World, book: MarketBook, plan: Plan
) -> None:
    rpc = Recorder(world.anvil.url)
    checked = check_with(rpc, world, book, msgspec.structs.replace(plan, min_profit=Raw(1)))
    asked = [method for request in rpc.requests for method in request]
    assert asked.count("eth_simulateV1") == 2
    assert asked.count("debug_traceCall") == 2
    assert 0 < checked.plan.min_profit < plan.profit
    assert abs(checked.plan.min_profit - checked.bid.cost) * 1_000 < checked.bid.cost


def test_a_node_that_does_not_trace_is_asked_once_and_revm_reads_a_fork(
    world: World, book: MarketBook, plan: Plan
) -> None:
    rpc = Recorder(world.anvil.url, unknown="debug_traceCall")
    check = PlanCheck(rpc, world.executor, world.operator.address)
    for _ in range(2):
        assert isinstance(check.check(plan, book, PARAMETERS), Checked)
    asked = [method for request in rpc.requests for method in request]
    assert (asked.count("debug_traceCall"), asked.count("eth_simulateV1")) == (1, 2)


def test_a_plan_that_promises_one_unit_more_ends_at_the_node(
    world: World, book: MarketBook, plan: Plan
) -> None:
    greedy = msgspec.structs.replace(plan, profit=Raw(plan.profit + 1))
    with pytest.raises(SimulationFailed, match="the node"):
        check_with(world.rpc, world, book, greedy)


def test_a_trace_without_the_storage_of_one_account_never_confirms_a_plan(
    world: World, book: MarketBook, plan: Plan
) -> None:
    call = Call(sender=world.operator.address, to=world.executor, data=encode_execute(plan))
    (traced,) = world.rpc.batch([prestate_of(book, call)])
    prestate = read_prestate(world.rpc.url, traced)
    codes = Codes(world.rpc)
    storages = [address for address, account in prestate.items() if account.storage]
    assert len(storages) > len(plan.legs)
    for address in storages:
        emptied = msgspec.structs.replace(prestate[address], storage={})
        try:
            found = simulate_on_prestate({**prestate, address: emptied}, codes, book, call)
        except SimulationFailed:
            continue
        assert found.profit != plan.profit, address


def test_an_account_of_nobody_is_refused_before_anything_is_signed(
    world: World, book: MarketBook, plan: Plan
) -> None:
    stranger = PlanCheck(world.rpc, world.executor, world.owner)
    with pytest.raises(SimulationFailed, match="the node"):
        stranger.check(plan, book, PARAMETERS)


def test_code_that_is_wrong_ends_one_plan_and_is_asked_for_again(
    world: World, book: MarketBook, plan: Plan
) -> None:
    rpc = Forger(world.anvil.url, plan.legs[0].pool.address)
    check = PlanCheck(rpc, world.executor, world.operator.address)
    with pytest.raises(SimulationFailed, match="pyrevm"):
        check.check(plan, book, PARAMETERS)
    rpc.victim = ""
    assert isinstance(check.check(plan, book, PARAMETERS), Checked)

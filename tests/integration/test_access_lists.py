"""Access lists on a real chain: they save what they say, or they are not used."""

import pytest
from msgspec.structs import replace

from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.plans import Plan
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_SUSD, POOLS, V2_USDC_USDT, V3_DAI_USDC, PoolSpec
from bot.execution.access_list import AccessList, AccessLists, gas_saved, listed
from bot.execution.flash_loans import FlashLenders
from bot.execution.in_process import InProcess
from bot.execution.plan_check import Checked, PlanCheck
from bot.execution.simulation import Simulated
from bot.execution.simulation_gate import SimulationGate
from bot.execution.simulation_node import NodeSimulator, simulated_in, simulation_of
from bot.feeds.pool_feed import open_pool_feed
from bot.market.book import MarketBook
from bot.operations.heads import latest_head
from bot.sandbox.faucet import balance_of, shock
from bot.sandbox.world import World
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

pytestmark = pytest.mark.anvil

PARAMETERS = StrategyParameters()
GAPS: tuple[tuple[PoolSpec, Token, int], ...] = (
    (CURVE_SUSD, USDC, 5_000_000),
    (V2_USDC_USDT, USDT, 300_000),
    (V3_DAI_USDC, DAI, 15_000_000),
)
NOBODY = Address("0x" + "ab" * 20)


@pytest.fixture(scope="module", name="world")
def world_out_of_balance(world: World) -> World:
    for pool, token, coins in GAPS:
        world.mined(shock(world.rpc, pool, token, Raw(coins * 10**token.decimals)))
    return world


@pytest.fixture(scope="module")
def book(world: World) -> MarketBook:
    return open_pool_feed(world.rpc, POOLS, FlashLenders).read(latest_head(world.rpc))


@pytest.fixture(scope="module")
def plans(book: MarketBook) -> list[Plan]:
    """Three plans: over the whole market, and where the pools of the first are left out."""
    found = []
    for without in ((), (CURVE_SUSD,), (CURVE_SUSD, V2_USDC_USDT)):
        pools = {spec: pool for spec, pool in book.pools.items() if spec not in without}
        plan = ExecutionPlanner(tuple(pools), PARAMETERS).plan(replace(book, pools=pools))
        assert isinstance(plan, Plan)
        found.append(plan)
    return found


def check_of(world: World, lists: AccessLists) -> PlanCheck:
    gate = SimulationGate((InProcess(world.rpc), NodeSimulator(world.rpc)))
    return PlanCheck(world.rpc, world.executor, world.operator.address, gate, lists)


def checked(world: World, lists: AccessLists, plan: Plan, book: MarketBook) -> Checked:
    """One plan checked; what it touched is learnt."""
    check = check_of(world, lists)
    found = check.check(plan, book, PARAMETERS)
    assert isinstance(found, Checked)
    check.learn(latest_head(world.rpc))
    return found


def measured(world: World, book: MarketBook, found: Checked, named: AccessList) -> Simulated:
    method, params = simulation_of(book, replace(found.call, access_list=named))
    return simulated_in(world.rpc.call(method, *params))


def test_every_route_costs_less_with_what_it_touches_named_and_earns_the_same_to_the_wei(
    world: World, book: MarketBook, plans: list[Plan]
) -> None:
    lists = AccessLists()
    for plan in plans:
        first = checked(world, lists, plan, book)
        assert first.call.access_list == ()
        again = checked(world, lists, plan, book)
        named = again.call.access_list
        assert named
        with_it, without = (measured(world, book, again, one) for one in (named, ()))
        assert with_it.profit == without.profit == plan.profit
        saved = (without.gas_used or 0) - (with_it.gas_used or 0)
        promised = gas_saved(named, dict_of(named))
        assert promised * 4 // 5 <= saved  # refunds may take back a fifth of it
        assert again.gas_used == with_it.gas_used


def dict_of(named: AccessList) -> dict[Address, frozenset[int]]:
    return {address: frozenset(slots) for address, slots in named}


def test_a_list_that_names_too_much_is_not_used_and_the_right_one_is(
    world: World, book: MarketBook, plans: list[Plan]
) -> None:
    plan, lists = plans[0], AccessLists()
    lists.learn(plan, {NOBODY: frozenset(range(40))})
    plain = checked(world, AccessLists(), plan, book)
    found = checked(world, lists, plan, book)
    assert NOBODY not in dict_of(found.call.access_list)
    assert found.gas_used < plain.gas_used
    assert lists.of(plan) == listed({})  # of what it named, nothing is touched by every plan


def test_the_signed_transaction_carries_the_list_and_uses_the_gas_that_was_simulated(
    world: World, book: MarketBook, plans: list[Plan]
) -> None:
    plan, lists = plans[0], AccessLists()
    checked(world, lists, plan, book)
    found = checked(world, lists, plan, book)
    snapshot = world.rpc.call("evm_snapshot")
    before = balance_of(world.rpc, plan.token, world.treasury)
    raw = world.operator.sign(found.fields(book.chain_id)).raw
    sent = world.rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
    receipt = world.mined(sent)
    gained = balance_of(world.rpc, plan.token, world.treasury) - before
    carried = world.rpc.call("eth_getTransactionByHash", sent)["accessList"]
    assert world.rpc.call("evm_revert", snapshot)
    assert gained == plan.profit
    assert int(receipt["gasUsed"], 16) == found.gas_used
    assert len(carried) == len(found.call.access_list) > 0


def test_the_nodes_own_list_saves_no_more_than_ours(
    world: World, book: MarketBook, plans: list[Plan]
) -> None:
    lists = AccessLists()
    for plan in plans:
        checked(world, lists, plan, book)
        found = checked(world, lists, plan, book)
        at = {"blockHash": book.block_hash}
        told = world.rpc.call("eth_createAccessList", found.call.free, at)["accessList"]
        theirs: AccessList = tuple(
            (Address(one["address"]), tuple(int(slot, 16) for slot in one["storageKeys"]))
            for one in told
        )
        assert found.gas_used <= (measured(world, book, found, theirs).gas_used or 0)

"""Which way of paying is cheaper: the rule, the bid it makes, and the plan that carries it."""

import pytest
from fakes.markets import book_of, curve_pool, lender, raw, v2_pool, v3_pool
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.messages import NoPlan
from bot.domain.plans import AmountMode, Plan
from bot.domain.units import BPS, GWEI, Bps, Raw, Wei
from bot.domain.venues import Lender
from bot.strategy.costs import bid_for
from bot.strategy.parameters import GAS_OF_TIP, StrategyParameters, estimated_gas
from bot.strategy.planning import ExecutionPlanner
from bot.strategy.tip_way import TipWay, is_executor_cheaper

ETHER = 10**18
BOOK = book_of(
    [curve_pool([9e6, 30e6, 9e6, 9e6]), v2_pool((20e6, 20e6)), v3_pool(10**16)],
    [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)],
)


def planner_of(way: TipWay, reverted: int = 0) -> ExecutionPlanner:
    parameters = StrategyParameters(tip_way=way, tip_share_bps=Bps(5_000))
    planner = ExecutionPlanner(tuple(BOOK.pools), parameters)
    planner.hear_reverted(Bps(reverted))
    return planner


def plan_of(way: TipWay, reverted: int = 0) -> Plan:
    found = planner_of(way, reverted).plan(BOOK)
    assert isinstance(found, Plan)
    return found


@pytest.mark.parametrize(
    ("tip", "base_fee", "least_bps"),
    [(0.005, 1, 221), (0.05, 1, 23), (0.005, 20, 4_401), (0.05, 20, 441)],
)
def test_the_executor_is_cheaper_above_the_documented_part_of_reverts(
    tip: float, base_fee: int, least_bps: int
) -> None:
    wei, fee = Wei(round(tip * ETHER)), Wei(base_fee * GWEI)
    assert is_executor_cheaper(wei, fee, Bps(least_bps))
    assert not is_executor_cheaper(wei, fee, Bps(least_bps - 2))


@given(st.integers(0, 10**19), st.integers(0, 10**12))
def test_who_never_reverts_pays_by_priority_fee(tip: int, base_fee: int) -> None:
    assert not is_executor_cheaper(Wei(tip), Wei(base_fee), Bps(0))


@given(st.integers(1, 10**19), st.integers(1, 10**11), st.integers(0, BPS))
def test_the_rule_is_the_expected_cost_of_both_ways(tip: int, base_fee: int, q: int) -> None:
    """By what each way costs on the average, beside what both cost."""
    by_fee, by_executor = q * tip, GAS_OF_TIP * base_fee * BPS
    assert is_executor_cheaper(Wei(tip), Wei(base_fee), Bps(q)) is (by_executor < by_fee)


def test_a_bid_by_the_executor_offers_the_same_and_counts_it_as_cost() -> None:
    profit, gas = raw(USDC, 5_000), 500_000
    ways = [
        bid_for(BOOK, USDC, profit, gas, StrategyParameters(tip_share_bps=Bps(3_000), tip_way=way))
        for way in (TipWay.PRIORITY, TipWay.EXECUTOR)
    ]
    by_fee, by_executor = ways
    assert (by_fee.direct, by_fee.share) == (0, 0)
    assert by_executor.priority_fee_per_gas == 1
    assert by_executor.direct == pytest.approx(by_fee.priority_fee_per_gas * gas, rel=1e-5)
    assert by_executor.total == gas * by_executor.max_fee_per_gas + by_executor.direct
    assert by_executor.cost == pytest.approx(by_fee.cost, rel=1e-3)
    assert by_executor.cost >= BOOK.cost_in(USDC, by_executor.total), "the share is rounded up"


def test_the_cap_holds_for_the_executor_too() -> None:
    parameters = StrategyParameters(max_tip_wei=Wei(10**15), tip_way=TipWay.EXECUTOR)
    assert bid_for(BOOK, USDC, raw(USDC, 10**6), 500_000, parameters).direct == 10**15


@pytest.mark.parametrize("profit", [0, -5, 1])
def test_where_nothing_is_left_to_share_nothing_is_paid(profit: int) -> None:
    parameters = StrategyParameters(tip_way=TipWay.EXECUTOR)
    bid = bid_for(BOOK, USDC, Raw(profit), 500_000, parameters)
    assert (bid.direct, bid.share) == (0, 0)


def test_a_plan_carries_its_tip_through_a_pool_that_it_leaves_alone() -> None:
    plan = plan_of(TipWay.EXECUTOR)
    tip = plan.tip
    assert tip is not None
    (leg,) = tip.legs
    assert (leg.token_in, leg.token_out, leg.takes) == (USDC, WETH, AmountMode.ALL)
    assert leg.pool in {pool.spec for pool in BOOK.gas_pools}
    assert leg.pool not in {one.pool for one in plan.swaps}
    assert plan.min_profit >= plan.profit * tip.share // BPS
    plain = plan_of(TipWay.PRIORITY)
    assert (plain.tip, plain.legs) == (None, plan.legs)


def test_the_cheaper_way_follows_how_often_runs_reverted() -> None:
    assert plan_of(TipWay.CHEAPER).tip is None
    assert plan_of(TipWay.CHEAPER, reverted=5_000).tip is not None


def test_the_gas_of_the_payment_is_in_the_estimate_and_in_the_least_profit() -> None:
    planner = planner_of(TipWay.EXECUTOR)
    found = planner.survey(BOOK).best
    assert found is not None
    before = found.bid.gas
    planner.plan(BOOK)
    assert planner.terms.tip_way is TipWay.EXECUTOR
    plan = plan_of(TipWay.EXECUTOR)
    assert before + GAS_OF_TIP == estimated_gas(
        plan.legs, plan.loans, program=bool(plan.loans), tip=True
    )


def test_nothing_is_planned_that_only_the_tip_would_eat_up() -> None:
    book = book_of([curve_pool([9e6, 9e6, 9e6, 9e6]), v2_pool((20e6, 20e6))])
    assert isinstance(planner_of(TipWay.EXECUTOR).plan(book), NoPlan)

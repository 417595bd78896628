"""The worked example of docs/sizing.md."""

from pathlib import Path

from support.entry_cases import (
    case_of,
    market,
    means_of,
    opportunity_of,
    planner_of,
    sure,
)

from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import human
from bot.strategy.sizing import SizingParameters

DOCS = Path(__file__).parents[3] / "docs" / "sizing.md"


def example() -> EntryPlan:
    kraken = market(
        ("0.92", 15_000), ("0.922", 30_000), ("0.95", 80_000), fee_bps=25, free=1_000_000
    )
    binance = market(
        ("0.923", 20_000), ("0.926", 40_000), pair="USDC/USDT", venue="binance", free=15_000
    )
    case = case_of(-800, belief=sure(0.02, high=0.05))
    means = means_of(kraken, binance, dollars={"USDT": 0.998}, ramp=25_000)
    plan = planner_of(RiskLimits()).plan(case, opportunity_of(case), means, position="p")
    assert isinstance(plan, EntryPlan)
    return plan


def test_the_docs_tell_the_orders_that_are_planned() -> None:
    told = DOCS.read_text()
    plan = example()
    assert plan.size.bound_by == "terminal cap"
    assert "20,000 dollars, bound by the terminal cap" in told
    for order in plan.orders:
        amount, price = human(order.amount, 18), human(order.price, 18, 4)
        fee, expected = human(order.fee_usd, 18), human(order.expected_price, 18, 4)
        row = f"{order.venue} {order.pair} {order.side.value}, {order.time_in_force.name}"
        assert f"| {row} | {amount} | {price} | {expected} | {fee} usd |" in told


def test_the_docs_tell_the_figures_of_the_size() -> None:
    told, plan = DOCS.read_text(), example()
    assert f"a quarter of it is {human(plan.size.wanted_usd, 18, 0)} dollars" in told
    assert f"Exposure {human(plan.size.risk.exposure_usd, 18)}" in told
    assert f"worst case {human(plan.size.risk.worst_case_usd, 18, 0)}" in told
    assert plan.size.risk.expected_shortfall_usd == plan.size.risk.worst_case_usd
    assert f"expected gain {human(plan.expected_usd, 18)} dollars" in told


def test_the_docs_tell_every_setting_with_its_default() -> None:
    told, parameters = DOCS.read_text(), SizingParameters()
    for name in parameters.__struct_fields__:
        assert f"`{name} = {getattr(parameters, name)}`" in told

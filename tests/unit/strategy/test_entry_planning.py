import msgspec
import pytest
from support.depeg_cases import rail
from support.entry_cases import (
    NOW,
    WIDE,
    case_of,
    deep,
    market,
    means_of,
    opportunity_of,
    planner_of,
    sure,
    wad,
)

from bot.domain.opportunities import Veto, Way
from bot.domain.orders import NetworkStatus, OrderSide
from bot.domain.risk import RiskLimits
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import EntryPlan, NoEntry, Style
from bot.domain.units import WAD
from bot.strategy.entry_planning import Considered
from bot.strategy.flash_viability import FlashOffer, Funding
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Means


def considered(
    means: Means,
    *,
    case: Case | None = None,
    limits: RiskLimits = WIDE,
    flash: FlashOffer | None = None,
    way: Way = Way.POSITION,
) -> Considered:
    case = case or case_of()
    opportunity = opportunity_of(case, way if way is Way.REDEMPTION else Way.POSITION)
    if way is Way.ATOMIC:
        opportunity = msgspec.structs.replace(opportunity, way=way)
    return planner_of(limits).consider(case, opportunity, means, position="p1", flash=flash)


def planned(means: Means, case: Case | None = None, limits: RiskLimits = WIDE) -> EntryPlan:
    found = considered(means, case=case, limits=limits).decision
    assert isinstance(found, EntryPlan), found
    return found


def loan(net: float) -> FlashOffer:
    return FlashOffer(net_usd=wad(net), cost_usd=wad(40), loan_usd=wad(1e6), landing=1.0)


def test_a_small_part_of_a_deep_book_is_entered_at_once() -> None:
    plan = planned(means_of(deep(), ramp=10_000))
    assert plan.style is Style.IMMEDIATE
    (order,) = plan.orders
    assert order.amount / WAD == pytest.approx(10_000 / 0.921, rel=0.001)
    assert (plan.position, plan.way, plan.at) == ("p1", Way.POSITION, NOW)


@pytest.mark.parametrize(("ramp", "style"), [(43_000, Style.IMMEDIATE), (50_000, Style.STAGED)])
def test_more_than_half_of_the_depth_is_entered_in_parts(ramp: float, style: Style) -> None:
    plan = planned(means_of(market(("0.92", 100_000)), ramp=ramp))
    assert plan.style is style
    assert len(plan.orders) == (3 if style is Style.STAGED else 1)


@pytest.mark.parametrize(("high", "style"), [(0.06, Style.IMMEDIATE), (0.07, Style.STAGED)])
def test_an_uncertain_belief_is_entered_in_parts(high: float, style: Style) -> None:
    belief = msgspec.structs.replace(sure(0.02, high=high), never_low=0.0)
    planner = planner_of(stage_belief_width=0.065)
    case = case_of(belief=belief)
    plan = planner.plan(case, opportunity_of(case), means_of(deep(), ramp=10_000), position="p1")
    assert isinstance(plan, EntryPlan)
    assert plan.style is style


def test_more_orders_than_open_legs_go_one_after_the_other() -> None:
    limits = msgspec.structs.replace(WIDE, max_order_usd=3_000.0, max_open_legs=3)
    assert planned(means_of(deep(), ramp=8_990), limits=limits).style is Style.IMMEDIATE
    plan = planned(means_of(deep(), ramp=9_100), limits=limits)
    assert plan.style is Style.STAGED
    assert len(plan.orders) == 4


def test_the_parts_of_a_staged_entry_take_turns_at_the_venues() -> None:
    venues = [market(("0.92", 20_000), venue=venue) for venue in ("kraken", "binance")]
    plan = planned(means_of(*venues, ramp=36_000))
    assert plan.style is Style.STAGED
    assert [order.venue for order in plan.orders] == ["kraken", "binance"] * 3


def test_the_plan_s_figures_are_those_of_its_orders() -> None:
    plan = planned(means_of(deep(), ramp=10_000))
    (order,) = plan.orders
    paid = order.amount * order.expected_price // WAD
    price = (paid + order.fee_usd) / order.amount
    gain = 0.9988 / price - 1
    assert plan.expected_usd / WAD == pytest.approx(
        (0.98 * gain - 0.02 * 0.8) * paid / WAD - 10_000 * 0.0006, rel=0.01
    )
    assert plan.exit.entry_price == order.expected_price
    assert plan.size.risk.stop_price == plan.exit.stop_price
    assert plan.never == 0.02


def test_a_premium_is_sold_from_what_is_there_and_bought_back_later() -> None:
    case = case_of(400, belief=sure(0.01))
    sold = market(("1.04", 50_000), sells=True, free=12_000)
    plan = planned(means_of(sold), case)
    (order,) = plan.orders
    assert order.side is OrderSide.SELL
    assert order.amount == wad(12_000)  # the inventory, no more
    assert plan.size.bound_by == "free USDC at kraken"
    assert plan.exit.target_price < order.price < plan.exit.stop_price


def test_what_is_to_be_handed_in_is_no_more_than_the_rail_takes() -> None:
    narrow = msgspec.structs.replace(rail(1.0), capacity=wad(10_000))
    network = NetworkStatus(
        venue="kraken",
        currency="USDC",
        network="ERC20",
        deposits_open=True,
        withdrawals_open=True,
        withdrawal_fee=None,
    )
    bought = msgspec.structs.replace(deep(), networks=(network,))
    found = considered(means_of(bought), case=case_of(rails=(narrow,)), way=Way.REDEMPTION)
    assert isinstance(found.decision, EntryPlan)
    assert found.decision.way is Way.REDEMPTION
    assert 9_000 < sum(order.amount for order in found.decision.orders) / WAD <= 10_000


def test_what_is_left_out_is_told_with_the_plan() -> None:
    found = considered(means_of(deep(), market(("0.92", 1_000), venue="gemini", is_trading=False)))
    assert isinstance(found.decision, EntryPlan)
    (left_out,) = found.left_out
    assert left_out.market == "gemini USDC/USD"


def test_where_nothing_can_be_entered_every_reason_is_told() -> None:
    halted = market(("0.92", 1_000), is_trading=False)
    dear = market(("0.99", 1_000), venue="binance")
    found = considered(means_of(halted, dear))
    assert isinstance(found.decision, NoEntry)
    assert "kraken USDC/USD: the venue does not trade it now" in found.decision.reason
    assert "binance USDC/USD: its price is not worth the risk" in found.decision.reason


def test_a_size_that_no_venue_takes_is_no_entry() -> None:
    found = considered(means_of(deep(), ramp=100), limits=WIDE).decision
    assert isinstance(found, EntryPlan)
    coarse = market(("0.92", 100_000), step=1_000, min_amount=1_000)
    found = considered(means_of(coarse, ramp=100)).decision
    assert isinstance(found, NoEntry)
    assert "less than any market takes" in found.reason


def test_a_loan_that_pays_more_is_taken_instead() -> None:
    pool = market(("0.92", 1_000_000), kind=SourceKind.DEX, venue="ethereum")
    found = considered(means_of(pool, ramp=10_000), flash=loan(1_000))
    assert found.flash.choice is Funding.FLASH
    plan = found.decision
    assert isinstance(plan, EntryPlan)
    assert (plan.style, plan.way, plan.orders) == (Style.FLASH, Way.ATOMIC, ())
    assert plan.size.usd == 0
    assert plan.expected_usd == wad(1_000)
    assert plan.size.bound_by == found.flash.reason


def test_an_entry_that_pays_more_than_the_loan_on_the_same_pools_is_taken() -> None:
    pool = market(("0.92", 1_000_000), kind=SourceKind.DEX, venue="ethereum")
    found = considered(means_of(pool, ramp=10_000), flash=loan(10))
    assert found.flash.choice is Funding.CAPITAL
    assert isinstance(found.decision, EntryPlan)
    assert found.decision.orders


def test_both_are_taken_where_the_entry_is_at_an_exchange() -> None:
    pool = market(("0.919", 1_000_000), kind=SourceKind.DEX, venue="ethereum")
    found = considered(means_of(pool, deep(), ramp=10_000), flash=loan(400))
    assert found.flash.choice is Funding.MIXED
    assert isinstance(found.decision, EntryPlan)
    assert {order.venue for order in found.decision.orders} == {"kraken"}


def test_one_transaction_is_run_on_a_loan_or_not_at_all() -> None:
    run = considered(means_of(deep()), way=Way.ATOMIC, flash=loan(5)).decision
    assert isinstance(run, EntryPlan)
    assert run.style is Style.FLASH
    for flash in (None, loan(-5)):
        assert isinstance(
            considered(means_of(deep()), way=Way.ATOMIC, flash=flash).decision, NoEntry
        )


def test_a_loan_is_taken_where_the_coin_itself_is_vetoed() -> None:
    case = case_of(vetoes=(Veto.REFLEXIVE,))
    planner, opportunity = planner_of(), opportunity_of(case_of())
    plan = planner.plan(case, opportunity, means_of(deep()), position="p", flash=loan(5))
    assert isinstance(plan, EntryPlan)
    assert plan.style is Style.FLASH
    assert isinstance(planner.plan(case, opportunity, means_of(deep()), position="p"), NoEntry)

"""A plan is priced with the share that its value asks for, and everything else holds as before."""

import pytest
from fakes.markets import book_of, curve_pool, lender, peg_module, v2_pool, v3_pool

from bot.decision import decide
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Plan
from bot.domain.units import Address, Bps, Raw, Wei
from bot.domain.venues import Lender
from bot.execution.plan_check import Checked
from bot.execution.simulation import Call
from bot.market.book import MarketBook
from bot.strategy.costs import bid_for
from bot.strategy.parameters import StrategyParameters, estimated_gas
from bot.strategy.planning import ExecutionPlanner

BOOK = book_of(
    [
        curve_pool([9e6, 18e6, 9e6, 9e6]),
        v2_pool((20e6, 20e6)),
        v3_pool(10**16),
        peg_module(400e6, 400e6),
    ],
    [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)],
)
PARAMETERS = StrategyParameters()


def planner_of(
    share: int | None = None, parameters: StrategyParameters = PARAMETERS
) -> ExecutionPlanner:
    chosen = None if share is None else lambda _: Bps(share)
    return ExecutionPlanner(tuple(BOOK.pools), parameters, chosen)


def plan_of(planner: ExecutionPlanner) -> Plan:
    found = planner.plan(BOOK)
    assert isinstance(found, Plan)
    return found


def test_a_chosen_share_makes_the_plan_that_the_setting_would() -> None:
    for share in (500, 1_000, 8_000):
        fixed = plan_of(planner_of(None, StrategyParameters(tip_share_bps=Bps(share))))
        chosen = plan_of(planner_of(share))
        assert chosen.min_profit == fixed.min_profit, share
        assert chosen.profit == fixed.profit


def test_the_share_is_asked_for_by_the_value_in_dollars() -> None:
    asked: list[float] = []

    def share_of(value_usd: float) -> Bps:
        asked.append(value_usd)
        return Bps(2_000)

    plan = plan_of(ExecutionPlanner(tuple(BOOK.pools), PARAMETERS, share_of))
    assert asked == [pytest.approx(BOOK.in_usdc(plan.token, plan.profit) / 10**USDC.decimals)]


def test_what_is_left_must_still_be_the_least_net_profit() -> None:
    plan = plan_of(planner_of())
    cost = bid_for(BOOK, plan.token, plan.profit, estimated_gas(plan.legs, plan.loans), PARAMETERS)
    enough = BOOK.in_usdc(plan.token, Raw(plan.profit - cost.cost)) // 2
    parameters = StrategyParameters(min_net_profit=Raw(enough))
    assert isinstance(planner_of(1_000, parameters).plan(BOOK), Plan)
    found = planner_of(9_500, parameters).plan(BOOK)
    assert isinstance(found, NoPlan)
    assert found.refusal is Refusal.BELOW_COST


def test_the_cap_holds_whatever_was_learnt() -> None:
    capped = StrategyParameters(max_tip_wei=Wei(10**12))
    chosen, fixed = plan_of(planner_of(9_000, capped)), plan_of(planner_of(None, capped))
    assert chosen.min_profit == fixed.min_profit


class Confirming:
    """A check that confirms, and prices as the real one does."""

    def __init__(self) -> None:
        self.shares: list[int] = []

    def check(self, plan: Plan, book: MarketBook, parameters: StrategyParameters) -> Checked:
        self.shares.append(parameters.tip_share_bps)
        return Checked(
            plan=plan,
            call=Call(sender=Address("0x01"), to=Address("0x02"), data=b""),
            gas_used=400_000,
            bid=bid_for(book, plan.token, plan.profit, 400_000, parameters),
            nonce=1,
        )


def test_the_bid_that_is_signed_offers_the_share_that_was_planned_with() -> None:
    checking = Confirming()
    shares = iter((Bps(7_000), Bps(600)))
    planner = ExecutionPlanner(tuple(BOOK.pools), PARAMETERS, lambda _: next(shares))
    fees = []
    for _ in range(2):
        found = decide(BOOK, planner, checking)  # type: ignore[arg-type]  # what of it is used
        assert isinstance(found, Checked)
        fees.append(found.bid.priority_fee_per_gas)
    assert checking.shares == [7_000, 600]
    assert fees[0] > 10 * fees[1]

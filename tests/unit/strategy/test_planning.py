"""One plan per block, the best there is, or one reason why there is none."""

import msgspec
import pytest
from fakes.markets import BLOCK, book_of, curve_pool, gas_pool, lender, peg_module, v2_pool, v3_pool

from bot.amm.optimum import quote_path
from bot.amm.pool import Pool
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import AmountMode, Mode, Plan
from bot.domain.units import GWEI, Raw, Wei
from bot.domain.venues import (
    CURVE_3POOL,
    CURVE_SUSD,
    V2_USDC_USDT,
    V3_USDC_USDT,
    Lender,
)
from bot.market.book import MarketBook
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

MORPHO = [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)]
AAVE = [lender(Lender.AAVE_V3, token, 50e6, bps=5) for token in (USDC, USDT, DAI)]


def shocked(usdc: float = 18e6) -> list[Pool]:
    """Somebody sold USDC into Curve until the pool held `usdc`."""
    return [
        curve_pool([9e6, usdc, 9e6, 9e6]),
        v2_pool((20e6, 20e6)),
        v3_pool(10**16),
        peg_module(400e6, 400e6),
    ]


def curves(usdc: float = 18e6) -> list[Pool]:
    """Two Curve pools apart, and nothing that pays before it is paid."""
    return [curve_pool([9e6, usdc, 9e6, 9e6]), curve_pool([50e6, 50e6, 50e6], CURVE_3POOL)]


def planned(book: MarketBook, **parameters: int) -> Plan | NoPlan:
    return ExecutionPlanner(tuple(book.pools), StrategyParameters(**parameters)).plan(book)


def plan_of(book: MarketBook, **parameters: int) -> Plan:
    found = planned(book, **parameters)
    assert isinstance(found, Plan)
    return found


def refusal_of(book: MarketBook, **parameters: int) -> NoPlan:
    found = planned(book, **parameters)
    assert isinstance(found, NoPlan)
    return found


def test_a_market_on_peg_offers_nothing() -> None:
    refusal = refusal_of(book_of(shocked(9e6), MORPHO))
    assert refusal.refusal is Refusal.NO_GAP
    assert refusal.block == BLOCK


def test_a_gap_smaller_than_the_gas_is_left_alone() -> None:
    refusal = refusal_of(book_of(shocked(11e6), MORPHO, base_fee=2_000 * GWEI))
    assert refusal.refusal is Refusal.BELOW_COST
    assert "gas and tip" in refusal.detail


def test_a_gap_that_nobody_can_fund_is_called_that() -> None:
    assert refusal_of(book_of(curves())).refusal is Refusal.NO_LENDER
    broke = [lender(Lender.MORPHO, token, 0) for token in (USDC, USDT, DAI)]
    assert refusal_of(book_of(curves(), broke)).refusal is Refusal.NO_LENDER


def test_no_lender_is_asked_where_a_pool_of_the_route_pays_first() -> None:
    for lenders in ((), MORPHO):
        plan = plan_of(book_of(shocked()[:3], lenders))
        assert (plan.mode, plan.loans) == (Mode.PULL, ())
        assert plan.legs[-1].pool in (V2_USDC_USDT, V3_USDC_USDT)


def test_a_pulled_plan_repeats_what_the_pools_say_to_the_base_unit() -> None:
    book = book_of(shocked())
    plan = plan_of(book)
    for leg in plan.legs:
        pool = book.pools[leg.pool]
        assert leg.amount_out == pool.amount_out(leg.coin_in, leg.coin_out, leg.amount_in)
    assert [leg.amount_in for leg in plan.legs[1:]] == [leg.amount_out for leg in plan.legs[:-1]]
    assert plan.profit == plan.legs[-1].amount_out - plan.legs[0].amount_in


def test_a_lent_plan_repeats_what_the_pools_say_to_the_base_unit() -> None:
    book = book_of(curves(), AAVE)
    plan = plan_of(book)
    steps = [(book.pools[leg.pool], leg.coin_in, leg.coin_out) for leg in plan.legs]
    amounts = quote_path(steps, plan.loans[0].amount)
    assert plan.mode is Mode.PUSH
    assert [leg.amount_out for leg in plan.legs] == list(amounts)
    assert [leg.amount_in for leg in plan.legs] == [plan.stake, *amounts[:-1]]
    assert {leg.takes for leg in plan.legs} == {AmountMode.ALL}
    assert plan.profit == amounts[-1] - plan.stake - plan.fee


def test_the_plan_is_for_the_next_block_only_and_must_pay_for_itself() -> None:
    plan = plan_of(book_of(shocked(), MORPHO))
    assert (plan.block, plan.max_block) == (BLOCK, BLOCK + 1)
    assert 0 < plan.min_profit < plan.profit


def test_the_direction_is_against_the_shock() -> None:
    plan = plan_of(book_of(shocked(), MORPHO))
    curve = next(leg for leg in plan.legs if leg.pool == CURVE_SUSD)
    assert curve.token_out == USDC


def lender_of(plan: Plan) -> Lender:
    (loan,) = plan.loans
    return loan.lender


def test_of_two_lenders_the_one_that_leaves_more_is_taken() -> None:
    plan = plan_of(book_of(curves(), [*AAVE, *MORPHO]))
    assert lender_of(plan) is Lender.MORPHO
    assert plan.fee == 0


def test_a_fee_is_paid_where_the_free_lender_has_too_little() -> None:
    poor = [lender(Lender.MORPHO, token, 1_000) for token in (USDC, USDT, DAI)]
    plan = plan_of(book_of(curves(30e6), [*AAVE, *poor]))
    assert lender_of(plan) is Lender.AAVE_V3
    assert plan.fee == AAVE[0].fee(plan.stake) > 0


def test_of_two_free_lenders_the_one_with_less_gas_is_taken() -> None:
    vault = [lender(Lender.BALANCER_V2, token, 50e6) for token in (USDC, USDT, DAI)]
    assert lender_of(plan_of(book_of(curves(), [*vault, *MORPHO]))) is Lender.BALANCER_V2


def test_no_other_funded_round_trip_would_leave_more() -> None:
    book = book_of(shocked(), [*AAVE, *MORPHO])
    best = plan_of(book, candidates=1_000)
    assert plan_of(book).profit == best.profit
    for spec in list(book.pools)[1:]:
        others = {key: pool for key, pool in book.pools.items() if key != spec}
        found = planned(msgspec.structs.replace(book, pools=others), candidates=1_000)
        if isinstance(found, Plan):
            worth = book.in_usdc(found.token, found.profit - found.min_profit)
            assert worth <= book.in_usdc(best.token, best.profit - best.min_profit)


def test_pools_that_gave_no_answer_are_not_planned_through() -> None:
    pools = shocked(60e6)[:2]
    plan = plan_of(book_of(pools, MORPHO))
    assert {leg.pool for leg in plan.legs} == {CURVE_SUSD, V2_USDC_USDT}


def test_the_least_net_profit_decides_to_the_base_unit() -> None:
    book = book_of(shocked(), MORPHO)
    plan = plan_of(book)
    net = book.in_usdc(plan.token, plan.profit - plan.min_profit)
    assert isinstance(planned(book, min_net_profit=net), Plan)
    refusal = refusal_of(book, min_net_profit=net + 1)
    assert refusal.refusal is Refusal.BELOW_COST


def test_dear_gas_turns_the_same_gap_away() -> None:
    pools = shocked(12e6)
    assert isinstance(planned(book_of(pools, MORPHO, gas=gas_pool(3_000))), Plan)
    dear = book_of(pools, MORPHO, gas=gas_pool(3_000_000))
    assert refusal_of(dear).refusal is Refusal.BELOW_COST


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_legs", 1),
        ("max_legs", 6),
        ("tip_share_bps", -1),
        ("tip_share_bps", 10_000),
        ("candidates", 0),
        ("max_tip_wei", Wei(-1)),
        ("min_net_profit", Raw(-1)),
    ],
)
def test_parameters_out_of_range_are_refused_by_name(setting: str, value: int) -> None:
    with pytest.raises(ValueError, match=setting):
        StrategyParameters(**{setting: value})

"""One plan per block, the best there is, or one reason why there is none."""

from random import Random

import msgspec
import pytest
from fakes.markets import BLOCK, book_of, curve_pool, gas_pool, lender, peg_module, v2_pool, v3_pool
from support.desk import best_by_force
from support.replay import replay

from bot.amm.pool import Pool
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.messages import NoPlan, Refusal
from bot.domain.plans import Mode, Plan
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
        assert all(loan.is_swap for loan in plan.loans)
        assert plan.funding.endswith("pool itself")


def test_a_market_of_one_round_trip_is_pulled_not_programmed() -> None:
    plan = plan_of(book_of([v2_pool((22e6, 20e6)), v3_pool(10**16)], MORPHO))
    assert (plan.mode, plan.loans) == (Mode.PULL, ())
    assert {leg.pool for leg in plan.legs} == {V2_USDC_USDT, V3_USDC_USDT}


def test_a_pulled_plan_repeats_what_the_pools_say_to_the_base_unit() -> None:
    book = book_of([v2_pool((22e6, 20e6)), v3_pool(10**16)])
    plan = plan_of(book)
    assert plan.mode is Mode.PULL
    first, last = plan.legs
    made = book.pools[last.pool].amount_out(last.coin_in, last.coin_out, last.amount_in)
    price = book.pools[first.pool].amount_in(first.coin_in, first.coin_out, first.amount_out)
    assert (last.amount_out, first.amount_in) == (made, price)
    assert [leg.amount_in for leg in plan.legs[1:]] == [leg.amount_out for leg in plan.legs[:-1]]
    assert plan.profit == plan.legs[-1].amount_out - plan.legs[0].amount_in


def test_a_lent_plan_repeats_what_the_pools_say_to_the_base_unit() -> None:
    book = book_of(curves(), AAVE)
    plan = plan_of(book)
    assert plan.mode is Mode.PUSH
    assert plan.fee > 0
    left = replay(book.pools, plan.loans, plan.legs)
    assert left.pop(plan.token) == plan.profit
    assert not any(left.values())


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
    assert {leg.pool for leg in plan.swaps} == {CURVE_SUSD, V2_USDC_USDT}


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


def random_book(seed: int) -> MarketBook:
    """Return five pools, each somebody's trade away from the others, and free or dear lenders."""
    chance = Random(seed)  # noqa: S311 - not for secrets

    def near(coins: float) -> float:
        return coins * chance.uniform(0.7, 1.4)

    pools: list[Pool] = [
        curve_pool([near(9e6) for _ in range(4)]),
        curve_pool([near(50e6) for _ in range(3)], CURVE_3POOL),
        v2_pool((near(5e6), 5e6)),
        v3_pool(chance.choice([10**12, 10**14, 10**16])),
        peg_module(near(1e6), near(3e6), tin=chance.choice([0, 10**14])),
    ]
    lenders = chance.choice([[], MORPHO, AAVE, [*MORPHO[:1], *AAVE]])
    return book_of(pools, lenders, base_fee=chance.choice([1, 30]) * GWEI)


def planner_of(book: MarketBook) -> ExecutionPlanner:
    return ExecutionPlanner(tuple(book.pools), StrategyParameters())


@pytest.mark.parametrize("seed", range(25))
def test_the_plan_of_the_whole_market_is_exact_and_never_below_the_best_round_trip(
    seed: int,
) -> None:
    book = random_book(seed)
    planner = planner_of(book)
    found = planner.survey(book)
    plan = planner.decide(book, found)
    if isinstance(plan, NoPlan):
        assert all(offer.net_usdc < 10**6 for offer in (*found.single, *found.programs))
        return
    net = book.in_usdc(plan.token, plan.profit - plan.min_profit)
    assert all(net >= offer.net_usdc for offer in found.single)
    for program in found.programs:
        left = replay(book.pools, program.loans, program.legs)
        assert left.pop(USDC) == program.profit
        assert all(rest < 10**token.decimals for token, rest in left.items())
    certificate = plan.certificate
    assert certificate is not None
    assert certificate.worth == book.in_usdc(plan.token, plan.profit)
    assert not certificate.is_doubtful


@pytest.mark.parametrize(("seed", "gwei"), [(11, 300), (18, 100), (18, 300), (3, 30)])
def test_no_round_trip_is_left_unpriced_that_leaves_more_than_the_program(
    seed: int, gwei: int
) -> None:
    book = msgspec.structs.replace(random_book(seed), next_base_fee=Wei(gwei * GWEI))
    planner = planner_of(book)
    best, quick = planner.survey(book).best, planner.survey(book, thorough=False).best
    assert best is not None
    assert quick is not None
    assert quick.net_usdc == pytest.approx(best.net_usdc, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_round_trip_sized_by_force_earns_more_than_the_bound(seed: int) -> None:
    book = random_book(seed)
    found = planner_of(book).survey(book)
    assert best_by_force(book) <= found.solution.bound * 10**6 * (1 + 1e-4) + 1


def test_a_program_through_the_whole_market_beats_every_round_trip() -> None:
    book = book_of(shocked(), MORPHO)
    found = planner_of(book).survey(book)
    (program,) = found.programs
    assert program.net_usdc > max(offer.net_usdc for offer in found.single)
    plan = plan_of(book)
    assert plan.profit == program.profit > best_by_force(book)
    assert plan.certificate is not None
    assert plan.certificate.gap < 1e-3


@pytest.mark.parametrize("seed", range(12))
def test_round_trips_that_are_not_priced_would_not_have_been_chosen(seed: int) -> None:
    book = random_book(seed)
    thorough = planner_of(book).survey(book).best
    quick = planner_of(book).survey(book, thorough=False)
    assert (quick.best is None) is (thorough is None)
    if quick.best is not None and thorough is not None:
        assert quick.best.net_usdc == pytest.approx(thorough.net_usdc, rel=1e-6)


def test_round_trips_far_below_the_program_are_not_priced() -> None:
    book = book_of([*shocked(), curve_pool([50e6] * 3, CURVE_3POOL)], MORPHO)
    planner = planner_of(book)
    assert len(planner.survey(book, thorough=False).single) < len(planner.survey(book).single)


def test_the_same_book_is_planned_the_same_way_from_wherever_the_search_starts() -> None:
    book, planner = book_of(shocked(), MORPHO), planner_of(book_of(shocked()))
    planner.plan(book_of(shocked(60e6), MORPHO))
    again, fresh = planner.plan(book), plan_of(book)
    assert isinstance(again, Plan)
    assert again.profit == pytest.approx(fresh.profit, rel=1e-6)


def test_a_metapool_and_its_base_never_stand_in_one_plan() -> None:
    """The twin stands for a metapool: the same curve, tied to the 3pool."""
    tied = msgspec.structs.replace(CURVE_SUSD, name="tied", base=CURVE_3POOL)
    pools: list[Pool] = [
        curve_pool([9e6, 18e6, 9e6, 9e6], tied),
        curve_pool([50e6, 50e6, 50e6], CURVE_3POOL),
        v2_pool((20e6, 20e6)),
        v3_pool(10**16),
    ]
    plan = plan_of(book_of(pools, MORPHO))
    assert not {tied, CURVE_3POOL} <= {leg.pool for leg in plan.swaps}


def test_rivals_among_the_best_round_trips_do_not_crowd_out_the_next_ones() -> None:
    """Of three pools tied to each other any two are rivals, and all the best trips are theirs."""
    tied = [
        msgspec.structs.replace(
            CURVE_SUSD, name=f"tied {at}", address=spec.address, base=CURVE_3POOL
        )
        for at, spec in enumerate((CURVE_SUSD, V2_USDC_USDT, V3_USDC_USDT))
    ]
    pools: list[Pool] = [
        *(
            curve_pool([9e6, usdc, 9e6, 9e6], spec)
            for usdc, spec in zip((20e6, 1e6, 9e6), tied, strict=True)
        ),
        v2_pool((20.5e6, 20e6)),
    ]
    book = book_of(pools, MORPHO)
    planner = ExecutionPlanner(tuple(book.pools), StrategyParameters(candidates=1))
    (trip,) = planner.survey(book).trips
    assert V2_USDC_USDT in {hop.pool for hop in trip.hops}


def test_nothing_found_says_how_little_there_was() -> None:
    assert "earn 0.0000 USDC at most" in refusal_of(book_of(shocked(9e6), MORPHO)).detail


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_legs", 1),
        ("max_legs", 6),
        ("max_pools", 1),
        ("max_pools", 41),
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

"""`repeg route`: the plan leg by leg, and what it is compared with."""

import msgspec
from fakes.markets import book_of, curve_pool, lender, peg_module, v2_pool, v3_pool

from bot.amm.pool import Pool
from bot.commands.route import told
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import GWEI
from bot.domain.venues import Lender
from bot.market.book import MarketBook
from bot.operations.best_route import RouteView, route_of
from bot.strategy.parameters import StrategyParameters
from bot.strategy.planning import ExecutionPlanner

MORPHO = [lender(Lender.MORPHO, token, 50e6) for token in (USDC, USDT, DAI)]


def split_book(usdc: float = 18e6, *, base_fee: int = GWEI) -> MarketBook:
    pools: list[Pool] = [
        curve_pool([9e6, usdc, 9e6, 9e6]),
        v2_pool((20e6, 20e6)),
        v3_pool(10**16),
        peg_module(400e6, 400e6),
    ]
    return book_of(pools, MORPHO, base_fee=base_fee)


def joined_book() -> MarketBook:
    """Return a market whose split is joined in a pool that can pay first, and no lender."""
    return book_of([curve_pool([9e6, 18e6, 9e6, 9e6]), v2_pool((21e6, 20e6)), v3_pool(10**16)])


def seen(book: MarketBook) -> RouteView:
    return route_of(book, ExecutionPlanner(tuple(book.pools), StrategyParameters()))


def test_every_swap_of_the_plan_is_a_step_with_its_rate() -> None:
    book = split_book()
    plan = ExecutionPlanner(tuple(book.pools), StrategyParameters()).plan(book)
    view = seen(book)
    assert view.pays
    assert [step.pool for step in view.steps] == [leg.pool.name for leg in plan.swaps]
    for step in view.steps:
        assert 0 < step.rate <= step.spot * 1.0001


def test_the_step_that_is_paid_for_last_says_so() -> None:
    view = seen(joined_book())
    assert [step.pays_first for step in view.steps].count(True) == 1
    assert view.steps[0].pays_first
    assert view.loans == ()
    assert any("pays first and is paid last" in line for line in told(view))


def test_a_loan_is_shown_with_its_lender_and_fee() -> None:
    view = seen(split_book())
    (loan,) = view.loans
    assert (loan.lender, loan.fee.raw) == ("morpho", 0)
    assert any("from morpho" in line for line in told(view))


def test_bound_profit_and_the_best_round_trip_stand_side_by_side() -> None:
    view = seen(split_book())
    assert view.profit is not None
    assert view.net is not None
    assert view.net_of_best_round_trip is not None
    assert view.net.raw >= view.net_of_best_round_trip.raw > 0
    assert view.bound.raw * 1.001 >= view.profit.raw > view.net.raw
    assert 0 <= (view.gap or 0.0) < 1e-3


def test_without_a_gap_there_is_a_verdict_and_no_step() -> None:
    view = seen(split_book(9e6))
    assert (view.pays, view.steps, view.profit) == (False, (), None)
    lines = list(told(view))
    assert "no cycle pays" in lines[-1]
    assert "nothing on this block earns more than 0.000000 USDC" in lines[2]


def test_dear_gas_is_named_as_the_reason() -> None:
    assert "does not pay for gas and tip" in seen(split_book(10e6, base_fee=5_000 * GWEI)).verdict


def test_machines_read_the_same_view_back() -> None:
    view = seen(split_book())
    assert msgspec.json.decode(msgspec.json.encode(view), type=RouteView) == view

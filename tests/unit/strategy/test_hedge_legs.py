import pytest
from support.asset_views import moment
from support.entry_cases import market, means_of, wad
from support.hedge_cases import SENT, leg, legs_of, place_of, plan_of

from bot.domain.orders import OrderSide, Purpose, TimeInForce
from bot.domain.units import WAD
from bot.strategy.hedge_legs import Await, Close, Finished, Legs, SendFirst, next_step
from bot.strategy.hedge_plans import HedgePlace, NoHedge, hedge_plan

PLAN = plan_of()


def test_the_leg_on_chain_goes_first() -> None:
    assert next_step(PLAN, Legs(), SENT) == SendFirst(order=PLAN.first)


@pytest.mark.parametrize(("late_s", "begins"), [(60, True), (60.1, False)])
def test_too_late_nothing_is_begun(late_s: float, *, begins: bool) -> None:
    assert isinstance(next_step(PLAN, Legs(), moment(late_s)), SendFirst) is begins


def test_nothing_is_hedged_before_it_is_filled() -> None:
    step = next_step(PLAN, legs_of(is_final=False), moment(30))
    assert step == Await(reason="the leg on chain is not final")


def test_a_leg_that_fails_on_chain_ends_it() -> None:
    assert next_step(PLAN, legs_of(), moment(30)) == Finished(
        dust=0, reason="nothing was filled on chain"
    )


@pytest.mark.parametrize(("filled", "closed"), [(10_000, 0), (3_700, 0), (10_000, 9_900)])
def test_what_is_filled_and_not_closed_is_hedged(filled: float, closed: float) -> None:
    step = next_step(PLAN, legs_of(filled, closed), moment(1))
    assert isinstance(step, Close)
    assert step.purpose is Purpose.HEDGE
    assert step.order.side is OrderSide.SELL
    assert step.order.time_in_force is TimeInForce.IOC
    assert step.order.amount == wad(filled - closed)
    assert step.order.price == wad("0.975")  # down to where the book holds the whole leg


def test_a_first_part_is_hedged_while_the_rest_is_not_final() -> None:
    step = next_step(PLAN, legs_of(2_000, is_final=False), moment(1))
    assert isinstance(step, Close)
    assert step.order.amount == wad(2_000)


def test_while_an_order_is_not_final_there_is_no_second_one() -> None:
    step = next_step(PLAN, legs_of(10_000, is_busy=True), moment(1))
    assert step == Await(reason="an order at the exchange is not final")


@pytest.mark.parametrize(
    ("now_s", "purpose", "overdue"),
    [
        (10, Purpose.HEDGE, False),
        (10.1, Purpose.FLATTEN, False),
        (30, Purpose.FLATTEN, False),
        (30.1, Purpose.FLATTEN, True),
    ],
)
def test_after_its_time_what_is_not_hedged_is_flattened(
    now_s: float, purpose: Purpose, *, overdue: bool
) -> None:
    step = next_step(PLAN, legs_of(10_000, 4_000), moment(now_s))
    assert isinstance(step, Close)
    assert (step.purpose, step.is_overdue) == (purpose, overdue)
    assert step.order.amount == wad(6_000)
    if purpose is Purpose.FLATTEN:
        assert step.order.price == wad("0.9506")  # 3 % below the best bid, on the tick


def test_an_order_that_never_ends_is_told_when_it_is_overdue() -> None:
    waits = [next_step(PLAN, legs_of(9, is_busy=True), moment(s)) for s in (29, 31)]
    assert [isinstance(one, Await) and one.is_overdue for one in waits] == [False, True]


def test_a_hedge_whose_first_leg_is_undone_is_taken_back_at_once() -> None:
    step = next_step(PLAN, legs_of(0, 4_000, filled_at=SENT), moment(2))
    assert isinstance(step, Close)
    assert step.purpose is Purpose.FLATTEN
    assert step.order.side is OrderSide.BUY
    assert step.order.amount == wad(4_000)
    assert step.order.price == PLAN.undo_price > wad("0.98")


@pytest.mark.parametrize(("left", "done"), [(9.99, True), (10.31, False)])
def test_what_cannot_be_traded_is_dust(left: float, *, done: bool) -> None:
    step = next_step(PLAN, legs_of(10_000, 10_000 - left), moment(1))
    assert isinstance(step, Finished) is done
    if isinstance(step, Finished):
        assert step.dust == wad(left)


def test_what_one_leg_alone_can_lose_is_known_before_it_is_sent() -> None:
    # bought at 0.95: the chain may yet take that back, after it was flattened 3 % below 0.98; then
    # it is bought 3 % above 0.981; 10 basis points of fee each, 15 dollars of gas
    undone = 0.9506 * 0.999 - PLAN.undo_price / WAD * 1.001
    assert PLAN.worst_loss_usd / WAD == pytest.approx(-10_000 * undone + 15, rel=1e-3)
    dear = plan_of(leg(price=1.05))
    flattened = 1.05 - 0.9506 * 0.999
    assert dear.worst_loss_usd / WAD == pytest.approx(10_000 * flattened + 15, rel=1e-3)


def test_the_exposure_of_either_leg_is_within_what_is_set_aside() -> None:
    assert PLAN.exposure_usd / WAD > 10_000 * PLAN.undo_price / WAD
    assert PLAN.exposure_usd < 10_300 * WAD


def test_it_is_valued_in_dollars() -> None:
    dear = plan_of(place=place_of(tether=1.05))
    assert dear.exposure_usd >= PLAN.exposure_usd
    assert plan_of(leg(price=0.99), place_of(tether=1.05)).worst_loss_usd > dear.worst_loss_usd


def test_a_premium_sold_on_chain_is_hedged_by_a_purchase() -> None:
    exchange = market(("1.01", 20_000), pair="USDC/USD")
    place = HedgePlace(market=exchange, means=means_of(dollars={"USDT": 1.0}))
    plan = plan_of(leg(price=1.03, side=OrderSide.SELL), place)
    assert plan.hedge.side is OrderSide.BUY
    assert plan.close_price > wad("1.01") > plan.undo_price
    step = next_step(plan, legs_of(500), moment(1))
    assert isinstance(step, Close)
    assert step.order.side is OrderSide.BUY


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (place_of((0.98, 9_999)), "its book, or the leg, is too small"),
        (place_of(free=9_999), "kraken: 10,000.00 USDC needed, 9,999.00 free"),
        (
            HedgePlace(market=place_of().market, means=means_of()),
            "nobody knows what it is paid in is worth in dollars",
        ),
    ],
)
def test_without_a_second_leg_there_is_no_first(place: HedgePlace, reason: str) -> None:
    found = hedge_plan("p1", leg(), place, SENT)
    assert isinstance(found, NoHedge)
    assert reason in found.reason

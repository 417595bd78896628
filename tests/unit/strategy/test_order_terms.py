import msgspec
import pytest
from support.entry_cases import WIDE, case_of, market, means_of, opportunity_of, wad

from bot.domain.depegs import Status
from bot.domain.orders import OrderKind, OrderSide, TimeInForce
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import WAD
from bot.strategy.entry_venues import approach_of
from bot.strategy.order_terms import Terms, cut, orders_of
from bot.strategy.sizing import SizingParameters
from bot.strategy.trading_means import Market
from bot.strategy.venue_ladders import Ladder

ALONE = Terms(
    parameters=SizingParameters(),
    status=Status.ACTIVE,
    hours=24.0,
    stages=1,
    order_usd=wad(1e9),
    is_alone=True,
)


def ladder_of(place: Market, *, off_bps: float = -800) -> Ladder:
    case = case_of(off_bps)
    found = approach_of(case, opportunity_of(case), means_of(place), WIDE, 2.0)
    (ladder,) = found.ladders
    return ladder


def one(place: Market, amount: float, terms: Terms = ALONE, **changed: object) -> PlannedOrder:
    terms = msgspec.structs.replace(terms, **changed)
    off_bps = -800 if place.book.asks[0].price < WAD else 400
    (order,) = orders_of(ladder_of(place, off_bps=off_bps), wad(amount), terms)
    return order


BOOK = market(("0.92", 1_000), ("0.925", 1_000), fee_bps=20)


def test_what_is_there_is_taken_and_the_rest_cancelled() -> None:
    order = one(BOOK, 1_500)
    assert order.side is OrderSide.BUY
    assert order.kind is OrderKind.LIMIT
    assert order.time_in_force is TimeInForce.IOC
    assert order.amount == wad(1_500)


def test_price_fee_and_slippage_are_those_of_the_book() -> None:
    order = one(BOOK, 1_500)
    assert order.expected_price == (1_000 * wad("0.92") + 500 * wad("0.925")) // 1_500
    assert order.price == wad("0.9251")  # the deepest level, two basis points more, on the tick
    assert order.fee_usd == (1_000 * wad("0.92") + 500 * wad("0.925")) * 20 // 10_000
    assert order.slippage_bps == pytest.approx((0.9216667 / 0.92 - 1) * 1e4, rel=1e-4)


def test_the_price_is_rounded_to_the_tick_on_our_side() -> None:
    bought = one(market(("0.92", 1_000), tick="0.001"), 500)
    assert bought.price == wad("0.92")  # 0.920184 down
    sold = one(market(("1.04", 1_000), tick="0.001", sells=True), 500)
    assert sold.price == wad("1.04")  # 1.039792 up


def test_a_level_off_the_tick_is_still_reached() -> None:
    assert one(market(("0.9203", 1_000), tick="0.001"), 500).price == wad("0.921")


@pytest.mark.parametrize(
    ("spread", "changed", "rests"),
    [
        (0.0020, {}, True),  # 21.7 basis points are saved
        (0.0018, {}, False),  # 19.6
        (0.0020, {"hours": 6.0}, True),
        (0.0020, {"hours": 5.9}, False),
        (0.0020, {"status": Status.RECOVERING}, False),
        (0.0020, {"status": Status.WORSENING}, False),
    ],
)
def test_a_maker_s_order_is_one_with_time_and_a_spread(
    spread: float, changed: dict[str, object], *, rests: bool
) -> None:
    order = one(market(("0.92", 1_000), spread=spread), 500, **changed)
    assert (order.time_in_force is TimeInForce.POST_ONLY) is rests
    if rests:
        assert order.price == order.expected_price == wad("0.918")
        assert order.slippage_bps < 0  # better than what is asked


def test_a_maker_s_fee_counts_for_resting() -> None:
    order = one(market(("0.92", 1_000), fee_bps=30, maker_fee_bps=8), 500)
    assert order.time_in_force is TimeInForce.POST_ONLY
    assert order.fee_usd == 500 * order.price * 8 // 10_000


def test_nothing_rests_on_chain() -> None:
    pool = market(("0.92", 1_000), kind=SourceKind.DEX, spread=0.02, venue="ethereum")
    assert one(pool, 500).time_in_force is TimeInForce.IOC


@pytest.mark.parametrize(("amount", "whole"), [(199, True), (200, False)])
def test_all_or_nothing_where_a_part_could_not_be_sold_again(amount: float, *, whole: bool) -> None:
    order = one(market(("0.92", 1_000), min_amount=100), amount)
    assert (order.time_in_force is TimeInForce.FOK) is whole


def test_a_split_is_never_all_or_nothing() -> None:
    order = one(market(("0.92", 1_000), min_amount=100), 150, is_alone=False)
    assert order.time_in_force is TimeInForce.IOC


def parts(amount: float, *, stages: int = 1, order_usd: float = 1e9, **rules: float) -> list[float]:
    ladder = ladder_of(market(("0.92", 10_000), **rules))
    return [part / WAD for part in cut(ladder, wad(amount), stages, wad(order_usd))]


def test_parts_are_on_the_step_and_together_the_whole() -> None:
    assert parts(1_000, stages=3, step=1) == [334, 333, 333]
    assert parts(1_000, stages=1) == [1_000]


def test_no_part_is_above_the_largest_order() -> None:
    # 500 dollars are 542 coins at what one is worth at most
    assert parts(1_000, order_usd=500, step=1) == [500, 500]
    assert parts(1_200, order_usd=500, step=1, stages=2) == [400, 400, 400]


def test_no_part_is_below_what_the_venue_takes() -> None:
    assert parts(1_000, stages=3, min_amount=400, step=1) == [500, 500]
    assert parts(700, stages=3, min_amount=400, step=1) == [700]


def test_what_a_largest_order_near_the_least_leaves_over_is_not_traded() -> None:
    assert parts(700, order_usd=500, min_amount=400, step=1) == [542]
    assert parts(1_000, order_usd=500, min_amount=400, step=1) == [500, 500]
    assert parts(1_000, order_usd=300, min_amount=400, step=1) == []


def test_the_parts_of_one_market_go_ever_deeper() -> None:
    orders = orders_of(ladder_of(BOOK), wad(1_800), msgspec.structs.replace(ALONE, stages=3))
    assert [order.expected_price / WAD for order in orders] == pytest.approx(
        [0.92, (400 * 0.92 + 200 * 0.925) / 600, 0.925]
    )
    assert [order.price for order in orders] == [wad("0.9201"), wad("0.9251"), wad("0.9251")]

import msgspec
import pytest
from support.exit_markets import leave, market, orders
from support.held_positions import exit_plan, held_of, situation, wad

from bot.domain.orders import OrderSide, Purpose, TimeInForce
from bot.domain.trade_plans import ExitReason, Leave
from bot.strategy.exit_orders import purpose_of
from bot.strategy.exit_plans import ExitParameters
from bot.strategy.exit_situation import ExitRequest
from bot.strategy.exit_watch import ExitWatch
from bot.strategy.trading_means import Market


def test_one_venue_one_order_at_once_with_a_worst_price() -> None:
    found = orders(leave(), held_of(), market((0.998, 400), (0.9975, 5_000)))
    (only,) = found.orders
    assert (only.side, only.amount, only.time_in_force) == (
        OrderSide.SELL,
        wad(1_000),
        TimeInForce.IOC,
    )
    assert only.price == wad(0.9971)  # 5 bps below the deepest level that it counts on
    assert only.expected_price == wad(0.998 * 0.4 + 0.9975 * 0.6)
    assert only.fee_usd == wad(0.9977)
    assert only.slippage_bps == pytest.approx(3.006, abs=1e-3)
    assert found.short == 0
    assert found.dust == {}


def test_it_goes_where_it_is_held_and_there_by_depth_and_fee() -> None:
    held = held_of(venues={"kraken": 600, "binance": 400})
    near, dear = market((0.998, 5_000)), market((0.998, 5_000), venue="binance", fee_bps=30)
    both = orders(leave(), held, near, dear)
    assert {o.venue: o.amount for o in both.orders} == {"kraken": wad(600), "binance": wad(400)}
    part = orders(leave(350), held, near, dear)
    assert {o.venue: o.amount for o in part.orders} == {"kraken": wad(350)}
    nowhere = orders(leave(), held, market((0.998, 5_000), venue="bitstamp"))
    assert nowhere.orders == ()
    assert nowhere.left_out == {"bitstamp USDC/USD": "nothing of it is there"}


def test_of_one_venue_the_best_market_is_used_and_no_coin_is_sold_twice() -> None:
    dollars = market((0.998, 5_000))
    tether = market((1.0205, 5_000), pair="USDC/USDT")  # 1.00009 dollars
    (only,) = orders(leave(), held_of(), dollars, tether).orders
    assert (only.pair, only.amount) == ("USDC/USDT", wad(1_000))
    cheap = market((1.0, 5_000), pair="USDC/USDT")  # 0.98 dollars
    (other,) = orders(leave(worst=0.97), held_of(), dollars, cheap).orders
    assert other.pair == "USDC/USD"


@pytest.mark.parametrize(("price", "sold"), [(0.99, 1_000), (0.9899, 0)])
def test_nothing_is_sold_below_the_worst_price(price: float, sold: float) -> None:
    found = orders(leave(), held_of(), market((price, 5_000)))
    assert sum(o.amount for o in found.orders) == wad(sold)
    assert found.short == wad(1_000 - sold)
    assert all(o.price >= wad(0.99) for o in found.orders)
    assert not found.is_over(held_of())


def test_a_worst_price_in_dollars_is_more_of_a_cheaper_currency() -> None:
    at_the_edge = market((1.0103, 5_000), pair="USDC/USDT")  # 0.99 / 0.98, on the tick
    (only,) = orders(leave(), held_of(), at_the_edge).orders
    assert only.price == wad(1.0103)
    assert orders(leave(), held_of(), market((1.0102, 5_000), pair="USDC/USDT")).orders == ()


def test_the_risk_gates_band_is_kept_and_wider_in_a_hurry() -> None:
    deep = market((1.0, 100), (0.9951, 100), (0.9949, 5_000), (0.975, 5_000))
    calm = orders(leave(worst=0.9), held_of(), deep)
    assert sum(o.amount for o in calm.orders) == wad(200)
    assert all(o.price >= wad(0.995) for o in calm.orders)
    hurried = orders(leave(worst=0.9, reason=ExitReason.EMERGENCY), held_of(), deep)
    assert sum(o.amount for o in hurried.orders) == wad(1_000)


def test_old_books_and_unknown_money_are_for_a_hurry_only() -> None:
    old = market((0.998, 5_000), age_s=5.1)
    assert orders(leave(), held_of(), old).orders == ()
    assert "5.1 s old" in orders(leave(), held_of(), old).left_out["kraken USDC/USD"]
    assert orders(leave(reason=ExitReason.VETO), held_of(), old).orders
    tether = market((1.01, 5_000), pair="USDC/USDT")
    told = orders(leave(), held_of(), tether, dollars=False).left_out["kraken USDC/USDT"]
    assert told == "nobody knows what 1 USDT is in dollars"
    assert orders(leave(reason=ExitReason.MANUAL), held_of(), tether, dollars=False).orders


@pytest.mark.parametrize(
    ("where", "why"),
    [
        (market((0.998, 9), is_trading=False), "does not trade it"),
        (market((0.998, 9), pair="DAI/USD"), "not what is traded"),
    ],
)
def test_a_market_that_is_shut_is_left_out(where: Market, why: str) -> None:
    found = orders(leave(), held_of(), where)
    assert found.orders == ()
    assert why in next(iter(found.left_out.values()))
    assert not found.dust


@pytest.mark.parametrize(("held", "is_dust"), [(4.9, True), (5.0, False)])
def test_less_than_the_venue_takes_is_dust_and_is_named(held: float, *, is_dust: bool) -> None:
    rest = held_of(bought=1_000, left=held)
    found = orders(leave(held), rest, market((0.998, 5_000)))
    assert (found.dust == {"kraken": wad(held)}) is is_dust
    assert found.is_over(rest) is is_dust
    if is_dust:
        assert found.told_dust("USDC") == "4.90000000 USDC at kraken"


def test_dust_by_value_and_dust_beside_what_can_be_sold() -> None:
    held = held_of(venues={"kraken": 990, "binance": 10})
    least = market((0.998, 5_000), venue="binance", min_value=10)
    found = orders(leave(), held, market((0.998, 5_000)), least)
    assert {o.venue for o in found.orders} == {"kraken"}
    assert found.dust == {"binance": wad(10)}
    assert found.short == wad(10)
    assert not found.is_over(held)
    on_its_way = msgspec.structs.replace(held, left=wad(10), on_exit=wad(1))
    nothing = orders(leave(10), on_its_way, least)
    assert nothing.orders == ()
    assert not nothing.is_over(on_its_way)


def test_amounts_are_on_the_step_and_what_is_free_bounds_them() -> None:
    (order,) = orders(leave(123.4567), held_of(), market((0.998, 5_000))).orders
    assert order.amount == wad(123.4)
    (less,) = orders(leave(), held_of(), market((0.998, 5_000), free=77.77)).orders
    assert less.amount == wad(77.7)


def test_a_premium_is_bought_back_at_no_more_than_the_worst_price() -> None:
    held = held_of(exit_plan(1.04))
    (only,) = orders(leave(worst=1.002), held, market((1.0, 5_000))).orders
    assert (only.side, only.amount) == (OrderSide.BUY, wad(1_000))
    assert wad(1.0002) <= only.price <= wad(1.002)
    assert orders(leave(worst=1.0001), held, market((1.0, 5_000))).orders == ()
    (poor,) = orders(leave(worst=1.002), held, market((1.0, 5_000), free=500)).orders
    assert poor.amount == wad(498.5)


def test_the_worst_price_of_a_euro_coin_is_in_euros() -> None:
    held = held_of(exit_plan(0.98, asset="EURC"), asset="EURC")
    euros, dollars = market((0.999, 900), pair="EURC/EUR"), market((1.0988, 900), pair="EURC/USD")
    for one in (euros, dollars):
        (only,) = orders(leave(500, worst=0.998), held, one).orders
        assert only.amount == wad(500)
    assert orders(leave(500, worst=0.9995), held, euros).orders == ()
    assert orders(leave(500, worst=0.9995), held, dollars).orders == ()


def test_what_is_urgent_is_for_flattening() -> None:
    flat = {r for r in ExitReason if purpose_of(r) is Purpose.FLATTEN}
    assert flat == {
        ExitReason.DEPTH_STOP,
        ExitReason.VETO,
        ExitReason.MANUAL,
        ExitReason.EMERGENCY,
    }


def test_a_decision_becomes_orders_within_both_bands() -> None:
    held, asked = held_of(), ExitRequest(reason=ExitReason.MANUAL)
    found = ExitWatch(ExitParameters()).decide(held, situation(0.95, request=asked))
    assert isinstance(found, Leave)
    (order,) = orders(found, held, market((0.949, 400), (0.93, 9_000))).orders
    assert order.amount == wad(1_000)
    assert order.price >= found.worst_price
    assert order.price * 10_000 >= wad(0.949) * (10_000 - 300)
    assert order.slippage_bps > 0

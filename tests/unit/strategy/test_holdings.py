"""Amounts of a position: exact, by trades alone, with fees where they were taken."""

from fakes.order_desk import START
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_events import filled, intended, opened
from support.order_world import POSITION, order_of, wad

from bot.domain.depegs import Side
from bot.domain.ledger_events import FillHeard, LedgerEvent
from bot.domain.orders import Fill, OrderSide, Purpose
from bot.domain.trade_plans import Held
from bot.domain.units import Wad
from bot.strategy.ledger import Ledger

BUY = order_of()
SELL = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL)


def ledger_of(*events: LedgerEvent) -> Ledger:
    ledger = Ledger()
    for event in events:
        ledger.apply(event)
    return ledger


def held_of(*events: LedgerEvent) -> Held:
    return ledger_of(*events).held(POSITION)


def bought(amount: float, trade: str = "t1", **more: object) -> FillHeard:
    return filled(amount, trade, client_id=BUY.client_id, **more)  # type: ignore[arg-type]


def sold(amount: float, trade: str = "t9", **more: object) -> FillHeard:
    return filled(
        amount,
        trade,
        order=SELL,
        client_id=SELL.client_id,
        order_id="v2",
        **more,  # type: ignore[arg-type]
    )


def test_a_fee_in_the_coin_reduces_what_is_held() -> None:
    held = held_of(opened(), intended(BUY), bought(40, fee=0.04, fee_currency="USDC"))
    assert held.bought == held.left == wad(39.96)
    assert held.fees == {"USDC": wad(0.04)}
    assert held.cash == {"USDT": -wad(38)}


def test_a_fee_in_the_quote_costs_cash() -> None:
    held = held_of(opened(), intended(BUY), bought(40, fee=0.03))
    assert held.left == wad(40)
    assert held.cash == {"USDT": -wad(38.03)}
    assert held.fees == {"USDT": wad(0.03)}


def test_a_fee_in_a_third_currency_is_cash_of_that_one() -> None:
    held = held_of(opened(), intended(BUY), bought(40, fee=0.001, fee_currency="BNB"))
    assert held.left == wad(40)
    assert held.cash == {"USDT": -wad(38), "BNB": -wad(0.001)}


def test_a_rebate_is_received() -> None:
    held = held_of(opened(), intended(BUY), bought(40, fee=-0.01))
    assert held.cash == {"USDT": -wad(37.99)}


def test_what_is_sold_is_no_longer_left() -> None:
    held = held_of(opened(), intended(BUY), intended(SELL), bought(100), sold(30, price=0.99))
    assert (held.bought, held.left) == (wad(100), wad(70))
    assert held.cash == {"USDT": Wad(-wad(95) + wad(29.7))}


def test_what_is_held_is_told_by_venue() -> None:
    elsewhere = order_of(2, venue="kraken")
    held = held_of(
        opened(),
        intended(BUY),
        intended(elsewhere),
        bought(100),
        filled(50, "t2", order=elsewhere, client_id=elsewhere.client_id),
    )
    assert held.at_venues == {"binance": wad(100), "kraken": wad(50)}


def test_of_a_premium_what_was_sold_short_is_to_be_bought_back() -> None:
    entry = order_of(2, side=OrderSide.SELL, price=1.02)
    back = order_of(3, purpose=Purpose.EXIT, price=1.0)
    held = held_of(
        opened(side=Side.PREMIUM),
        intended(entry),
        filled(80, "t1", order=entry, client_id=entry.client_id, price=1.02),
        intended(back),
        filled(
            30,
            "t2",
            order=back,
            client_id=back.client_id,
            order_id="v2",
            fee=0.03,
            fee_currency="USDC",
            price=1,
        ),
    )
    assert (held.bought, held.left) == (wad(80), wad(50.03))
    assert held.cash == {"USDT": wad(51.6)}
    assert held.on_exit == wad(70)


def test_a_coin_may_be_the_quote_of_a_pair() -> None:
    entry = order_of(2, side=OrderSide.SELL, price=1.05, amount=100)
    held = held_of(
        opened(asset="USDT"),
        intended(entry),
        filled(40, "t1", order=entry, client_id=entry.client_id, price=1.05),
    )
    assert (held.bought, held.left) == (wad(42), wad(42))
    assert held.cash == {"USDC": -wad(40)}
    assert held.on_entry == wad(63)


def test_paid_is_rounded_up_and_received_down() -> None:
    def tiny(side: OrderSide) -> FillHeard:
        order = order_of(2, side=side)
        fill = Fill(
            venue="binance",
            trade_id="t1",
            order_id="v1",
            client_id=order.client_id,
            pair="USDC/USDT",
            side=side,
            amount=Wad(3),
            price=wad(0.5),
            fee=Wad(0),
            fee_currency="USDT",
            at=START,
        )
        return FillHeard(fill=fill, at=START)

    assert held_of(opened(), tiny(OrderSide.BUY)).cash == {"USDT": -2}
    assert held_of(opened(), tiny(OrderSide.SELL)).cash == {"USDT": 1}


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 10**24), st.integers(1, 10**18))))
def test_nothing_is_lost_or_made_by_rounding_but_one_wad_a_trade(
    trades: list[tuple[bool, int, int]],
) -> None:
    ledger = ledger_of(opened())
    coins, value = 0, 0
    for number, (is_buy, amount, price) in enumerate(trades):
        order = BUY if is_buy else SELL
        fill = Fill(
            venue="binance",
            trade_id=str(number),
            order_id=f"v{is_buy}",
            client_id=order.client_id,
            pair="USDC/USDT",
            side=order.side,
            amount=Wad(amount),
            price=Wad(price),
            fee=Wad(0),
            fee_currency="USDT",
            at=START,
        )
        ledger.apply(FillHeard(fill=fill, at=START))
        coins += amount if is_buy else -amount
        value += (-1 if is_buy else 1) * amount * price
    held = ledger.held(POSITION)
    assert held.left == coins
    cash = held.cash.get("USDT", 0)
    assert 0 <= value - cash * 10**18 < (len(trades) + 1) * 10**18

"""What is at risk and what the day brought: held and on order together, at the worst."""

import pytest
from fakes.order_desk import START
from support.order_world import POSITION, order_of, plan_of, wad

from bot.domain.depegs import Side
from bot.domain.ledger_events import (
    FillHeard,
    OrderAnswered,
    OrderIntended,
    PositionClosed,
    PositionOpened,
)
from bot.domain.orders import Fill, Order, OrderSide, OrderState, Purpose
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.strategy.exposure import ExposureBook, result_usd
from bot.strategy.ledger import Ledger

DAY = 86_400 * NANOS_PER_S


def dollars(currency: str) -> Wad | None:
    return {"USD": wad(1), "USDT": wad(1.01), "USDC": wad(0.9)}.get(currency)


def fill_of(order: Order, amount: float, *, at: Nanos = START) -> FillHeard:
    fill = Fill(
        venue=order.venue,
        trade_id=f"{order.client_id}-{amount}",
        order_id="1",
        client_id=order.client_id,
        pair=order.pair,
        side=order.side,
        amount=wad(amount),
        price=order.price,
        fee=Wad(0),
        fee_currency=order.quote,
        at=at,
    )
    return FillHeard(fill=fill, at=at)


@pytest.fixture
def ledger() -> Ledger:
    found = Ledger()
    found.apply(PositionOpened(plan=plan_of(), at=START))
    return found


def bought(ledger: Ledger, ordered: float, filled: float) -> Order:
    order = order_of(amount=ordered)
    ledger.apply(OrderIntended(order=order, at=START))
    ledger.apply(fill_of(order, filled))
    return order


def test_what_is_held_counts_by_its_price_and_what_is_on_order_by_its_limit(
    ledger: Ledger,
) -> None:
    bought(ledger, ordered=100, filled=40)
    now = ExposureBook(ledger).now(dollars, START)
    expected = pytest.approx(40 * 0.9 + 60 * 0.95 * 1.01)
    assert now.coin_usd["USDC"] / 1e18 == expected
    assert now.venue_usd["binance"] / 1e18 == expected
    assert now.issuer_usd["Circle"] / 1e18 == expected
    assert now.at_risk_usd / 1e18 == expected
    assert now.open_legs == 1


def test_a_final_entry_is_no_open_leg_and_what_was_not_filled_no_risk(ledger: Ledger) -> None:
    order = bought(ledger, ordered=100, filled=40)
    ledger.apply(OrderAnswered(client_id=order.client_id, state=OrderState.CANCELED, at=START))
    now = ExposureBook(ledger).now(dollars, START)
    assert now.at_risk_usd == wad(36)
    assert now.open_legs == 0


def test_entries_count_on_the_day_that_they_were_made(ledger: Ledger) -> None:
    bought(ledger, ordered=100, filled=100)
    book = ExposureBook(ledger)
    assert book.now(dollars, START).day_entries_usd == wad(100 * 0.95 * 1.01)
    assert book.now(dollars, Nanos(START + DAY)).day_entries_usd == 0


def test_the_result_is_what_was_received_less_what_was_paid_with_the_rest_at_its_price(
    ledger: Ledger,
) -> None:
    bought(ledger, ordered=100, filled=100)
    assert ExposureBook(ledger).now(dollars, START).day_result_usd == wad(90 - 95 * 1.01)


def test_a_position_that_was_closed_yesterday_says_nothing_today(ledger: Ledger) -> None:
    bought(ledger, ordered=100, filled=100)
    sold = order_of(1, purpose=Purpose.EXIT, side=OrderSide.SELL, price=0.99)
    ledger.apply(OrderIntended(order=sold, at=START))
    ledger.apply(fill_of(sold, 100))
    ledger.apply(PositionClosed(position=POSITION, reason="all left", at=START))
    book = ExposureBook(ledger)
    assert book.now(dollars, START).day_result_usd == wad(4 * 1.01)
    tomorrow = book.now(dollars, Nanos(START + DAY))
    assert (tomorrow.day_result_usd, tomorrow.at_risk_usd) == (0, 0)


def test_a_premium_that_was_sold_is_still_to_be_bought_back() -> None:
    ledger = Ledger()
    ledger.apply(PositionOpened(plan=plan_of(side=Side.PREMIUM), at=START))
    order = order_of(side=OrderSide.SELL, price=1.02)
    ledger.apply(OrderIntended(order=order, at=START))
    ledger.apply(fill_of(order, 100))
    held = ledger.held(POSITION)
    assert result_usd(held, dollars) == pytest.approx(wad(13.02))


def test_the_days_result_is_what_was_gained_or_lost_since_midnight(ledger: Ledger) -> None:
    bought(ledger, ordered=100, filled=100)
    prices = {"USD": 1.0, "USDT": 1.0}
    book = ExposureBook(ledger)

    def result(at: int, usdc: float) -> float:
        prices["USDC"] = usdc
        known = lambda name: wad(prices[name]) if name in prices else None  # noqa: E731
        return book.now(known, Nanos(at)).day_result_usd / 1e18

    midnight = START - START % DAY + DAY
    assert result(midnight - 1, 0.99) == pytest.approx(100 * (0.99 - 0.95))
    assert result(midnight, 0.99) == pytest.approx(0.0)
    assert result(midnight + 1, 0.96) == pytest.approx(-3.0)


@pytest.mark.parametrize(("usdc", "today"), [(0.99, 0.0), (0.90, -5.0)])
def test_of_a_position_that_nobody_saw_at_midnight_no_gain_counts(
    ledger: Ledger, usdc: float, today: float
) -> None:
    bought(ledger, ordered=100, filled=100)
    prices = {"USDT": wad(1), "USDC": wad(usdc)}
    found = ExposureBook(ledger).now(prices.get, Nanos(START + DAY))
    assert found.day_result_usd / 1e18 == pytest.approx(today)

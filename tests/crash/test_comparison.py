"""The harness finds what it is there to find: it is fed books that were doctored."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from crash.comparison import differences, faults
from crash.own_books import OwnBooks
from crash.true_books import TrueBooks
from msgspec.structs import replace
from support.plan_cases import a_plan
from support.risk_cases import NOW, an_order, usd

from bot.domain.client_ids import client_id
from bot.domain.ledger_events import (
    FillHeard,
    LedgerEvent,
    OrderAnswered,
    OrderIntended,
    PositionOpened,
)
from bot.domain.orders import Fill, OrderSide, OrderState, Purpose
from bot.sandbox.exchange.account_truth import TrueAccount, TrueOrder
from bot.sandbox.exchange.orders import Fill as VenueFill
from bot.sandbox.exchange.orders import OrderSide as VenueSide
from bot.sandbox.exchange.orders import OrderState as VenueState

POSITION, PAIR = "aaaaaaaaaa", "USDC/USDT"
NAME = client_id(POSITION, Purpose.ENTRY, 0)
OPENING = {("binance", "USDT"): Decimal(1_000), ("binance", "USDC"): Decimal(0)}
ORDER = replace(
    an_order(),
    client_id=NAME,
    position=POSITION,
    purpose=Purpose.ENTRY,
    venue="binance",
    pair=PAIR,
    side=OrderSide.BUY,
    amount=usd(100),
    price=usd(0.97),
)
TRADE = VenueFill(
    trade_id=7,
    price=Decimal("0.97"),
    size=Decimal(100),
    fee=Decimal("0.1"),
    fee_currency="USDC",
    is_maker=False,
    at=NOW,
)
HEARD = Fill(
    venue="binance",
    trade_id="7",
    order_id="3",
    client_id=NAME,
    pair=PAIR,
    side=OrderSide.BUY,
    amount=usd(100),
    price=usd(0.97),
    fee=usd(0.1),
    fee_currency="USDC",
    at=NOW,
)


def own(*events: LedgerEvent) -> OwnBooks:
    return OwnBooks(list(events))


def told() -> list[LedgerEvent]:
    return [
        PositionOpened(plan=a_plan(ORDER, position=POSITION), at=NOW),
        OrderIntended(order=ORDER, at=NOW),
        OrderAnswered(client_id=NAME, state=OrderState.FILLED, order_id="3", at=NOW),
        FillHeard(fill=HEARD, at=NOW),
    ]


def placed(number: int = 3, **changes: Any) -> TrueOrder:
    return replace(
        TrueOrder(
            number=number,
            client_id=NAME,
            pair=PAIR,
            side=VenueSide.BUY,
            state=VenueState.FILLED,
            size=Decimal(100),
            price=Decimal("0.97"),
            filled=Decimal(100),
            fills=(TRADE,),
        ),
        **changes,
    )


def venue(*orders: TrueOrder, usdt: str = "903", usdc: str = "99.9") -> TrueBooks:
    totals = {"USDT": Decimal(usdt), "USDC": Decimal(usdc)}
    account = TrueAccount(orders=orders, totals=totals, held={})
    return TrueBooks(accounts={"binance": account})


def found(own: OwnBooks, true: TrueBooks) -> str:
    return "\n".join([*faults(own, true), *differences(own, true, OPENING)])


def test_books_that_agree_show_nothing() -> None:
    assert found(own(*told()), venue(placed())) == ""


def test_a_duplicate_order_is_found() -> None:
    again = placed(4, fills=(replace(TRADE, trade_id=8),))
    said = found(own(*told()), venue(placed(), again, usdt="806", usdc="199.8"))
    assert f"duplicate order: {NAME} was placed 2 times" in said
    assert "lost fill" in said
    assert "entered" in said


def test_the_same_intent_under_another_name_is_found() -> None:
    twin = client_id(POSITION, Purpose.ENTRY, 1)
    fill = replace(TRADE, trade_id=8)
    events = [
        *told(),
        OrderIntended(order=replace(ORDER, client_id=twin), at=NOW),
        OrderAnswered(client_id=twin, state=OrderState.FILLED, order_id="4", at=NOW),
        FillHeard(fill=replace(HEARD, client_id=twin, order_id="4", trade_id="8"), at=NOW),
    ]
    again = placed(4, client_id=twin, fills=(fill,))
    said = found(own(*events), venue(placed(), again, usdt="806", usdc="199.8"))
    assert "entered" in said
    assert "planned" in said


def test_a_lost_fill_is_found_in_trades_positions_and_balances() -> None:
    said = found(own(*told()[:-1]), venue(placed()))
    assert f"lost fill: ('binance', 'USDC/USDT', 7) of {NAME}" in said
    assert "position aaaaaaaaaa: 0 left" in said
    assert "binance: 903 USDT, by our trades it should be 1000" in said


def test_a_lost_position_is_found() -> None:
    said = found(own(), venue(placed()))
    assert "lost position: 99900000000000000000 of aaaaaaaaaa" in said


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda one: replace(one, amount=usd(101)), "the ledger says"),
        (lambda one: replace(one, fee=usd(0.2)), "the ledger says"),
        (lambda one: replace(one, trade_id="9"), "never was"),
    ],
)
def test_a_fill_that_is_another_than_the_venues_is_found(
    spoil: Callable[[Fill], Fill], words: str
) -> None:
    events = [*told()[:-1], FillHeard(fill=spoil(HEARD), at=NOW)]
    assert words in found(own(*events), venue(placed()))


def test_an_order_that_the_ledger_has_in_another_state_is_found() -> None:
    resting = placed(state=VenueState.OPEN, filled=Decimal(0), fills=())
    ended = own(
        PositionOpened(plan=a_plan(ORDER, position=POSITION), at=NOW),
        OrderIntended(order=ORDER, at=NOW),
        OrderAnswered(client_id=NAME, state=OrderState.REJECTED, at=NOW),
    )
    said = found(ended, venue(resting, usdt="1000", usdc="0"))
    assert "rejected in the ledger, open at the venue" in said
    assert "unknown at its venue" in found(own(*told()), venue(usdt="903", usdc="99.9"))


def test_an_order_without_our_client_id_is_found() -> None:
    assert "not ours" in found(own(*told()), venue(placed(), placed(4, client_id="x-TKT5PX2F1")))


def test_more_left_than_entered_is_found() -> None:
    name = client_id(POSITION, Purpose.EXIT, 1)
    sale = placed(
        4,
        client_id=name,
        side=VenueSide.SELL,
        fills=(replace(TRADE, trade_id=8, fee_currency="USDT"),),
    )
    assert "more left than entered" in found(own(*told()), venue(placed(), sale))

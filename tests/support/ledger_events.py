"""Events as a venue and this program would cause them."""

from fakes.order_desk import START
from support.order_world import POSITION, order_of, plan_of, wad

from bot.domain.depegs import Side
from bot.domain.ledger_events import (
    FillHeard,
    OrderAnswered,
    OrderIntended,
    OrderReported,
    PositionClosed,
    PositionOpened,
)
from bot.domain.orders import ClientId, Fill, Order, OrderReport, OrderState
from bot.domain.units import Nanos


def opened(side: Side = Side.DISCOUNT, asset: str = "USDC") -> PositionOpened:
    return PositionOpened(plan=plan_of(side=side, asset=asset), at=START)


def intended(order: Order | None = None) -> OrderIntended:
    return OrderIntended(order=order or order_of(), at=START)


def answered(state: OrderState, *, order_id: str = "", note: str = "") -> OrderAnswered:
    return OrderAnswered(
        client_id=order_of().client_id, state=state, order_id=order_id, note=note, at=START
    )


def reported(
    state: OrderState,
    filled: float = 0,
    *,
    order: Order | None = None,
    client_id: ClientId | None = None,
    order_id: str = "v1",
) -> OrderReported:
    about = order or order_of()
    report = OrderReport(
        venue=about.venue,
        pair=about.pair,
        order_id=order_id,
        client_id=client_id,
        state=state,
        filled=wad(filled),
        at=START,
    )
    return OrderReported(report=report, at=START)


def filled(
    amount: float,
    trade: str = "t1",
    *,
    order: Order | None = None,
    client_id: ClientId | None = None,
    order_id: str = "v1",
    price: float = 0.95,
    fee: float = 0,
    fee_currency: str = "USDT",
    at: Nanos = START,
) -> FillHeard:
    about = order or order_of()
    fill = Fill(
        venue=about.venue,
        trade_id=trade,
        order_id=order_id,
        client_id=client_id,
        pair=about.pair,
        side=about.side,
        amount=wad(amount),
        price=wad(price),
        fee=wad(fee),
        fee_currency=fee_currency,
        at=at,
    )
    return FillHeard(fill=fill, at=START)


def closed(reason: str = "nothing is left") -> PositionClosed:
    return PositionClosed(position=POSITION, reason=reason, at=START)

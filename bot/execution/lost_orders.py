"""Orders of ours that the journal does not know: a torn disk lost them, the venue did not.

They are told by their client id, and written down again with the position that it names. A position
that nobody wrote down becomes a found one: nothing is planned for it but to be left.
"""

from bot.domain.client_ids import OrderName, read_client_id
from bot.domain.depegs import Side
from bot.domain.errors import VenueRefused
from bot.domain.ledger_events import (
    Decided,
    LedgerEvent,
    OrderIntended,
    OrderReported,
    PositionOpened,
)
from bot.domain.opportunities import Way
from bot.domain.orders import (
    ClientId,
    Fill,
    Order,
    OrderReport,
    OrderSide,
    Purpose,
    TimeInForce,
)
from bot.domain.trade_plans import EntryPlan, ExitPlan, PartialExit, RiskFigures, Size, Style
from bot.domain.units import Nanos, Wad
from bot.strategy.ledger import Ledger

FOUND = "found"  # the depeg of a found position, and the sort of the decision that says so
_LEAVING = (Purpose.EXIT, Purpose.FLATTEN)


def question_about(fill: Fill) -> Order:
    """Return a stand-in for the order of a trade, to ask by the venue's id what it was."""
    return Order(
        client_id=ClientId("-"),
        position="-",
        purpose=Purpose.ENTRY,
        venue=fill.venue,
        pair=fill.pair,
        side=fill.side,
        amount=fill.amount,
        price=fill.price,
        made_at=fill.at,
    )


def adoption(
    ledger: Ledger, report: OrderReport, fills: tuple[Fill, ...], now: Nanos
) -> tuple[LedgerEvent, ...]:
    """Return what writes a lost order down again; nothing where it is known or not ours.

    Raises:
        VenueRefused: neither report nor trades tell what was ordered.
    """
    name = read_client_id(report.client_id)
    if name is None or report.client_id is None or report.client_id in ledger.orders:
        return ()
    order = _order(report, name, fills)
    words = f"{order.side.value} {order.pair} at {order.venue}, found there, not in the journal"
    events: list[LedgerEvent] = []
    if name.position not in ledger.positions:
        events.append(PositionOpened(plan=_found_plan(order, now), at=now))
        note = f"rebuilt from order {report.client_id}: {words}"
        events.append(Decided(what=FOUND, subject=name.position, detail=note, at=now))
    events += [
        OrderIntended(order=order, at=now),
        OrderReported(report=report, at=now),
        Decided(what="adopted", subject=report.client_id, detail=words, at=now),
    ]
    return tuple(events)


def _order(report: OrderReport, name: OrderName, fills: tuple[Fill, ...]) -> Order:
    filled = sum(fill.amount for fill in fills)
    amount = report.amount or Wad(max(report.filled, filled))
    side = report.side or (fills[0].side if fills else None)
    price = report.price or (_mean_price(fills, filled) if fills else None)
    if report.client_id is None or side is None or not amount or not price:
        raise VenueRefused(report.venue, f"it does not tell what order {report.client_id} is")
    return Order(
        client_id=report.client_id,
        position=name.position,
        purpose=name.purpose,
        venue=report.venue,
        pair=report.pair,
        side=side,
        time_in_force=TimeInForce.GTC,  # the one that is asked for longest
        amount=amount,
        price=price,
        made_at=min((fill.at for fill in fills), default=report.at),
    )


def _mean_price(fills: tuple[Fill, ...], filled: int) -> Wad:
    return Wad(sum(fill.amount * fill.price for fill in fills) // filled)


def _found_plan(order: Order, now: Nanos) -> EntryPlan:
    """Return a plan whose time is up: the base is in doubt, and what was done is undone."""
    is_buy = (order.side is OrderSide.BUY) is (order.purpose not in _LEAVING)
    nothing = RiskFigures(
        exposure_usd=Wad(0),
        worst_case_usd=Wad(0),
        expected_shortfall_usd=Wad(0),
        stop_price=order.price,
    )
    return EntryPlan(
        position=order.position,
        depeg_id=FOUND,
        asset=order.base,
        side=Side.DISCOUNT if is_buy else Side.PREMIUM,
        way=Way.POSITION,
        style=Style.IMMEDIATE,
        size=Size(usd=Wad(0), wanted_usd=Wad(0), bound_by="found at the venue", risk=nothing),
        orders=(),
        exit=ExitPlan(
            entry_price=order.price,
            target_price=order.price,
            stop_price=order.price,
            partials=(PartialExit(reversion=0.0, share=1.0),),
            stop_at=now,
        ),
        expected_usd=Wad(0),
        never=1.0,
        at=now,
    )

"""What the position engine reads out of events and of errors that came together."""

import asyncio

from bot.domain.errors import HaltError, RepegError
from bot.domain.ledger_events import (
    FillHeard,
    LedgerEvent,
    OrderAnswered,
    OrderIntended,
    OrderReported,
)
from bot.domain.orders import OrderState, Purpose
from bot.strategy.ledger import Ledger
from bot.strategy.order_records import OrderRecord


async def waited(event: asyncio.Event, most_s: float) -> None:
    """Wait for an event, at most so long, and clear it."""
    try:
        async with asyncio.timeout(most_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()


def venue_of(event: LedgerEvent, ledger: Ledger) -> str:
    """Return where money moved or was set aside, empty where nowhere."""
    match event:
        case FillHeard(fill=fill):
            return fill.venue
        case OrderReported(report=report):
            return report.venue
        case OrderIntended(order=order):
            return order.venue
        case OrderAnswered(client_id=name) if name in ledger.orders:
            return ledger.orders[name].order.venue
        case _:
            return ""


def is_refusal(event: LedgerEvent) -> bool:
    """Return whether a venue took an order not at all."""
    return isinstance(event, OrderAnswered) and event.state is OrderState.REJECTED


def open_entries(ledger: Ledger) -> tuple[OrderRecord, ...]:
    """Return entries that rest at a venue."""
    entries = (r for r in ledger.orders.values() if r.order.purpose is Purpose.ENTRY)
    return tuple(record for record in entries if record.state is OrderState.OPEN)


def first_error(found: BaseExceptionGroup[RepegError]) -> RepegError:
    """Return the error that a person is told: one that stops everything before any other."""
    errors = [
        first_error(one) if isinstance(one, BaseExceptionGroup) else one for one in found.exceptions
    ]
    return next((one for one in errors if isinstance(one, HaltError)), errors[0])


def name_of(act: object) -> str:
    """Return what is told of an act that failed."""
    return str(getattr(getattr(act, "func", act), "__name__", "an act"))

"""What is written down about positions and orders, in the order in which it became known.

The ledger is what these say, applied one after another; nothing else is kept. Of each kind a second
copy changes nothing.
"""

import msgspec

from bot.domain.orders import ClientId, Fill, Order, OrderReport, OrderState
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import Nanos


class PositionOpened(msgspec.Struct, frozen=True, kw_only=True, tag="position_opened"):
    """A plan was approved; its orders follow."""

    plan: EntryPlan
    at: Nanos


class OrderIntended(msgspec.Struct, frozen=True, kw_only=True, tag="order_intended"):
    """An order is about to be sent: from here on the venue may have it."""

    order: Order
    at: Nanos


class OrderAnswered(msgspec.Struct, frozen=True, kw_only=True, tag="order_answered"):
    """What came back when it was sent, cancelled or asked for."""

    client_id: ClientId
    state: OrderState
    order_id: str = ""  # the venue's, where told
    note: str = ""
    at: Nanos


class OrderReported(msgspec.Struct, frozen=True, kw_only=True, tag="order_reported"):
    """What the venue says of an order, whoever asked."""

    report: OrderReport
    at: Nanos


class FillHeard(msgspec.Struct, frozen=True, kw_only=True, tag="fill_heard"):
    """A trade of ours."""

    fill: Fill
    at: Nanos


class PositionClosed(msgspec.Struct, frozen=True, kw_only=True, tag="position_closed"):
    """Nothing of it is left, or what is left cannot be sold."""

    position: str
    reason: str
    at: Nanos


class Decided(msgspec.Struct, frozen=True, kw_only=True, tag="decided"):
    """A decision worth remembering: a refusal, a step of the size ramp, an alert."""

    what: str  # "refused", "ramp", "alert", "mode", ...
    subject: str  # what it is about: a client id, a position, a venue
    detail: str
    at: Nanos


class Commanded(msgspec.Struct, frozen=True, kw_only=True, tag="commanded"):
    """What a person, or the emergency protocol in their place, wants from now on."""

    command: str  # "pause", "resume", "flatten", "freeze"
    subject: str = ""  # a position; empty: everything
    by: str = ""  # "operator" or the condition that did it
    at: Nanos


LedgerEvent = (
    PositionOpened
    | OrderIntended
    | OrderAnswered
    | OrderReported
    | FillHeard
    | PositionClosed
    | Decided
    | Commanded
)

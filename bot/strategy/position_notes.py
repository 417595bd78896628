"""What was expected of an order, and the best price since: written down as decisions.

Orders carry no estimate and fills no market, so a report that compares needs these beside them.
"""

from collections.abc import Iterable

import msgspec

from bot.domain.depegs import Side
from bot.domain.ledger_events import Decided
from bot.domain.orders import ClientId, OrderSide
from bot.domain.trade_plans import Held, Leave, PlannedOrder
from bot.domain.units import BPS, WAD, Nanos, Wad

ORDER_NOTE = "order"  # `Decided.what`
FUNDING = "funding"  # `Decided.what`: flash loan or own capital, with the figures of the choice
BEST_NOTE = "best price"
_WORTH_NOTING_BPS = 1


class OrderNote(msgspec.Struct, frozen=True, kw_only=True):
    """What was expected of one order, by the book that it was planned on."""

    reason: str  # why it was given
    detail: str = ""
    best_price: Wad  # quote per base
    expected_price: Wad
    fee_usd: Wad
    slippage_bps: float


def order_note(
    client_id: ClientId, planned: PlannedOrder, at: Nanos, leave: Leave | None = None
) -> Decided:
    """Return what is to be written down beside the intent of an order; `leave` is its reason."""
    sign = -1 if planned.side is OrderSide.SELL else 1
    share = WAD + sign * round(planned.slippage_bps * WAD / BPS)
    note = OrderNote(
        reason="entry" if leave is None else leave.reason.value,
        detail="" if leave is None else leave.detail,
        best_price=Wad(planned.expected_price * WAD // share),
        expected_price=planned.expected_price,
        fee_usd=planned.fee_usd,
        slippage_bps=planned.slippage_bps,
    )
    text = msgspec.json.encode(note).decode()
    return Decided(what=ORDER_NOTE, subject=client_id, detail=text, at=at)


def order_notes(decisions: Iterable[Decided]) -> dict[str, OrderNote]:
    """Return what was noted, by client id."""
    return {
        said.subject: msgspec.json.decode(said.detail, type=OrderNote)
        for said in decisions
        if said.what == ORDER_NOTE
    }


def best_note(held: Held, known: Wad | None, price: Wad, at: Nanos) -> Decided | None:
    """Return the note of a price that is better than any since the entry, by a basis point.

    `known` is the best so far. None: it is not worth a line. Each basis point of the way is noted
    once, so a position makes few of them.
    """
    best = held.plan.exit.entry_price if known is None else known
    direction = 1 if held.plan.side is Side.DISCOUNT else -1
    if not held.left or direction * (price - best) * BPS < _WORTH_NOTING_BPS * best:
        return None
    return Decided(what=BEST_NOTE, subject=held.plan.position, detail=str(price), at=at)


def best_price(decisions: Iterable[Decided], position: str) -> Wad | None:
    """Return the newest note of a position's best price, which is the best; None: there is none."""
    found = None
    for said in decisions:
        if said.what == BEST_NOTE and said.subject == position:
            found = Wad(int(said.detail))
    return found

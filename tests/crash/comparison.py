"""Every difference between our books and the venues'.

`faults` are wrong whenever they are seen. `differences` may be news on its way while the bot runs:
they are wrong if they stay.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from crash.own_books import OwnBooks
from crash.true_books import Flows, TrueBooks, wad

from bot.domain.client_ids import is_ours, read_client_id
from bot.domain.depegs import Side
from bot.domain.orders import Order, OrderState
from bot.sandbox.exchange.account_truth import TrueOrder
from bot.sandbox.exchange.orders import OrderState as VenueState

_ENDS = {
    VenueState.FILLED: {OrderState.FILLED},
    VenueState.CANCELLED: {OrderState.CANCELED, OrderState.EXPIRED},
    VenueState.EXPIRED: {OrderState.CANCELED, OrderState.EXPIRED},
    VenueState.OPEN: {OrderState.OPEN},
}


def faults(own: OwnBooks, true: TrueBooks) -> list[str]:
    """Return what can never be right: doubles, strangers, trades that never were, overselling."""
    return [
        *_doubles(true),
        *_strangers(true),
        *_untrue_trades(own, true),
        *_overdone(own, true),
    ]


def unknown_yet(own: OwnBooks, at_death: TrueBooks) -> list[str]:
    """Return what the venues knew when the bot died, and the ledger does not though it is ready."""
    lost = [
        f"ready, though order {order.client_id} of {venue} is unknown"
        for venue, order in at_death.orders()
        if order.client_id not in own.ledger.orders
    ]
    return [*lost, *(f"ready, though {one}" for one in _lost_trades(own, at_death))]


def differences(own: OwnBooks, true: TrueBooks, opening: Flows) -> list[str]:
    """Return what our books do not say as the venues do; `opening`: what was owned before."""
    return [
        *_orders(own, true),
        *_lost_trades(own, true),
        *_positions(own, true),
        *_balances(own, true, opening),
    ]


def _doubles(true: TrueBooks) -> Iterator[str]:
    counts = Counter(order.client_id for _, order in true.orders())
    for name, count in counts.items():
        if count > 1:
            yield f"duplicate order: {name} was placed {count} times"


def _strangers(true: TrueBooks) -> Iterator[str]:
    for venue, order in true.orders():
        if not is_ours(order.client_id):
            yield f"{venue}: order {order.number} has a client id that is not ours"


def _untrue_trades(own: OwnBooks, true: TrueBooks) -> Iterator[str]:
    known, told = true.trades(), own.trades()
    for key in told.keys() - known.keys():
        yield f"trade {key} is in the ledger, and never was"
    for key in told.keys() & known.keys():
        if told[key] != known[key] and told[key].client_id != "nobody's":
            yield f"trade {key}: the ledger says {told[key]}, the venue {known[key]}"


def _overdone(own: OwnBooks, true: TrueBooks) -> Iterator[str]:
    """More was entered than planned, or more left than entered: an intent was carried out twice."""
    left = _left(own, true)
    for position in own.ledger.positions:
        plan = own.ledger.held(position).plan
        planned = sum(order.amount for order in plan.orders)
        entered = sum(
            wad(order.filled)
            for _, order in true.orders()
            if (name := read_client_id(order.client_id)) is not None
            and name.position == position
            and name.purpose.value == "entry"
        )
        if plan.orders and entered > planned:
            yield f"position {position}: {entered} entered, {planned} planned"
        if left.get(position, 0) < 0:
            yield f"position {position}: {-left[position]} more left than entered"


def _orders(own: OwnBooks, true: TrueBooks) -> Iterator[str]:
    known = {order.client_id: (venue, order) for venue, order in true.orders()}
    for name, (venue, order) in known.items():
        intent = own.ledger.orders.get(name)  # type: ignore[call-overload]
        if intent is None:
            yield f"{venue}: order {name} ({order.state.value}) is not in the ledger"
            continue
        yield from _order(intent.order, intent.state, venue, order)
    for name, record in own.ledger.orders.items():
        if name not in known and record.state is not OrderState.REJECTED:
            yield f"order {name} is {record.state.value} in the ledger, and unknown at its venue"


def _order(intent: Order, state: OrderState, venue: str, order: TrueOrder) -> Iterator[str]:
    meant = (intent.venue, intent.pair, intent.side.value, intent.amount)
    found = (venue, order.pair, order.side.value, wad(order.size))
    if meant != found:
        yield f"order {intent.client_id}: meant {meant}, the venue has {found}"
    if order.price is not None and wad(order.price) != intent.price:
        yield f"order {intent.client_id}: meant at {intent.price}, the venue has {order.price}"
    if state not in _ENDS[order.state]:
        told = f"{state.value} in the ledger, {order.state.value} at the venue"
        yield f"order {intent.client_id} is {told}"


def _lost_trades(own: OwnBooks, true: TrueBooks) -> Iterator[str]:
    told = own.trades()
    for key, facts in true.trades().items():
        if key not in told:
            yield f"lost fill: {key} of {facts.client_id} is not in the ledger"
        elif told[key].client_id != facts.client_id:
            yield f"fill {key} of {facts.client_id} is given to {told[key].client_id}"


def _positions(own: OwnBooks, true: TrueBooks) -> Iterator[str]:
    known = set(own.ledger.positions)
    for position, left in _left(own, true).items():
        told = own.ledger.held(position).left if position in known else None
        if told is None and left:
            yield f"lost position: {left} of {position}, which the ledger does not know"
        elif told is not None and told != left:
            yield f"position {position}: {told} left in the ledger, {left} at the venues"


def _left(own: OwnBooks, true: TrueBooks) -> dict[str, int]:
    """Return what is left of each position, from the venues' trades alone.

    The coin is that of the plan, where it is known; else the base of the position's orders.
    """
    ledger = own.ledger
    sums: dict[str, int] = {}
    plans = {name: ledger.held(name).plan for name in ledger.positions}
    for _, order in true.orders():
        name = read_client_id(order.client_id)
        if name is None:
            continue
        base = order.pair.partition("/")[0]
        plan = plans.get(name.position)
        coin = plan.asset if plan is not None else base
        way_in = -1 if plan is not None and plan.side is Side.PREMIUM else 1
        sums[name.position] = sums.get(name.position, 0) + way_in * wad(_moved(order, coin))
    return sums


def _moved(order: TrueOrder, coin: str) -> Decimal:
    """Return how much of a coin an order brought, fees included."""
    base, _, quote = order.pair.partition("/")
    sign = 1 if order.side.value == "buy" else -1
    total = Decimal(0)
    for fill in order.fills:
        if coin == base:
            total += sign * fill.size
        elif coin == quote:
            total -= sign * fill.size * fill.price
        if fill.fee_currency == coin:
            total -= fill.fee
    return total


def _balances(own: OwnBooks, true: TrueBooks, opening: Flows) -> Iterator[str]:
    flows, now = own.flows(), true.totals()
    for key in sorted({*now, *flows}):
        expected = opening.get(key, Decimal(0)) + flows.get(key, Decimal(0))
        found = now.get(key, Decimal(0))
        if found != expected:
            venue, currency = key
            yield f"{venue}: {found} {currency}, by our trades it should be {expected}"

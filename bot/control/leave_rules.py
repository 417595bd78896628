"""What leaving a position must keep to: it reduces, at a price near the market, and nothing else.

No cap, no loss and no pause stands in its way. An exit or a hedge needs both prices fresh, as an
entry does. A flatten needs one price, of any age: the book's, or where that was never seen the
consensus; its band is wider. So a person can leave while feeds are down.
"""

from bot.control.proper import is_age, is_amount, is_price, is_signed, share_of_bps
from bot.control.worth import is_worse, off_bps
from bot.domain.orders import Order, OrderKind, OrderSide, Purpose
from bot.domain.risk import Breach, Facts, RiskLimits
from bot.domain.units import WAD, Wad, human

Wrong = tuple[Breach, str]


def leave_breach(order: Order, facts: Facts, limits: RiskLimits) -> Wrong | None:
    """Return why an order that leaves is refused, with figures, or None."""
    if facts.venue_is_trading is False:
        return Breach.VENUE_CLOSED, f"{order.venue} {order.pair}"
    if not (is_price(order.amount) and is_price(order.price)):
        return Breach.UNKNOWN, "not known: the order's own amount and price"
    if not (is_signed(facts.position_amount) and is_amount(facts.pending_exit)):
        return Breach.UNKNOWN, "not known: what is held"
    room = _room(order, facts)
    if order.amount > room:
        detail = f"{human(order.amount, 18, 6)} of {human(room, 18, 6)} that may be left"
        return Breach.NOT_REDUCING, detail
    if order.purpose is Purpose.FLATTEN:
        return _flatten_price(order, facts, limits)
    return _exit_price(order, facts, limits)


def _room(order: Order, facts: Facts) -> Wad:
    """Return how much of the base this side may still take off the position."""
    held = facts.position_amount if order.side is OrderSide.SELL else -facts.position_amount
    return Wad(max(held - facts.pending_exit, 0))


def _best(order: Order, facts: Facts) -> Wad | None:
    return facts.best_bid if order.side is OrderSide.SELL else facts.best_ask


def _exit_price(order: Order, facts: Facts, limits: RiskLimits) -> Wrong | None:
    best, base, quote = _best(order, facts), facts.base_price, facts.quote_price
    ages = facts.book_age_s, facts.base_price_age_s
    if not (is_price(best) and is_price(base) and is_price(quote)):
        return Breach.UNKNOWN, "not known: a price"
    if not all(map(is_age, ages)):
        return Breach.UNKNOWN, "not known: the age of a price"
    for name, age, limit in zip(
        ("book", "price"), ages, (limits.max_book_age_s, limits.max_price_age_s), strict=True
    ):
        if age is None or not age <= limit:
            return Breach.STALE, f"{name} {age:.1f} s old, at most {limit:g}"
    if order.kind is OrderKind.MARKET:
        return Breach.BAND, "a market order has no worst price: for flattening only"
    return _off(order, order.price, best, limits.max_off_book_bps) or _off(
        order, order.price * quote, base * WAD, limits.max_off_consensus_bps
    )


def _flatten_price(order: Order, facts: Facts, limits: RiskLimits) -> Wrong | None:
    best, base, quote = _best(order, facts), facts.base_price, facts.quote_price
    if is_price(best):
        return _off(order, order.price, best, limits.flatten_off_book_bps)
    if is_price(base) and is_price(quote):
        return _off(order, order.price * quote, base * WAD, limits.flatten_off_book_bps)
    return Breach.UNKNOWN, "not known: any price, of any age"


def _off(order: Order, price: int, reference: int, limit_bps: float) -> Wrong | None:
    if not is_worse(order, price, reference, share_of_bps(limit_bps)):
        return None
    return Breach.BAND, f"{off_bps(price, reference):+.1f} bps off, at most {limit_bps:g}"

"""All that must be known of an entry before any rule is asked."""

from collections.abc import Callable

import msgspec

from bot.control.proper import is_age, is_amount, is_price, is_signed
from bot.control.worth import in_dollars
from bot.domain.orders import Order
from bot.domain.risk import Facts, RiskLimits
from bot.domain.units import Wad


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An order with all that must be known of it."""

    order: Order
    facts: Facts
    limits: RiskLimits
    worth: Wad  # dollars, at the worst
    equity: Wad
    base_price: Wad
    quote_price: Wad
    price_age_s: float
    bid: Wad
    ask: Wad
    book_age_s: float
    free: Wad
    earned: Wad  # the largest order of the size ramp's step


def known_entry(order: Order, facts: Facts, limits: RiskLimits) -> Entry | str:
    """Return the entry with its facts, or the names of those that are missing or nonsense."""
    missing = ", ".join(_missing(order, facts))
    if missing:
        return f"not known: {missing}"
    base_price, quote_price = Wad(facts.base_price or 0), Wad(facts.quote_price or 0)
    return Entry(
        order=order,
        facts=facts,
        limits=limits,
        worth=in_dollars(order, base_price, quote_price),
        equity=Wad(facts.equity_usd or 0),
        base_price=base_price,
        quote_price=quote_price,
        price_age_s=facts.base_price_age_s or 0.0,
        bid=Wad(facts.best_bid or 0),
        ask=Wad(facts.best_ask or 0),
        book_age_s=facts.book_age_s or 0.0,
        free=Wad(facts.free or 0),
        earned=Wad(facts.ramp_usd or 0),
    )


def _is_told(value: object) -> bool:
    return type(value) is bool


_NEEDED: tuple[tuple[str, Callable[[object], bool]], ...] = (
    ("equity_usd", is_price),
    ("base_price", is_price),
    ("base_price_age_s", is_age),
    ("quote_price", is_price),
    ("best_bid", is_price),
    ("best_ask", is_price),
    ("book_age_s", is_age),
    ("position_amount", is_signed),
    ("pending_exit", is_amount),
    ("coin_usd", is_amount),
    ("venue_usd", is_amount),
    ("issuer_usd", is_amount),
    ("day_entries_usd", is_amount),
    ("day_result_usd", is_signed),
    ("at_risk_usd", is_amount),
    ("open_legs", is_amount),
    ("free", is_amount),
    ("ramp_usd", is_amount),
    ("venue_is_trading", _is_told),
    ("is_frozen_token", _is_told),
)


def _missing(order: Order, facts: Facts) -> list[str]:
    if not (is_price(order.amount) and is_price(order.price)):
        return ["the order's own amount and price"]
    found = [name for name, is_proper in _NEEDED if not is_proper(getattr(facts, name))]
    if not found and (facts.best_bid or 0) > (facts.best_ask or 0):
        found.append("a book that is not crossed")
    return found

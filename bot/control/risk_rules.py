"""The one place that says yes or no to an order. Pure; whatever is not known is a no."""

from bot.control.entry_facts import known_entry
from bot.control.entry_rules import ENTRY_RULES
from bot.control.leave_rules import Wrong, leave_breach
from bot.control.proper import is_price
from bot.control.worth import in_dollars
from bot.domain.orders import Order, Purpose
from bot.domain.risk import Approved, Breach, Denied, Facts, RiskLimits
from bot.domain.units import WAD, Wad


def judge_order(order: Order, facts: Facts, limits: RiskLimits) -> Approved | Denied:
    """Return whether an order may be sent, and the first rule that it breaks if not.

    `Approved.usd` is its worth by its own price or by consensus, whichever is more, rounded up.

    Raises:
        Exception: facts or limits are not even of their type; `RiskGate` takes that for a no.
    """
    wrong = _wrong(order, facts, limits)
    if wrong is not None:
        breach, detail = wrong
        return Denied(client_id=order.client_id, breach=breach, detail=detail, at=facts.now)
    return Approved(client_id=order.client_id, usd=worth_of(order, facts), at=facts.now)


def worth_of(order: Order, facts: Facts) -> Wad:
    """Return an order's worth in dollars; what has no price counts as a dollar."""
    base = facts.base_price if is_price(facts.base_price) else Wad(0)
    quote = facts.quote_price if is_price(facts.quote_price) else Wad(WAD)
    return in_dollars(order, base, quote)


def _wrong(order: Order, facts: Facts, limits: RiskLimits) -> Wrong | None:
    if facts.is_frozen is not False and order.purpose is not Purpose.FLATTEN:
        return Breach.FROZEN, f"{order.purpose.value} while only flattening is allowed"
    if order.purpose is not Purpose.ENTRY:
        return leave_breach(order, facts, limits)
    if facts.is_trading is not True:
        return Breach.PAUSED, "no entries"
    entry = known_entry(order, facts, limits)
    if isinstance(entry, str):
        return Breach.UNKNOWN, entry
    for breach, rule in ENTRY_RULES:
        detail = rule(entry)
        if detail:
            return breach, detail
    return None

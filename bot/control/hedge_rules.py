"""The second of two legs, judged before the first is sent: as if the first were filled."""

from msgspec.structs import replace

from bot.control.leave_rules import Wrong, leave_breach
from bot.control.proper import is_amount, is_price, share_of_bps
from bot.control.risk_rules import worth_of
from bot.control.worth import payment
from bot.domain.orders import Order, OrderSide
from bot.domain.risk import Approved, Breach, Denied, Facts, RiskLimits
from bot.domain.units import WAD, Wad, human, mul_div_up


def judge_hedge(order: Order, facts: Facts, limits: RiskLimits) -> Approved | Denied:
    """Return whether a hedge could be sent now if its first leg were there, at least in part.

    Its price is taken as it will be when it is sent: no farther off its book than it may be. What
    the book does not hold within that is closed in a hurry, at a loss that is set aside. It is
    judged again when it is sent: then leaving is what counts, and less stands in its way.

    Raises as `judge_order` does.
    """
    order = _within(order, facts, limits)
    wrong = _not_begun(order, facts) or leave_breach(order, _filled(order, facts), limits)
    if wrong is not None:
        breach, detail = wrong
        detail = f"the other leg, {order.venue} {order.pair}: {detail}"
        return Denied(client_id=order.client_id, breach=breach, detail=detail, at=facts.now)
    return Approved(client_id=order.client_id, usd=worth_of(order, facts), at=facts.now)


def _not_begun(order: Order, facts: Facts) -> Wrong | None:
    """What stands in the way of beginning, though not of leaving."""
    if facts.is_frozen is not False or facts.is_trading is not True:
        return Breach.PAUSED, "no entries"
    if facts.stopped:
        return Breach.STOPPED, facts.stopped
    if facts.venue_is_trading is not True or facts.is_frozen_token is not False:
        return Breach.UNKNOWN, "not known: that it trades, and that its contract is not stopped"
    if not is_amount(facts.free):
        return Breach.UNKNOWN, "not known: what is free there"
    if payment(order) > facts.free:
        needed, free = human(payment(order), 18, 6), human(facts.free, 18, 6)
        return Breach.NO_FUNDS, f"needs {needed}, free {free}"
    return None


def _within(order: Order, facts: Facts, limits: RiskLimits) -> Order:
    best, band = facts.best_bid, share_of_bps(limits.max_off_book_bps)
    if order.side is OrderSide.SELL and is_price(best):
        return replace(order, price=max(order.price, Wad(mul_div_up(best, WAD - band, WAD))))
    best = facts.best_ask
    if order.side is OrderSide.BUY and is_price(best):
        return replace(order, price=min(order.price, Wad(best * (WAD + band) // WAD)))
    return order


def _filled(order: Order, facts: Facts) -> Facts:
    way = 1 if order.side is OrderSide.SELL else -1
    return replace(facts, position_amount=Wad(way * order.amount), pending_exit=Wad(0))

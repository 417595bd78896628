"""Two legs under way: what to do now, given what was filled and the time.

What is filled on chain is hedged at once; what is not hedged in time is flattened, at a worse
price. One order at a time is under way at the exchange, so that nothing is hedged twice, and
nothing that is not known to be filled on chain is hedged at all.
"""

import msgspec

from bot.domain.orders import Purpose
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.strategy.hedge_plans import HedgePlan, least_of


class Legs(msgspec.Struct, frozen=True, kw_only=True):
    """How far both are; amounts of the coin, by fills alone."""

    is_sent: bool = False  # the first leg; true as soon as it may be
    is_final: bool = False  # nothing more comes of the first leg
    filled: Wad = Wad(0)  # of the first leg; a reorganisation may take it back
    filled_at: Nanos | None = None  # when a fill of it was first heard
    closed: Wad = Wad(0)  # at the exchange, the other way round: hedged and flattened, net
    is_busy: bool = False  # an order of ours at the exchange is not final, or nobody knows

    @property
    def alone(self) -> int:
        """What stands alone; below 0: hedged, and the first leg is gone."""
        return self.filled - self.closed


class SendFirst(msgspec.Struct, frozen=True, kw_only=True):
    """Set aside what the plan says, then send the leg on chain."""

    order: PlannedOrder


class Close(msgspec.Struct, frozen=True, kw_only=True):
    """Send this to the exchange now."""

    purpose: Purpose
    order: PlannedOrder
    is_overdue: bool = False  # it should be done by now: somebody must be told


class Await(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing to do but hear."""

    reason: str
    is_overdue: bool = False


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing stands alone that could be traded; nothing needs to be set aside any more."""

    dust: int  # of the coin; below 0: more was hedged than filled
    reason: str


Step = SendFirst | Close | Await | Finished


def next_step(plan: HedgePlan, legs: Legs, now: Nanos) -> Step:
    """Return what is to be done now; asked after every fill and answer, and on a timer."""
    if not legs.is_sent:
        return _begun(plan, now)
    due = _due(plan, legs)
    is_overdue = due is not None and now > _after(due, plan.parameters.flatten_s)
    if legs.is_busy:
        return Await(reason="an order at the exchange is not final", is_overdue=is_overdue)
    hedges = legs.alone > 0 and due is not None and now <= due
    order = _order(plan, legs, hedges=hedges)
    if order is None:
        return _rest(legs)
    purpose = Purpose.HEDGE if hedges else Purpose.FLATTEN
    return Close(purpose=purpose, order=order, is_overdue=is_overdue)


def _begun(plan: HedgePlan, now: Nanos) -> Step:
    if now > _after(plan.at, plan.parameters.first_s):
        return Finished(dust=0, reason="it is too late to begin")
    return SendFirst(order=plan.first)


def _order(plan: HedgePlan, legs: Legs, *, hedges: bool) -> PlannedOrder | None:
    """The order that leaves nothing alone; None where that is too small to be traded."""
    side, price = plan.hedge.side, plan.hedge.price if hedges else plan.close_price
    if legs.alone < 0:
        side, price = plan.first.side, plan.undo_price
    amount = abs(legs.alone) - abs(legs.alone) % plan.rules.step
    if amount < least_of(plan.rules, price):
        return None
    fee_usd = plan.hedge.fee_usd * amount // plan.hedge.amount
    return msgspec.structs.replace(
        plan.hedge, side=side, amount=Wad(amount), price=price, fee_usd=Wad(fee_usd)
    )


def _rest(legs: Legs) -> Step:
    if not legs.is_final:
        return Await(reason="the leg on chain is not final")
    if not legs.filled and not legs.closed:
        return Finished(dust=0, reason="nothing was filled on chain")
    return Finished(dust=legs.alone, reason="nothing stands alone that could be traded")


def _due(plan: HedgePlan, legs: Legs) -> Nanos | None:
    """Until when the first leg is hedged at the planned price; None: nothing was filled yet."""
    if legs.filled_at is None:
        return None
    return _after(legs.filled_at, plan.parameters.hedge_s)


def _after(at: Nanos, seconds: float) -> Nanos:
    return Nanos(at + round(seconds * NANOS_PER_S))

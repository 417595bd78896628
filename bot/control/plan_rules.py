"""A whole plan before its first order: every order of it, one on top of the other."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.control.reservations import Reservation, reserved, with_reserved
from bot.control.risk_rules import judge_order
from bot.domain.orders import ClientId, Order, Purpose
from bot.domain.risk import Approved, Breach, Denied, Facts, RiskLimits
from bot.domain.trade_plans import EntryPlan, Style
from bot.domain.units import Wad


def orders_of(plan: EntryPlan) -> tuple[Order, ...]:
    """Return the plan's orders as entries under the position's name; they are never sent."""
    name, position = ClientId(plan.position), plan.position
    return tuple(one.named(name, position, Purpose.ENTRY, plan.at) for one in plan.orders)


def judge_plan(plan: EntryPlan, facts: Sequence[Facts], limits: RiskLimits) -> Approved | Denied:
    """Return whether a plan may be begun; `facts` are of its orders, in their order.

    Each order is judged as if those before it were sent already; of a staged plan one at a time is
    an open leg. The approval is for the position and worth the sum; its orders are judged again,
    one by one, when they are sent. A plan without orders (a flash loan) is not for this gate.

    Raises as `judge_order` does.
    """
    wrong = _wrong(plan, facts, limits)
    if wrong:
        return _denied(plan, *wrong)
    before: list[Reservation] = []
    for order, seen in zip(orders_of(plan), facts, strict=True):
        stacked = with_reserved(order, seen, before)
        if plan.style is Style.STAGED:
            stacked = replace(stacked, open_legs=seen.open_legs)
        verdict = judge_order(order, stacked, limits)
        if isinstance(verdict, Denied):
            return verdict
        before.append(reserved(order, seen, verdict.usd))
    total = Wad(sum(each.worth for each in before))
    return Approved(client_id=plan.position, usd=total, at=facts[0].now)


def _wrong(
    plan: EntryPlan, facts: Sequence[Facts], limits: RiskLimits
) -> tuple[Breach, str] | None:
    if not plan.orders or len(facts) != len(plan.orders):
        return Breach.UNKNOWN, f"{len(plan.orders)} orders, facts of {len(facts)}"
    if not 1 <= plan.size.leverage <= limits.leverage:
        detail = f"{plan.size.leverage:g} times the capital, at most {limits.leverage:g}"
        return Breach.LEVERAGE, detail
    return None


def _denied(plan: EntryPlan, breach: Breach, detail: str) -> Denied:
    return Denied(client_id=plan.position, breach=breach, detail=detail, at=plan.at)

"""Depegs as far as plans remember them."""

from bot.domain.depegs import Breadth, Depeg, Severity, Side, Status
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import WAD, Nanos

_BPS = 1e4


def remembered_depeg(plan: EntryPlan) -> Depeg:
    """Return the depeg of a plan as far as the plan tells, for who was not there when it began."""
    off_bps = (plan.exit.entry_price - WAD) / WAD * _BPS
    start = Nanos(int(plan.depeg_id.split("-")[-2])) if plan.depeg_id.count("-") >= 2 else plan.at
    least = Severity.MINOR.value
    off_bps = min(off_bps, -least) if plan.side is Side.DISCOUNT else max(off_bps, least)
    return Depeg(
        asset=plan.asset,
        side=plan.side,
        start=start,
        confirmed_at=plan.at,
        off_bps=off_bps,
        trough_bps=abs(off_bps),
        trough_price=plan.exit.entry_price,
        trough_at=plan.at,
        severity=Severity.of(abs(off_bps)) or Severity.MINOR,
        breadth=Breadth.EVERYWHERE,
        status=Status.ACTIVE,
        venues=(),
    )

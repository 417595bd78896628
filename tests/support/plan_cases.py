"""A plan to enter, with as many orders as a test wants."""

from msgspec.structs import replace
from support.risk_cases import NOW, an_order, usd

from bot.domain.depegs import Side
from bot.domain.opportunities import Way
from bot.domain.orders import Order
from bot.domain.trade_plans import (
    EntryPlan,
    ExitPlan,
    Held,
    PartialExit,
    PlannedOrder,
    RiskFigures,
    Size,
    Style,
)
from bot.domain.units import Nanos, Wad

HOUR = 3_600 * 10**9


def planned(order: Order) -> PlannedOrder:
    """Return an order as a plan has it."""
    return PlannedOrder(
        venue=order.venue,
        pair=order.pair,
        side=order.side,
        kind=order.kind,
        time_in_force=order.time_in_force,
        amount=order.amount,
        price=order.price,
        expected_price=order.price,
        fee_usd=usd(0.4),
        slippage_bps=1.0,
    )


def a_plan(
    *orders: Order, position: str = "aaaaaaaaaa", style: Style = Style.IMMEDIATE
) -> EntryPlan:
    """Return a plan of these orders, or of one."""
    wanted = orders or (an_order(),)
    worth = usd(388 * len(wanted))
    return EntryPlan(
        position=position,
        depeg_id="USDC-1-discount",
        asset="USDC",
        side=Side.DISCOUNT,
        way=Way.POSITION,
        style=style,
        size=Size(
            usd=worth,
            wanted_usd=worth,
            bound_by="kelly",
            risk=RiskFigures(
                exposure_usd=worth,
                worst_case_usd=worth,
                expected_shortfall_usd=worth,
                stop_price=usd(0.9),
            ),
        ),
        orders=tuple(map(planned, wanted)),
        exit=ExitPlan(
            entry_price=usd(0.97),
            target_price=usd(0.999),
            stop_price=usd(0.9),
            partials=(PartialExit(reversion=0.9, share=1.0),),
            stop_at=Nanos(NOW + 24 * HOUR),
        ),
        expected_usd=usd(10),
        never=0.05,
        at=NOW,
    )


def a_holding(position: str = "aaaaaaaaaa", **at_venues: float) -> Held:
    """Return a position with so much of its coin left at each venue."""
    held = {venue: usd(amount) for venue, amount in at_venues.items()}
    total = Wad(sum(held.values()))
    return Held(
        plan=a_plan(position=position),
        bought=total,
        left=total,
        at_venues=held,
        cash={"USD": Wad(-total)},
        fees={},
        opened_at=NOW,
    )


def leveraged(plan: EntryPlan, leverage: float) -> EntryPlan:
    """Return the plan with another leverage."""
    return replace(plan, size=replace(plan.size, leverage=leverage))

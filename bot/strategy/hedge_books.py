"""Two legs as the ledger knows them: what a process that has forgotten everything goes on from."""

from collections.abc import Iterable

import msgspec

from bot.domain.depegs import Side
from bot.domain.ledger_events import Decided
from bot.domain.opportunities import Way
from bot.domain.orders import Fill, OrderSide, Purpose
from bot.domain.trade_plans import (
    EntryPlan,
    ExitPlan,
    PartialExit,
    RiskFigures,
    Size,
    Style,
)
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.strategy.hedge_finding import Hedge
from bot.strategy.hedge_legs import Legs
from bot.strategy.holdings import movement_of
from bot.strategy.ledger import Ledger

HEDGE_PLAN = "hedge plan"  # `Decided.what`: both legs, written down before the first one
HEDGE_FILLED = "hedge filled"  # when the first leg's first trade was heard


def hedge_note(hedge: Hedge, at: Nanos) -> Decided:
    """Return what is written down of two legs before anything is sent."""
    detail = msgspec.json.encode(hedge).decode()
    return Decided(what=HEDGE_PLAN, subject=hedge.plan.position, detail=detail, at=at)


def hedge_of(ledger: Ledger, position: str) -> Hedge | None:
    """Return the two legs of a position; None: they were never written down."""
    for said in reversed(ledger.decided(HEDGE_PLAN)):
        if said.subject == position:
            return msgspec.json.decode(said.detail, type=Hedge)
    return None


def hedges_open(ledger: Ledger) -> tuple[str, ...]:
    """Return positions of two legs that are not over."""
    names = ledger.open_positions
    return tuple(n for n in names if ledger.held(n).plan.style is Style.HEDGED)


def filled_at(ledger: Ledger, position: str) -> Nanos | None:
    """Return when a trade of the first leg was first heard, as it was written down."""
    times = (said.at for said in ledger.decided(HEDGE_FILLED) if said.subject == position)
    return min(times, default=None)


def legs_of(ledger: Ledger, position: str) -> Legs:
    """Return how far both legs are, by unique trades alone; fees in the coin count."""
    held, records = ledger.held(position), ledger.orders_of(position)
    first = [record for record in records if record.order.purpose is Purpose.ENTRY]
    others = [record for record in records if record.order.purpose is not Purpose.ENTRY]
    way = 1 if held.plan.side is Side.DISCOUNT else -1
    coin = held.plan.asset
    return Legs(
        is_sent=bool(first),
        is_final=all(one.state.is_final and not one.missing for one in first),
        filled=Wad(way * sum(_coins(one.fills, coin) for one in first)),
        filled_at=filled_at(ledger, position),
        closed=Wad(-way * sum(_coins(one.fills, coin) for one in others)),
        is_busy=any(not one.state.is_final or one.missing for one in others),
    )


def _coins(fills: Iterable[Fill], coin: str) -> int:
    return sum(movement_of(fill).flows.get(coin, 0) for fill in fills)


def position_plan(hedge: Hedge) -> EntryPlan:
    """Return the plan that a position of two legs is opened with: only the first is an entry."""
    plan, first = hedge.plan, hedge.plan.first
    late_s = plan.parameters.first_s + plan.parameters.hedge_s + plan.parameters.flatten_s
    risk = RiskFigures(
        exposure_usd=plan.exposure_usd,
        worst_case_usd=hedge.reserved_usd,
        expected_shortfall_usd=hedge.reserved_usd,
        stop_price=hedge.back_price,
    )
    return EntryPlan(
        position=plan.position,
        depeg_id=f"hedge {first.pair} against {plan.hedge.venue} {plan.hedge.pair}",
        asset=first.pair.partition("/")[0],
        side=Side.DISCOUNT if first.side is OrderSide.BUY else Side.PREMIUM,
        way=Way.POSITION,
        style=Style.HEDGED,
        size=Size(
            usd=plan.exposure_usd,
            wanted_usd=plan.exposure_usd,
            bound_by="what both books hold and every cap leaves",
            risk=risk,
        ),
        orders=(first,),
        exit=ExitPlan(
            entry_price=first.price,
            target_price=plan.hedge.price,
            stop_price=hedge.back_price,
            partials=(PartialExit(reversion=1.0, share=1.0),),
            stop_at=Nanos(plan.at + round(late_s * NANOS_PER_S)),
        ),
        expected_usd=hedge.gain_usd,
        never=0.0,
        at=plan.at,
    )

"""Positions, and the situations they are in, as a test wants them."""

import msgspec
from support.asset_views import moment, view_of
from support.depeg_cases import depeg_of, evidence_of

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.opportunities import Belief, Way
from bot.domain.trade_plans import EntryPlan, ExitPlan, Held, RiskFigures, Size, Style
from bot.domain.units import WAD, Nanos, Wad
from bot.domain.views import AssetView, NoView
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for
from bot.strategy.exit_situation import ExitRequest, Situation
from bot.strategy.outlook import Outlook

HOPEFUL = Outlook(cured=0.02, scale_h=12.0, shape=2.0, age_h=6.0)
BELIEF = Belief(
    never=0.05, never_low=0.02, never_high=0.1, median_hours=12.0, late_hours=48.0, similar=9
)


def wad(value: float) -> Wad:
    """Return a figure with at most nine decimals, exactly."""
    return Wad(round(value * 10**9) * 10**9)


def exit_plan(
    price: float = 0.94,
    *,
    asset: str = "USDC",
    parameters: ExitParameters | None = None,
    now: Nanos | None = None,
) -> ExitPlan:
    """Return when it is left what is entered at a price."""
    par = coin_of(asset).par
    side = Side.DISCOUNT if wad(price) < par.low else Side.PREMIUM
    entry = Entry(side=side, price=wad(price), par=par)
    return exit_plan_for(entry, BELIEF, parameters or ExitParameters(), now or moment(0))


def entry_plan(exits: ExitPlan, *, asset: str = "USDC") -> EntryPlan:
    """Return the plan of a position of so and so many dollars."""
    side = Side.DISCOUNT if exits.target_price > exits.entry_price else Side.PREMIUM
    nothing = RiskFigures(
        exposure_usd=Wad(0),
        worst_case_usd=Wad(0),
        expected_shortfall_usd=Wad(0),
        stop_price=exits.stop_price,
    )
    return EntryPlan(
        position="p000000001",
        depeg_id=f"{asset}-1-{side.value}",
        asset=asset,
        side=side,
        way=Way.POSITION,
        style=Style.IMMEDIATE,
        size=Size(usd=wad(940), wanted_usd=wad(940), bound_by="test", risk=nothing),
        orders=(),
        exit=exits,
        expected_usd=Wad(0),
        never=0.05,
        at=moment(0),
    )


def held_of(  # what a position may be in: each is one
    exits: ExitPlan | None = None,
    *,
    bought: float = 1_000.0,
    left: float | None = None,
    on_exit: float = 0.0,
    asset: str = "USDC",
    venues: dict[str, float] | None = None,
    cash: dict[str, float] | None = None,
) -> Held:
    """Return a position of 1,000 coins entered at 0.94, all at Kraken."""
    exits = exits or exit_plan()
    still = bought if left is None else left
    paid = bought * exits.entry_price / WAD
    there = venues if venues is not None else {"kraken": still}
    discount = exits.target_price > exits.entry_price
    return Held(
        plan=entry_plan(exits, asset=asset),
        bought=wad(bought),
        left=wad(still),
        at_venues={venue: wad(amount) for venue, amount in there.items()},
        cash={k: wad(v) for k, v in (cash or {"USD": -paid if discount else paid}).items()},
        fees={},
        opened_at=moment(0),
        on_exit=wad(on_exit),
    )


def situation(
    view: AssetView | NoView | float,
    *,
    hours: float = 1.0,
    outlook: Outlook = HOPEFUL,
    request: ExitRequest | None = None,
    asset: str = "USDC",
) -> Situation:
    """Return a situation in which two venues agree on a price, and nothing else is known."""
    seen = priced(view, asset=asset) if isinstance(view, int | float) else view
    off_bps = seen.off_bps if isinstance(seen, AssetView) else -100.0
    told = depeg_of(off_bps if abs(off_bps) >= 5 else -10.0, asset=asset)
    return Situation(
        now=moment(hours * 3_600),
        view=seen,
        depeg=msgspec.structs.replace(told, trough_bps=60.0),
        evidence=evidence_of(asset=asset),
        outlook=outlook,
        request=request,
    )


def priced(price: float, *, asset: str = "USDC", observers: int = 2) -> AssetView:
    """Return a view in which so many venues say a price, exactly."""
    venues = ("kraken", "binance", "curve", "chainlink")[:observers]
    off_bps = (price - 1.0) * 1e4
    view = view_of(off_bps, dict.fromkeys(venues, off_bps), asset=asset)
    told = tuple(msgspec.structs.replace(v, price=wad(price)) for v in view.venues)
    off = coin_of(asset).par.off_bps(wad(price))
    return msgspec.structs.replace(view, price=wad(price), off_bps=off, venues=told)

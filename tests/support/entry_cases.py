"""Opportunities with books and means, as a test of entries wants them."""

from collections.abc import Mapping, Sequence

from support.asset_views import moment, view_of
from support.depeg_cases import depeg_of, evidence_of, rail

from bot.domain.depegs import Status
from bot.domain.opportunities import Belief, Opportunity, Veto, Way
from bot.domain.orders import Level, MarketRules, NetworkStatus, VenueBook
from bot.domain.risk import RiskLimits
from bot.domain.ticks import SourceKind
from bot.domain.units import WAD, Nanos, Wad
from bot.strategy.entry_planning import EntryPlanner
from bot.strategy.evidence import Rail
from bot.strategy.exit_plans import ExitParameters
from bot.strategy.sizing import PositionSizer, SizingParameters
from bot.strategy.trade_ways import Case, position, redemption
from bot.strategy.trading_costs import TradingCosts
from bot.strategy.trading_means import Market, Means

NOW = moment(60)
WIDE = RiskLimits(  # limits that decide nothing
    max_order_usd=1e9,
    max_coin_usd=1e9,
    max_venue_usd=1e9,
    max_issuer_usd=1e9,
    max_day_usd=1e9,
    max_daily_loss_usd=1e9,
    max_open_legs=1_000,
    max_terminal_loss=1.0,
    max_off_book_bps=5_000.0,
    max_off_consensus_bps=5_000.0,
)


def wad(value: float | str) -> Wad:
    """Return a number of at most nine decimals, exactly."""
    return Wad(round(float(value) * 10**9) * 10**9)


def sure(never: float = 0.02, *, high: float | None = None) -> Belief:
    """Return a belief of which the upper end is `high`."""
    return Belief(
        never=never,
        never_low=never / 2,
        never_high=never if high is None else high,
        median_hours=24.0,
        late_hours=72.0,
        similar=10,
    )


def case_of(
    off_bps: float = -800.0,
    *,
    asset: str = "USDC",
    belief: Belief | None = None,
    rails: Sequence[Rail] | None = None,
    vetoes: tuple[Veto, ...] = (),
    status: Status = Status.ACTIVE,
    costs: TradingCosts | None = None,
) -> Case:
    """Return a confirmed depeg whose belief is given, not worked out."""
    return Case(
        depeg=depeg_of(off_bps, asset=asset, status=status),
        view=view_of(off_bps, asset=asset),
        evidence=evidence_of(*(rails if rails is not None else (rail(1.0),)), asset=asset),
        belief=belief or sure(),
        vetoes=vetoes,
        costs=costs or TradingCosts(),
        now=NOW,
    )


def opportunity_of(case: Case, way: Way = Way.POSITION) -> Opportunity:
    """Return what the classifier makes of it; it must be worth something."""
    judged = (position if way is Way.POSITION else redemption)(case)
    assert isinstance(judged, Opportunity), judged
    return judged


def market(
    *levels: tuple[float | str, float | str],
    venue: str = "kraken",
    pair: str = "USDC/USD",
    sells: bool = False,
    fee_bps: float = 10.0,
    maker_fee_bps: float = 10.0,
    step: float | str = "0.01",
    tick: float | str = "0.0001",
    min_amount: float = 1,
    min_value: float = 1,
    free: float = 1e9,
    spread: float = 0.0002,
    is_trading: bool = True,
    at: Nanos = NOW,
    kind: SourceKind = SourceKind.CEX,
    networks: tuple[NetworkStatus, ...] = (),
    fixed_usd: float = 0,
) -> Market:
    """Return a market whose asks are (price, amount) levels; its bids, where we sell there."""
    rules = MarketRules(
        venue=venue,
        pair=pair,
        tick=wad(tick),
        step=wad(step),
        min_amount=wad(min_amount),
        min_value=wad(min_value),
        maker_fee_bps=maker_fee_bps,
        taker_fee_bps=fee_bps,
        is_trading=is_trading,
    )
    side = tuple(Level(price=wad(price), amount=wad(amount)) for price, amount in levels)
    best = side[0].price if side else Wad(WAD)
    other = Level(price=Wad(best + wad(spread) * (1 if sells else -1)), amount=wad(1000))
    book = VenueBook(
        venue=venue,
        pair=pair,
        bids=side if sells else (other,),
        asks=(other,) if sells else side,
        at=at,
    )
    return Market(
        rules=rules,
        book=book,
        kind=kind,
        free_base=wad(free),
        free_quote=wad(free),
        networks=networks,
        fixed_usd=wad(fixed_usd),
    )


def deep(price: float = 0.92, *, venue: str = "kraken", amount: float = 100_000) -> Market:
    """Return a deep market: ten levels, one basis point apart."""
    return market(*((price + n / 10_000, amount) for n in range(10)), venue=venue)


def means_of(
    *markets: Market,
    equity: float = 1e6,
    ramp: float = 1e9,
    dollars: Mapping[str, float] | None = None,
    at_risk: float = 0,
    day_entries: float = 0,
    day_result: float = 0,
    coin: Mapping[str, float] | None = None,
    venue: Mapping[str, float] | None = None,
    issuer: Mapping[str, float] | None = None,
) -> Means:
    """Return means in dollars."""
    return Means(
        equity_usd=wad(equity),
        ramp_usd=wad(ramp),
        markets=markets,
        dollars={currency: wad(usd) for currency, usd in (dollars or {}).items()},
        coin_usd={name: wad(usd) for name, usd in (coin or {}).items()},
        venue_usd={name: wad(usd) for name, usd in (venue or {}).items()},
        issuer_usd={name: wad(usd) for name, usd in (issuer or {}).items()},
        day_entries_usd=wad(day_entries),
        day_result_usd=wad(day_result),
        at_risk_usd=wad(at_risk),
    )


def sizer_of(limits: RiskLimits = WIDE, **parameters: float) -> PositionSizer:
    """Return a sizer; its limits decide nothing unless they are given."""
    exits = ExitParameters(rails={"issuer": "bank", "psm": "ethereum"})
    return PositionSizer(SizingParameters(**parameters), limits, exits)


def planner_of(limits: RiskLimits = WIDE, **parameters: float) -> EntryPlanner:
    """Return a planner, likewise."""
    return EntryPlanner(sizer_of(limits, **parameters))

"""Markets to leave a position at, and the decision to do so."""

from support.asset_views import moment
from support.held_positions import wad

from bot.domain.orders import Level, MarketRules, VenueBook
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import ExitReason, Held, Leave
from bot.domain.units import Wad
from bot.strategy.exit_ladders import ExitMeans
from bot.strategy.exit_orders import ExitOrders, exit_orders
from bot.strategy.trading_means import Market

_NOW = moment(3_600)
_DOLLARS = {"USDT": wad(0.98), "EUR": wad(1.1)}


def market(
    *bids: tuple[float, float],
    venue: str = "kraken",
    pair: str = "USDC/USD",
    free: float = 1e9,
    min_amount: float = 5,
    min_value: float = 0,
    fee_bps: float = 10,
    age_s: float = 0.0,
    is_trading: bool = True,
) -> Market:
    """Return a market of bids; asks mirror them two basis points higher."""
    levels = tuple(Level(price=wad(price), amount=wad(size)) for price, size in bids)
    top = levels[0].price
    asks = tuple(Level(price=Wad(2 * top - b.price + 2 * 10**14), amount=b.amount) for b in levels)
    rules = MarketRules(
        venue=venue,
        pair=pair,
        tick=wad(0.0001),
        step=wad(0.1),
        min_amount=wad(min_amount),
        min_value=wad(min_value),
        maker_fee_bps=0.0,
        taker_fee_bps=fee_bps,
        is_trading=is_trading,
    )
    at = moment(3_600 - age_s)
    book = VenueBook(venue=venue, pair=pair, bids=levels, asks=asks, at=at)
    return Market(rules=rules, book=book, free_base=wad(free), free_quote=wad(free))


def leave(
    amount: float = 1_000.0, reason: ExitReason = ExitReason.TARGET, worst: float = 0.99
) -> Leave:
    """Return a decision to leave so much."""
    return Leave(
        position="p000000001",
        amount=wad(amount),
        reason=reason,
        detail="",
        worst_price=wad(worst),
        at=_NOW,
    )


def orders(what: Leave, held: Held, *markets: Market, dollars: bool = True) -> ExitOrders:
    """Return the orders, where a tether is worth 0.98 dollars and a euro 1.10."""
    known = _DOLLARS if dollars else {}
    means = ExitMeans(markets=markets, dollars=known, limits=RiskLimits(), now=_NOW)
    return exit_orders(what, held, means)

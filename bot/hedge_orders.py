"""Orders of the second leg, priced within what the gate lets pass now."""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.domain.orders import OrderKind, OrderSide, Purpose, TimeInForce
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.hedge_finding import Hedge
from bot.strategy.hedge_legs import Close, Legs
from bot.strategy.trading_means import Market, share_down
from bot.strategy.venue_ladders import on_tick


def closing_order(close: Close, markets: Iterable[Market], limits: RiskLimits) -> PlannedOrder:
    """Return the order that a step asks for, no farther off its book of now than the gate takes.

    A worst price from before a book moved our way would be refused as too far off.
    """
    order = close.order
    for market in markets:
        if (market.venue, market.rules.pair) == (order.venue, order.pair):
            return replace(order, price=_within(order, market, _band(close.purpose, limits)))
    return order


def order_back(
    hedge: Hedge, legs: Legs, markets: Iterable[Market], limits: RiskLimits
) -> PlannedOrder | None:
    """Return what takes back on chain what stands alone; None where that cannot be done."""
    first = hedge.plan.first
    if legs.alone <= 0:
        return None
    side = OrderSide.SELL if first.side is OrderSide.BUY else OrderSide.BUY
    for market in markets:
        if (market.venue, market.rules.pair) == (first.venue, first.pair):
            amount = legs.alone - legs.alone % market.rules.step
            order = replace(
                first,
                side=side,
                kind=OrderKind.LIMIT,
                time_in_force=TimeInForce.IOC,
                amount=Wad(amount),
                price=hedge.back_price,
                expected_price=hedge.back_price,
            )
            if amount < market.rules.min_amount:
                return None
            band = _band(Purpose.FLATTEN, limits)
            return replace(order, price=_within(order, market, band))
    return None


def _band(purpose: Purpose, limits: RiskLimits) -> Wad:
    bps = limits.max_off_book_bps
    return share_down(limits.flatten_off_book_bps if purpose is Purpose.FLATTEN else bps)


def _within(order: PlannedOrder, market: Market, band: Wad) -> Wad:
    book, tick = market.book, market.rules.tick
    if order.side is OrderSide.SELL:
        if not book.bids:
            return order.price
        edge = mul_div_up(book.bids[0].price, WAD - band, WAD)
        return Wad(max(order.price, on_tick(edge, tick, order.side)))
    if not book.asks:
        return order.price
    edge = book.asks[0].price * (WAD + band) // WAD
    return Wad(min(order.price, on_tick(edge, tick, order.side)))

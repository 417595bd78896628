"""Two legs at two places, planned: what each is, and what is set aside before the first one.

The leg on chain goes first: it is the slower and less certain one, and while nothing is filled
there nothing is at risk. The other leg is at an exchange that holds its means already: what is
bought on chain is not there.
"""

from typing import Annotated

import msgspec

from bot.domain.orders import MarketRules, OrderKind, OrderSide, TimeInForce
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import BPS, WAD, Nanos, Wad, human, mul_div_up
from bot.strategy.trading_means import Market, Means, fee_up, share_down
from bot.strategy.venue_ladders import all_in, on_tick

NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class HedgeParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[hedge]`: whether, how long a leg may stand alone, and what closing it may cost."""

    enabled: bool = False
    least_usd: NotNegative = 5.0  # gain after all costs, gas too, below which nothing is begun
    max_usd: NotNegative = 5_000.0  # of the leg on chain
    first_s: NotNegative = 60.0  # to begin at all
    hedge_s: NotNegative = 10.0  # from the first leg's first fill on, to hedge as planned
    flatten_s: NotNegative = 20.0  # ... and from then on, to flatten
    flatten_bps: NotNegative = 300.0  # off a book: the worst price of flattening


class HedgePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Both legs, the times, and what the first one puts at risk."""

    position: str
    first: PlannedOrder  # on chain
    hedge: PlannedOrder  # at the exchange, the other way round
    rules: MarketRules  # of the exchange
    close_price: Wad  # worst of closing the first leg in a hurry
    undo_price: Wad  # worst of taking back a hedge whose first leg is gone
    exposure_usd: Wad  # of one leg alone, at most
    worst_loss_usd: Wad  # of closing one leg alone within these prices, at most
    parameters: HedgeParameters
    at: Nanos


class NoHedge(msgspec.Struct, frozen=True, kw_only=True):
    """Why two legs are not begun."""

    reason: str


class HedgePlace(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange of the second leg, and what things are worth."""

    market: Market
    means: Means
    parameters: HedgeParameters = HedgeParameters()


def hedge_plan(
    position: str, first: PlannedOrder, place: HedgePlace, at: Nanos
) -> HedgePlan | NoHedge:
    """Return how a leg on chain is hedged, or why it is not begun at all."""
    market, means = place.market, place.means
    paid_in = means.dollars_of(first.pair.partition("/")[2])
    quote_usd = means.dollars_of(market.quote)
    if paid_in is None or quote_usd is None:
        return NoHedge(reason="nobody knows what it is paid in is worth in dollars")
    hedge = _hedge(first, market, quote_usd)
    if isinstance(hedge, str):
        return NoHedge(reason=hedge)
    fee, bps = fee_up(market.rules.taker_fee_bps), place.parameters.flatten_bps
    close, undo = (_off(market, side, bps) for side in (hedge.side, first.side))
    bought = all_in(first.price, paid_in, Wad(0), first.side)
    closed = all_in(close, quote_usd, fee, hedge.side)
    undone = all_in(undo, quote_usd, fee, first.side)
    loss = max(_lost(first.side, bought, closed), _lost(hedge.side, closed, undone), 0)
    dearest = max(bought, all_in(max(close, undo, hedge.price), quote_usd, fee, OrderSide.BUY))
    return HedgePlan(
        position=position,
        first=first,
        hedge=hedge,
        rules=market.rules,
        close_price=close,
        undo_price=undo,
        exposure_usd=Wad(mul_div_up(first.amount, dearest, WAD) + first.fee_usd),
        worst_loss_usd=Wad(mul_div_up(first.amount, loss, WAD) + first.fee_usd),
        parameters=place.parameters,
        at=at,
    )


def least_of(rules: MarketRules, price: Wad) -> Wad:
    """Return the smallest amount that a venue takes at a price."""
    least = max(rules.min_amount, mul_div_up(rules.min_value, WAD, price), rules.step)
    return Wad(mul_div_up(least, 1, rules.step) * rules.step)


def _hedge(first: PlannedOrder, market: Market, quote_usd: Wad) -> PlannedOrder | str:
    """The whole first leg the other way round, down to the price at which the book holds that."""
    rules, book = market.rules, market.book
    if first.pair.partition("/")[0] != market.base or not rules.is_trading:
        return f"{market.name} does not trade {first.pair.partition('/')[0]} now"
    side = OrderSide.SELL if first.side is OrderSide.BUY else OrderSide.BUY
    amount = Wad(first.amount - first.amount % rules.step)
    left, value, price = int(amount), 0, Wad(0)
    for level in book.bids if side is OrderSide.SELL else book.asks:
        part, price = min(left, level.amount), level.price
        value, left = value + part * price, left - part
        if not left:
            break
    if left or amount < least_of(rules, price):
        return f"{market.name}: its book, or the leg, is too small"
    needed = amount if side is OrderSide.SELL else mul_div_up(value, 1, WAD)
    currency = market.base if side is OrderSide.SELL else market.quote
    free = market.free_base if side is OrderSide.SELL else market.free_quote
    if needed > free:
        return f"{market.venue}: {human(needed, 18)} {currency} needed, {human(free, 18)} free"
    best = (book.bids if side is OrderSide.SELL else book.asks)[0].price
    expected = Wad(value // amount)
    fee = fee_up(rules.taker_fee_bps)
    return PlannedOrder(
        venue=market.venue,
        pair=rules.pair,
        side=side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.IOC,
        amount=amount,
        price=on_tick(price, rules.tick, side),
        expected_price=expected,
        fee_usd=Wad(mul_div_up(value * fee, quote_usd, WAD**3)),
        slippage_bps=abs(expected - best) / best * BPS,
    )


def _off(market: Market, side: OrderSide, bps: float) -> Wad:
    """The worst price of trading there in a hurry, on the tick."""
    off, tick = share_down(bps), market.rules.tick
    if side is OrderSide.BUY:
        return on_tick(market.book.asks[0].price * (WAD + off) // WAD, tick, side)
    return on_tick(mul_div_up(market.book.bids[0].price, WAD - off, WAD), tick, side)


def _lost(side: OrderSide, entered: Wad, left: Wad) -> int:
    """Dollars per 1.0 coin that a leg loses which is left again; below 0: it gains."""
    return entered - left if side is OrderSide.BUY else left - entered

"""From an amount at one market to its orders: parts, kinds, prices, estimates.

Rule: a limit order that takes what is there and cancels the rest (IOC). A maker's order (POST_ONLY)
where waiting saves enough and there is time. All or nothing (FOK) only for one order alone of which
a part could not be sold again. A market order never.
"""

import msgspec

from bot.domain.depegs import Status
from bot.domain.orders import OrderKind, OrderSide, TimeInForce
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import BPS, WAD, Wad, mul_div_up
from bot.strategy.sizing import SizingParameters
from bot.strategy.trading_means import fee_up
from bot.strategy.venue_ladders import Ladder, on_tick


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the orders of one plan have in common."""

    parameters: SizingParameters
    status: Status
    hours: float  # until it is expected to be back
    stages: int
    order_usd: Wad  # the largest order
    is_alone: bool  # one market only


def orders_of(ladder: Ladder, amount: Wad, terms: Terms) -> tuple[PlannedOrder, ...]:
    """Return the orders of an amount at one market, in the order of sending."""
    maker = maker_price(ladder, terms)
    parts = cut(ladder, amount, 1 if maker else terms.stages, terms.order_usd)
    if maker is not None:
        return tuple(_resting(ladder, part, maker) for part in parts)
    is_cex = ladder.market.kind is SourceKind.CEX
    whole = is_cex and terms.is_alone and len(parts) == 1 and amount < 2 * ladder.least
    reached, found = 0, []
    for part in parts:
        found.append(_crossing(ladder, (Wad(reached), part), whole=whole))
        reached += part
    return tuple(found)


def cut(ladder: Ladder, amount: Wad, stages: int, order_usd: Wad) -> tuple[Wad, ...]:
    """Cut an amount into parts on the step, none above the largest order or below the least.

    What is left over by an order limit near the venue's least amount is not traded.
    """
    most, least = ladder.on_step(Wad(order_usd * WAD // ladder.unit_usd(amount))), ladder.least
    if most < least:
        return ()
    needed = -(-amount // most)
    if amount // needed < least + ladder.market.rules.step:
        rest = Wad(amount % most)
        return (most,) * (amount // most) + ((rest,) if rest >= least else ())
    count = max(needed, min(stages, amount // (least + ladder.market.rules.step)))
    steps, more = divmod(amount // ladder.market.rules.step, count)
    return tuple(Wad((steps + (n < more)) * ladder.market.rules.step) for n in range(count))


def maker_price(ladder: Ladder, terms: Terms) -> Wad | None:
    """Return the price to rest at, where waiting saves enough; None: cross.

    Not while it recovers (the price runs away) nor while it worsens (only a falling price fills).
    """
    rules, book = ladder.market.rules, ladder.market.book
    if ladder.market.kind is not SourceKind.CEX or terms.status is not Status.ACTIVE:
        return None
    if terms.hours < terms.parameters.maker_hours:
        return None
    bid, ask = book.bids[0].price, book.asks[0].price
    buys = ladder.side is OrderSide.BUY
    price = on_tick(bid if buys else ask, rules.tick, ladder.side)
    saved_bps = (ask - bid) / ask * BPS + rules.taker_fee_bps - rules.maker_fee_bps
    is_wanted = price <= ladder.worst if buys else price >= ladder.worst
    return price if is_wanted and saved_bps >= terms.parameters.maker_gain_bps else None


def _resting(ladder: Ladder, amount: Wad, price: Wad) -> PlannedOrder:
    rules = ladder.market.rules
    paid = mul_div_up(amount, price, WAD)
    best = ladder.rungs[0].price
    better = (price - best) if ladder.side is OrderSide.BUY else (best - price)
    return PlannedOrder(
        venue=rules.venue,
        pair=rules.pair,
        side=ladder.side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.POST_ONLY,
        amount=amount,
        price=price,
        expected_price=price,
        fee_usd=_fee_usd(paid, fee_up(rules.maker_fee_bps), ladder),
        slippage_bps=better / best * BPS,
    )


def _crossing(ladder: Ladder, part: tuple[Wad, Wad], *, whole: bool) -> PlannedOrder:
    """An order for what comes after `part[0]` is taken already."""
    before, amount = part
    rules, best = ladder.market.rules, ladder.rungs[0].price
    paid = ladder.value(Wad(before + amount)) - ladder.value(before)
    price = Wad(paid * WAD // amount)
    worse = (price - best) if ladder.side is OrderSide.BUY else (best - price)
    return PlannedOrder(
        venue=rules.venue,
        pair=rules.pair,
        side=ladder.side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.FOK if whole else TimeInForce.IOC,
        amount=amount,
        price=ladder.limit(Wad(before + amount)),
        expected_price=price,
        fee_usd=_fee_usd(paid, ladder.fee, ladder),
        slippage_bps=max(0.0, worse / best * BPS),
    )


def _fee_usd(paid: int, fee: Wad, ladder: Ladder) -> Wad:
    fixed = ladder.market.fixed_usd
    return Wad(mul_div_up(paid * fee, ladder.quote_usd, WAD * WAD) + fixed)

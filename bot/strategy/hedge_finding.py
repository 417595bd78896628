"""Whether a coin's price on chain and at an exchange differ by more than it costs to trade both."""

from collections.abc import Iterable, Iterator
from itertools import product
from math import lcm

import msgspec

from bot.domain.orders import Level, OrderKind, OrderSide, TimeInForce
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import PlannedOrder
from bot.domain.units import BPS, NANOS_PER_S, WAD, Nanos, Wad, human, mul_div_up
from bot.strategy.hedge_plans import HedgeParameters, HedgePlace, HedgePlan, NoHedge, hedge_plan
from bot.strategy.trading_means import Market, Means, exactly_down, fee_up, share_down
from bot.strategy.venue_ladders import all_in, on_tick


class Hedge(msgspec.Struct, frozen=True, kw_only=True):
    """Both legs, what they promise, and what is set aside for the time between them."""

    plan: HedgePlan
    gain_usd: Wad  # of both at the prices of now, after fees and gas
    back_price: Wad  # worst of taking the first leg back on chain
    reserved_usd: Wad  # what is lost at most, wherever the first leg is closed within the limits


class HedgeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What every pair of legs is looked at by."""

    position: str
    parameters: HedgeParameters
    most_usd: Wad  # of one leg: the least of all caps
    max_book_age_s: float
    at: Nanos


class _Cross(msgspec.Struct, frozen=True, kw_only=True):
    """Where to buy and where to sell; one of both is the chain."""

    chain: Market
    exchange: Market
    side: OrderSide  # on chain

    @property
    def bought_at(self) -> Market:
        return self.chain if self.side is OrderSide.BUY else self.exchange

    @property
    def sold_at(self) -> Market:
        return self.exchange if self.side is OrderSide.BUY else self.chain


def best_hedge(means: Means, terms: HedgeTerms) -> Hedge | NoHedge:
    """Return the two legs that promise most, or why there are none."""
    chains = [one for one in means.markets if one.kind is SourceKind.DEX]
    others = [one for one in means.markets if one.kind is SourceKind.CEX]
    found: list[Hedge] = []
    reasons: dict[str, None] = {}
    for chain, exchange, side in product(chains, others, (OrderSide.BUY, OrderSide.SELL)):
        cross = _Cross(chain=chain, exchange=exchange, side=side)
        hedge = _hedge(cross, means, terms)
        if isinstance(hedge, Hedge):
            found.append(hedge)
        else:
            reasons[hedge.reason] = None
    if found:
        return max(found, key=lambda one: one.gain_usd)
    return NoHedge(reason="; ".join(reasons) or "the coin is not traded at both")


def _hedge(cross: _Cross, means: Means, terms: HedgeTerms) -> Hedge | NoHedge:
    doubt = _doubt(cross, means, terms)
    if doubt:
        return NoHedge(reason=doubt)
    amount, gain, price = _crossed(cross, means, terms)
    chain = cross.chain
    net = gain // WAD - chain.fixed_usd
    least = exactly_down(terms.parameters.least_usd)
    if not amount or net < least:
        told = f"{human(net, 18)} usd after all costs, at least {human(least, 18)}"
        return NoHedge(reason=f"{chain.name} against {cross.exchange.name}: {told}")
    first = _first(cross, amount, price)
    place = HedgePlace(market=cross.exchange, means=means, parameters=terms.parameters)
    plan = hedge_plan(terms.position, first, place, terms.at)
    if isinstance(plan, NoHedge):
        return plan
    back = _back_price(chain, cross.side, terms.parameters)
    quote_usd = means.dollars_of(chain.quote) or Wad(WAD)
    return Hedge(
        plan=plan,
        gain_usd=Wad(net),
        back_price=back,
        reserved_usd=max(plan.worst_loss_usd, _loss_on_chain(first, back, quote_usd)),
    )


def _doubt(cross: _Cross, means: Means, terms: HedgeTerms) -> str:
    for market in (cross.chain, cross.exchange):
        book, age_s = market.book, (terms.at - market.book.at) / NANOS_PER_S
        if abs(age_s) > terms.max_book_age_s:
            return f"{market.name}: its book is {age_s:.1f} s old"
        if not book.bids or not book.asks or not market.rules.is_trading:
            return f"{market.name} is not traded now"
        if not means.dollars_of(market.quote):
            return f"nobody knows what 1 {market.quote} is in dollars"
    return ""


def _crossed(cross: _Cross, means: Means, terms: HedgeTerms) -> tuple[Wad, int, Wad]:
    """Return how much is worth trading at both, its gain (wad of a wad), and the chain's price."""
    bought, sold = cross.bought_at, cross.sold_at
    left = _most(cross, means, terms)
    step = lcm(cross.chain.rules.step, cross.exchange.rules.step)
    amount = gain = 0
    price = Wad(0)
    for ask, bid, size in _matched(bought.book.asks, sold.book.bids):
        more = _net(sold, bid, OrderSide.SELL, means) - _net(bought, ask, OrderSide.BUY, means)
        part = min(size, left - amount)
        if more <= 0 or part <= 0:
            break
        amount, gain = amount + part, gain + part * more
        price = ask if cross.side is OrderSide.BUY else bid
    whole = amount - amount % step
    return Wad(whole), gain * whole // amount if amount else 0, price


def _matched(asks: Iterable[Level], bids: Iterable[Level]) -> Iterator[tuple[Wad, Wad, int]]:
    """Yield slices that both books hold: ask, bid and amount, best first."""
    selling, buying = iter(asks), iter(bids)
    ask, bid = next(selling, None), next(buying, None)
    offered, wanted = (ask.amount if ask else 0), (bid.amount if bid else 0)
    while ask is not None and bid is not None:
        size = min(offered, wanted)
        yield ask.price, bid.price, size
        offered, wanted = Wad(offered - size), Wad(wanted - size)
        if not offered:
            ask = next(selling, None)
            offered = ask.amount if ask else Wad(0)
        if not wanted:
            bid = next(buying, None)
            wanted = bid.amount if bid else Wad(0)


def _most(cross: _Cross, means: Means, terms: HedgeTerms) -> int:
    """By what is free at both, and by every cap."""
    bought, sold = cross.bought_at, cross.sold_at
    dearest = max(level.price for level in bought.book.asks)
    fee = WAD + fee_up(bought.rules.taker_fee_bps)
    payable = bought.free_quote * WAD * WAD // (dearest * fee)
    quote_usd = means.dollars_of(cross.chain.quote) or Wad(WAD)
    best = cross.chain.book.asks[0].price
    capped = terms.most_usd * WAD // max(mul_div_up(best, quote_usd, WAD), 1)
    return min(payable, sold.free_base, capped)


def _net(market: Market, price: Wad, side: OrderSide, means: Means) -> int:
    quote_usd = means.dollars_of(market.quote) or Wad(0)
    return all_in(price, quote_usd, fee_up(market.rules.taker_fee_bps), side)


def _first(cross: _Cross, amount: Wad, price: Wad) -> PlannedOrder:
    """The leg on chain; the price of its deepest slice is the worst, whole it is filled better."""
    book, side = cross.chain.book, cross.side
    best = (book.asks if side is OrderSide.BUY else book.bids)[0].price
    return PlannedOrder(
        venue=cross.chain.venue,
        pair=cross.chain.rules.pair,
        side=side,
        kind=OrderKind.LIMIT,
        time_in_force=TimeInForce.IOC,
        amount=amount,
        price=price,
        expected_price=price,
        fee_usd=cross.chain.fixed_usd,
        slippage_bps=abs(price - best) / best * BPS,
    )


def _back_price(chain: Market, side: OrderSide, parameters: HedgeParameters) -> Wad:
    off, tick = share_down(parameters.flatten_bps), chain.rules.tick
    if side is OrderSide.BUY:
        price = mul_div_up(chain.book.bids[0].price, WAD - off, WAD)
        return on_tick(price, tick, OrderSide.SELL)
    return on_tick(chain.book.asks[0].price * (WAD + off) // WAD, tick, OrderSide.BUY)


def _loss_on_chain(first: PlannedOrder, back: Wad, quote_usd: Wad) -> Wad:
    """Of a leg that is taken back there: the prices apart, and gas twice."""
    apart = first.price - back if first.side is OrderSide.BUY else back - first.price
    lost = mul_div_up(mul_div_up(first.amount, max(apart, 0), WAD), quote_usd, WAD)
    return Wad(lost + 2 * first.fee_usd)

"""From a market to the rungs that an entry may take there."""

import msgspec

from bot.domain.opportunities import Way
from bot.domain.orders import Level, OrderSide
from bot.domain.risk import RiskLimits
from bot.domain.units import WAD, Wad, mul_div_up
from bot.strategy.size_caps import venue_room
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Market, Means, fee_up, share_down
from bot.strategy.venue_ladders import Ladder, Rung, all_in, before_fee, on_tick


class EntryTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What every market of one entry is judged by."""

    case: Case
    way: Way
    side: OrderSide
    means: Means
    limits: RiskLimits
    slack: Wad  # share of the price, beyond the deepest rung
    base_usd: Wad  # dollars per 1.0 coin, by consensus
    worth_usd: Wad = Wad(0)  # ... after fees: the worst that is still wanted

    @property
    def buys(self) -> bool:
        """Whether the coin is bought."""
        return self.side is OrderSide.BUY

    def levels(self, market: Market) -> tuple[Level, ...]:
        """The side of a book that is taken."""
        return market.book.asks if self.buys else market.book.bids

    def quote_usd(self, market: Market) -> Wad:
        """Dollars per 1.0 of what is paid with; 0: not known."""
        return self.means.dollars_of(market.quote) or Wad(0)

    def best_usd(self, market: Market) -> Wad:
        """Dollars per 1.0 coin at the best price there, after the fee."""
        fee = fee_up(market.rules.taker_fee_bps)
        return all_in(self.levels(market)[0].price, self.quote_usd(market), fee, self.side)


def ladder_of(market: Market, terms: EntryTerms) -> Ladder:
    """Return what can be taken at a market that is sound; without rungs where nothing is wanted."""
    rules, worst = market.rules, _worst(market, terms)
    cheapest = max(1, min(worst, terms.levels(market)[0].price))
    least = max(rules.min_amount, mul_div_up(rules.min_value, WAD, cheapest), rules.step)
    wanted = Ladder(
        market=market,
        side=terms.side,
        fee=fee_up(rules.taker_fee_bps),
        quote_usd=terms.quote_usd(market),
        base_usd=terms.base_usd,
        worst=worst,
        slack=terms.slack,
        rungs=_rungs(market, terms, worst),
        most=Wad(0),
        bound_by="",
        least=Wad(mul_div_up(least, 1, rules.step) * rules.step),
    )
    most, bound_by = _most(wanted, terms)
    return msgspec.structs.replace(wanted, most=most, bound_by=bound_by)


def _worst(market: Market, terms: EntryTerms) -> Wad:
    """The hurdle, and the gate's two bands: nothing is planned that it would refuse."""
    limits, quote_usd, tick = terms.limits, terms.quote_usd(market), market.rules.tick
    best, base_usd = terms.levels(market)[0].price, terms.base_usd
    fee = fee_up(market.rules.taker_fee_bps)
    wanted = before_fee(terms.worth_usd, quote_usd, fee, terms.side)
    of_book = share_down(limits.max_off_book_bps)
    of_consensus = share_down(limits.max_off_consensus_bps)
    if terms.buys:
        highest = best * (WAD + of_book) // WAD
        far = base_usd * (WAD + of_consensus) // quote_usd
        return on_tick(min(wanted, highest, far), tick, terms.side)
    lowest = mul_div_up(best, WAD - of_book, WAD)
    far = mul_div_up(base_usd, WAD - of_consensus, quote_usd)
    return on_tick(max(wanted, lowest, far), tick, terms.side)


def _rungs(market: Market, terms: EntryTerms, worst: Wad) -> tuple[Rung, ...]:
    fee, quote_usd = fee_up(market.rules.taker_fee_bps), terms.quote_usd(market)
    found = []
    for level in terms.levels(market):
        price = all_in(level.price, quote_usd, fee, terms.side)
        surplus = terms.worth_usd - price if terms.buys else price - terms.worth_usd
        is_beyond = level.price > worst if terms.buys else level.price < worst
        if surplus < 0 or is_beyond:
            break
        found.append(Rung(price=level.price, amount=level.amount, surplus=Wad(surplus)))
    return tuple(found)


def _most(ladder: Ladder, terms: EntryTerms) -> tuple[Wad, str]:
    """The deepest amount that what is free there and the venue's cap allow, and which of them."""
    reached, bound_by = 0, ""
    for rung in ladder.rungs:
        most, name = _allowed(ladder, terms, Wad(reached + rung.amount))
        if most < reached + rung.amount:
            reached, bound_by = max(reached, most), name
            break
        reached += rung.amount
    return ladder.on_step(Wad(reached)), bound_by


def _allowed(ladder: Ladder, terms: EntryTerms, amount: Wad) -> tuple[int, str]:
    """What may be taken in an order that is priced to reach so deep."""
    market, venue = ladder.market, ladder.market.venue
    room = venue_room(venue, terms.means, terms.limits)
    limit = ladder.limit(amount)
    by_cap = room * WAD // ladder.unit_usd(amount)
    if terms.buys:
        paid = mul_div_up(limit, WAD + ladder.fee, WAD)
        free, currency = market.free_quote * WAD // paid, market.quote
    else:
        free, currency = market.free_base, market.base
    return min((by_cap, f"cap of the venue {venue}"), (free, f"free {currency} at {venue}"))

"""Where an opportunity can be entered now, how deep, and why not elsewhere."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.opportunities import Opportunity, Way
from bot.domain.orders import OrderSide, VenueBook
from bot.domain.risk import RiskLimits
from bot.domain.ticks import SourceKind
from bot.domain.units import NANOS_PER_S, WAD, Wad, mul_div_up
from bot.strategy.entry_bets import Bet, best_rail, bet_of
from bot.strategy.evidence import Rail
from bot.strategy.ladder_building import EntryTerms, ladder_of
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Market, Means, share_down
from bot.strategy.venue_ladders import Ladder

_DOUBTFUL_BPS = 100.0


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A market that an entry does not use."""

    market: str
    reason: str


class Approach(msgspec.Struct, frozen=True, kw_only=True):
    """All markets of one opportunity, one at each venue."""

    bet: Bet
    par_usd: Wad  # dollars per 1.0 of the par currency
    worth_usd: Wad  # dollars per 1.0 coin, after fees: the worst that is still wanted
    ladders: tuple[Ladder, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    rail: Rail | None = None  # where it is to be handed in

    @property
    def most(self) -> Wad:
        """How many coins can be had, and handed in where that is what they are for."""
        most = sum(one.capacity for one in self.ladders)
        if self.rail is not None and self.rail.capacity is not None:
            most = min(most, self.rail.capacity)
        return Wad(most)

    @property
    def why_none(self) -> str:
        """Every reason, for people."""
        told = "; ".join(f"{one.market}: {one.reason}" for one in self.left_out)
        return told or "no market is known"


def approach_of(
    case: Case, opportunity: Opportunity, means: Means, limits: RiskLimits, slack_bps: float
) -> Approach:
    """Return every market that an opportunity can be entered at, at prices that are wanted."""
    currency = case.evidence.coin.par.currency
    bet, par_usd = bet_of(case, opportunity), means.dollars_of(currency)
    if par_usd is None:
        out = LeftOut(market="all", reason=f"nobody knows what 1 {currency} is in dollars")
        return Approach(bet=bet, par_usd=Wad(0), worth_usd=Wad(0), left_out=(out,))
    terms = EntryTerms(
        case=case,
        way=opportunity.way,
        side=OrderSide.BUY if case.depeg.side is Side.DISCOUNT else OrderSide.SELL,
        means=means,
        limits=limits,
        slack=share_down(slack_bps),
        base_usd=Wad(mul_div_up(case.view.price, par_usd, WAD)),
    )
    left_out = [(market, fault_of(market, terms)) for market in means.markets]
    sound = [market for market, fault in left_out if not fault]
    worth = _worth(bet, [terms.best_usd(market) for market in sound], par_usd)
    terms = msgspec.structs.replace(terms, worth_usd=worth)
    ladders = [ladder_of(market, terms) for market in sound] if worth else []
    left_out += [(m, f"its price is not worth the risk: {_odds(bet)}") for m in sound if not worth]
    left_out += _unused(ladders)
    unused = {market.name for market, reason in left_out if reason}
    return Approach(
        bet=bet,
        par_usd=par_usd,
        worth_usd=worth,
        ladders=tuple(one for one in ladders if one.market.name not in unused),
        left_out=tuple(LeftOut(market=m.name, reason=why) for m, why in left_out if why),
        rail=best_rail(case) if opportunity.way is Way.REDEMPTION else None,
    )


def fault_of(market: Market, terms: EntryTerms) -> str:
    """Return why a market cannot be used at all, or nothing."""
    asset, limit_s = terms.case.depeg.asset, terms.limits.max_book_age_s
    if market.base != asset:
        return f"{asset} is not what is traded there"
    if not market.rules.is_trading:
        return "the venue does not trade it now"
    if doubt := _doubt(market.quote, terms.means):
        return doubt
    age_s = (terms.case.now - market.book.at) / NANOS_PER_S
    if abs(age_s) > limit_s:
        return f"its book is {age_s:.1f} s old, at most {limit_s:g}"
    if not _is_sound(market.book):
        return "its book is empty, crossed, or in no order"
    return _shut_in(market, terms.way)


def _is_sound(book: VenueBook) -> bool:
    if not book.bids or not book.asks or book.bids[0].price >= book.asks[0].price:
        return False
    ordered = all(one.price > two.price for one, two in pairwise(book.bids))
    ordered &= all(one.price < two.price for one, two in pairwise(book.asks))
    levels = (*book.bids, *book.asks)
    return ordered and all(level.price > 0 and level.amount > 0 for level in levels)


def _doubt(quote: str, means: Means) -> str:
    """A coin that is far below its own par is nothing to be paid in, and no measure of a gain."""
    price, par = means.dollars_of(quote), coin_of(quote).par
    if price is None or price <= 0:
        return f"nobody knows what 1 {quote} is in dollars"
    par_usd = means.dollars_of(par.currency)
    if quote == par.currency or not par_usd:
        return ""
    off_bps = par.off_bps(Wad(price * WAD // par_usd))
    return f"{quote} is itself {-off_bps:.0f} bps below par" if off_bps <= -_DOUBTFUL_BPS else ""


def _shut_in(market: Market, way: Way) -> str:
    """A coin must get away from where it is bought; one to be handed in must be known to."""
    told = {one.withdrawals_open for one in market.networks if one.withdrawals_open is not None}
    if market.kind is SourceKind.DEX or True in told:
        return ""
    if told:
        return "withdrawals are suspended"
    return "nobody knows whether it can be withdrawn" if way is Way.REDEMPTION else ""


def _worth(bet: Bet, prices: list[Wad], par_usd: Wad) -> Wad:
    """Dollars per coin at which the last coin is still wanted; 0: none is."""
    best = min(prices, default=0) if bet.side is Side.DISCOUNT else max(prices, default=0)
    worst = bet.worst_price(best / par_usd) if best > 0 else None
    return Wad(0) if worst is None else Wad(round(worst * WAD) * par_usd // WAD)


def _unused(ladders: Iterable[Ladder]) -> Iterator[tuple[Market, str]]:
    """Markets that are too thin; of several at one venue, which share its money, all but one."""
    best: dict[str, Ladder] = {}
    for one in ladders:
        if thin := _thin(one):
            yield one.market, thin
            continue
        rival = best.setdefault(one.market.venue, one)
        if rival is not one:
            less, more = sorted((rival, one), key=lambda each: each.surplus(each.capacity))
            best[one.market.venue] = more
            yield less.market, f"{more.market.name} is better"


def _thin(ladder: Ladder) -> str:
    if not ladder.rungs:
        return "nothing is offered at a price that is wanted"
    if ladder.depth < ladder.least:
        return "the book holds less than the least amount that is taken there"
    if ladder.most < ladder.least:
        return f"{ladder.bound_by} is below the least amount that is taken there"
    return ""


def _odds(bet: Bet) -> str:
    return f"{bet.failure:.1%} may never come back and lose {bet.loss_share:.0%}"

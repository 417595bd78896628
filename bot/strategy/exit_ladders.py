"""Where a position can be left now, how deep, and why not elsewhere."""

import msgspec

from bot.domain.coins import coin_of
from bot.domain.depegs import Side
from bot.domain.orders import OrderSide
from bot.domain.risk import RiskLimits
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import Held, Leave
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad, mul_div_up
from bot.strategy.exit_look import URGENT
from bot.strategy.trading_means import Market, fee_up, share_down
from bot.strategy.venue_ladders import Ladder, Rung, all_in, on_tick

_SLACK_BPS = 5.0  # of a limit beyond the deepest level that it counts on: books move
_DOLLAR = "USD"


class ExitMeans(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to leave with. Markets carry what is free of the base and of the quote."""

    markets: tuple[Market, ...]
    dollars: dict[str, Wad]  # per 1.0 of a currency, by consensus
    limits: RiskLimits
    now: Nanos  # by the clock of the books

    def dollars_of(self, currency: str) -> Wad | None:
        """Return dollars per 1.0 of a currency; None: nobody knows."""
        return Wad(WAD) if currency == _DOLLAR else self.dollars.get(currency)


class WayOut(msgspec.Struct, frozen=True, kw_only=True):
    """One decision to leave, with all that it is carried out by."""

    leave: Leave
    held: Held
    means: ExitMeans

    @property
    def side(self) -> OrderSide:
        """A discount was bought and is sold, a premium is bought back."""
        return OrderSide.SELL if self.held.plan.side is Side.DISCOUNT else OrderSide.BUY

    @property
    def is_urgent(self) -> bool:
        """Whether an old book and a currency of unknown worth are better than nothing."""
        return self.leave.reason in URGENT

    @property
    def band(self) -> Wad:
        """How far off its book the risk gate lets an order be, as a share."""
        limits = self.means.limits
        return share_down(
            limits.flatten_off_book_bps if self.is_urgent else limits.max_off_book_bps
        )

    def there(self, venue: str) -> Wad:
        """What is to be left at a venue."""
        return self.held.at_venues.get(venue, Wad(0))

    def quote_usd(self, market: Market) -> Wad:
        """Dollars per 1.0 of the quote; one where nobody knows: the book is the bound then."""
        return self.means.dollars_of(market.quote) or Wad(WAD)


def fault_of_exit(market: Market, out: WayOut) -> str:
    """Return why a market cannot be used, or nothing."""
    book, held = market.book, out.held
    if market.base != held.plan.asset:
        return f"{held.plan.asset} is not what is traded there"
    if out.there(market.venue) <= 0:
        return "nothing of it is there"
    if not market.rules.is_trading:
        return "the venue does not trade it now"
    if not book.bids or not book.asks:
        return "its book is empty"
    # On chain both sides may be of different pools, and a rail pays more than a pool asks.
    if market.kind is not SourceKind.DEX and book.bids[0].price >= book.asks[0].price:
        return "its book is crossed"
    return "" if out.is_urgent else _doubt(market, out.means)


def _doubt(market: Market, means: ExitMeans) -> str:
    par = coin_of(market.base).par.currency
    age_s = (means.now - market.book.at) / NANOS_PER_S
    if abs(age_s) > means.limits.max_book_age_s:
        return f"its book is {age_s:.1f} s old, at most {means.limits.max_book_age_s:g}"
    unknown = [each for each in (market.quote, par) if means.dollars_of(each) is None]
    return f"nobody knows what 1 {unknown[0]} is in dollars" if unknown else ""


def exit_ladder(market: Market, out: WayOut) -> Ladder:
    """Return how much of a position can be left at a sound market, down to the worst price."""
    rules, side, fee = market.rules, out.side, fee_up(market.rules.taker_fee_bps)
    quote_usd, worst = out.quote_usd(market), _worst(market, out)
    most = min(_free(market, side, worst, fee), out.there(market.venue))
    least = max(rules.min_amount, mul_div_up(rules.min_value, WAD, worst), rules.step)
    return Ladder(
        market=market,
        side=side,
        fee=fee,
        quote_usd=quote_usd,
        base_usd=_worst_usd(out),
        worst=worst,
        slack=share_down(_SLACK_BPS),
        rungs=_rungs(market, side, worst, (quote_usd, fee)),
        most=Wad(most - most % rules.step),
        bound_by=f"held at {market.venue}",
        least=Wad(mul_div_up(least, 1, rules.step) * rules.step),
    )


def _worst_usd(out: WayOut) -> Wad:
    currency = coin_of(out.held.plan.asset).par.currency
    par_usd = out.means.dollars_of(currency) or Wad(WAD)
    return Wad(mul_div_up(out.leave.worst_price, par_usd, WAD))


def _worst(market: Market, out: WayOut) -> Wad:
    """The worst price that was decided, in the quote, or where the gate's band ends before it."""
    worst_usd, quote_usd = _worst_usd(out), out.quote_usd(market)
    if out.side is OrderSide.SELL:
        band = mul_div_up(market.book.bids[0].price, WAD - out.band, WAD)
        return on_tick(
            max(mul_div_up(worst_usd, WAD, quote_usd), band), market.rules.tick, out.side
        )
    band = market.book.asks[0].price * (WAD + out.band) // WAD
    price = on_tick(min(worst_usd * WAD // quote_usd, band), market.rules.tick, out.side)
    return Wad(max(price, market.rules.tick))


def _rungs(market: Market, side: OrderSide, worst: Wad, terms: tuple[Wad, Wad]) -> tuple[Rung, ...]:
    quote_usd, fee = terms
    floor = all_in(worst, quote_usd, fee, side)
    sells = side is OrderSide.SELL
    levels = market.book.bids if sells else market.book.asks
    wanted = (w for w in levels if (w.price >= worst if sells else w.price <= worst))
    return tuple(
        Rung(
            price=level.price,
            amount=level.amount,
            surplus=Wad(abs(all_in(level.price, quote_usd, fee, side) - floor)),
        )
        for level in wanted
    )


def _free(market: Market, side: OrderSide, worst: Wad, fee: Wad) -> Wad:
    if side is OrderSide.SELL:
        return market.free_base
    return Wad(market.free_quote * WAD // mul_div_up(worst, WAD + fee, WAD))

"""What there is to trade with: money, markets, and what is at risk already."""

from math import isfinite

import msgspec

from bot.domain.orders import MarketRules, NetworkStatus, VenueBook
from bot.domain.ticks import SourceKind
from bot.domain.units import BPS, WAD, Wad, mul_div_up

_DOLLAR = "USD"


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """One pair at one venue, as it is now, and what we have there."""

    rules: MarketRules
    book: VenueBook
    kind: SourceKind = SourceKind.CEX
    free_base: Wad = Wad(0)
    free_quote: Wad = Wad(0)
    networks: tuple[NetworkStatus, ...] = ()  # of the base; empty: the venue does not tell
    fixed_usd: Wad = Wad(0)  # of one order, whatever its size: gas

    def __post_init__(self) -> None:
        if (self.rules.venue, self.rules.pair) != (self.book.venue, self.book.pair):
            raise ValueError(f"rules of {self.name}, book of {self.book.venue} {self.book.pair}")
        if self.rules.tick <= 0 or self.rules.step <= 0:
            raise ValueError(f"{self.name}: tick {self.rules.tick}, step {self.rules.step}")

    @property
    def venue(self) -> str:
        """As ccxt calls it; of a pool, its name."""
        return self.rules.venue

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.rules.venue} {self.rules.pair}"

    @property
    def base(self) -> str:
        """What is traded."""
        return self.rules.pair.partition("/")[0]

    @property
    def quote(self) -> str:
        """What it is paid in."""
        return self.rules.pair.partition("/")[2]


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """All that a size is cut to; dollars, and what is held and on order together, at the worst."""

    equity_usd: Wad
    ramp_usd: Wad  # the largest position that was earned so far
    markets: tuple[Market, ...] = ()
    dollars: dict[str, Wad] = {}  # per 1.0 of a currency, by consensus
    coin_usd: dict[str, Wad] = {}
    venue_usd: dict[str, Wad] = {}
    issuer_usd: dict[str, Wad] = {}
    day_entries_usd: Wad = Wad(0)
    day_result_usd: Wad = Wad(0)  # below 0: a loss
    at_risk_usd: Wad = Wad(0)  # of all coins in doubt together: lost if they go to nothing

    def dollars_of(self, currency: str) -> Wad | None:
        """Return dollars per 1.0 of a currency; None: nobody knows."""
        if currency == _DOLLAR:
            return Wad(WAD)
        return self.dollars.get(currency)


def exactly_down(value: float) -> Wad:
    """Return a limit that people wrote, in wads; rounded down.

    Raises:
        ValueError: it is below 0 or not a finite number.
    """
    if not isfinite(value) or value < 0:
        raise ValueError(f"{value} is no limit")
    numerator, denominator = value.as_integer_ratio()
    return Wad(numerator * WAD // denominator)


def share_down(bps: float) -> Wad:
    """Return basis points as a share of 1.0, rounded down. Raises as `exactly_down` does."""
    return Wad(exactly_down(bps) // BPS)


def fee_up(bps: float) -> Wad:
    """Return a fee in basis points as a share of 1.0, rounded up; a rebate counts for nothing."""
    numerator, denominator = max(bps, 0.0).as_integer_ratio()
    return Wad(mul_div_up(numerator, WAD, denominator * BPS))

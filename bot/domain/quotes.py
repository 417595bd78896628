"""Top of book of a centralised exchange."""

import msgspec

from bot.domain.units import BPS, Nanos, Wad


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Best bid and ask of one pair on one venue, uncrossed and with something behind both."""

    venue: str
    asset: str
    currency: str  # what prices are in
    bid: Wad  # currency per 1.0 asset, rounded down: what a seller gets
    ask: Wad  # rounded up: what a buyer pays
    bid_size: Wad  # of the asset, at the bid only
    ask_size: Wad
    observed_at: Nanos  # since the epoch: the venue's own time where it tells one, else the asking

    def __post_init__(self) -> None:
        if not 0 < self.bid <= self.ask:
            raise ValueError(f"{self.pair}: bid {self.bid} wad, ask {self.ask} wad")
        if self.bid_size <= 0 or self.ask_size <= 0:
            raise ValueError(f"{self.pair}: sizes {self.bid_size} and {self.ask_size} wad")

    @property
    def pair(self) -> str:
        """The pair as exchanges write it."""
        return f"{self.asset}/{self.currency}"

    @property
    def middle(self) -> Wad:
        """Half way between bid and ask, rounded down."""
        return Wad((self.bid + self.ask) // 2)

    @property
    def spread_bps(self) -> float:
        """Return ask over bid, as a share of the middle; for people."""
        return (self.ask - self.bid) * BPS / self.middle

    def age(self, now: Nanos) -> Nanos:
        """Return how old the quote is at `now`; negative where the venue's clock is ahead."""
        return Nanos(now - self.observed_at)

"""What the consensus of all sources is tuned by."""

from math import inf

import msgspec

from bot.domain.ticks import SourceKind
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad

FIATS = frozenset({"USD", "EUR", "GBP", "CHF", "JPY", "AUD", "CAD", "SGD", "TRY", "BRL"})
_BRIDGES = ("BTC", "WBTC", "ETH", "WETH", "sDAI", "sUSDS", "sUSDe", "scrvUSD")


class ConsensusParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ages in seconds, votes without a unit: only how they compare matters."""

    cex_max_age_s: float = 120.0
    dex_max_age_s: float = 120.0
    oracle_max_age_s: float = 90_000.0  # a day's heartbeat and an hour
    redemption_max_age_s: float = 90_000.0
    max_age_s_of: dict[str, float] = {}  # by "venue" or "venue pair", above those by kind
    outlier_bps: float = 50.0  # from what two others agree on; more while all of them disagree
    frozen_bps: float = 20.0  # from what two others agree on that have moved since
    frozen_s: float = 120.0  # without another price
    full_depth: float = 1_000_000.0  # of the asset within 0.1 %: more of it adds no votes
    least_vote: float = 0.25  # of a book with hardly any depth, where the deepest has 1
    unknown_depth_vote: float = 0.5
    oracle_vote: float = 0.2  # it lags: less than any book
    redemption_vote: float = 0.01  # a floor rather than a price: decides only where no book does
    tight_spread_bps: float = 20.0  # wider ones lose votes in proportion
    bridges: tuple[str, ...] = _BRIDGES  # tie currencies together, are no coins to be viewed

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            value = getattr(self, name)
            for given in value.values() if isinstance(value, dict) else (value,):
                if isinstance(given, float) and not 0 < given < inf:
                    raise ValueError(f"{name} is {given}, must be above 0")

    def max_age(self, kind: SourceKind, venue: str, pair: str) -> Nanos:
        """Return how long a source is believed without another word from it."""
        own = self.max_age_s_of.get(f"{venue} {pair}", self.max_age_s_of.get(venue))
        seconds = {
            SourceKind.CEX: self.cex_max_age_s,
            SourceKind.DEX: self.dex_max_age_s,
            SourceKind.ORACLE: self.oracle_max_age_s,
            SourceKind.REDEMPTION: self.redemption_max_age_s,
        }[kind]
        return Nanos(int((seconds if own is None else own) * NANOS_PER_S))

    def votes(self, kind: SourceKind, *, depth: Wad, spread_bps: float) -> float:
        """Return how much a source counts; a depth of 0 is one that is not told."""
        if kind is SourceKind.REDEMPTION:
            return self.redemption_vote
        if kind is SourceKind.ORACLE:
            return self.oracle_vote
        if depth == 0:
            votes = self.unknown_depth_vote
        else:
            votes = min(max(depth / WAD / self.full_depth, self.least_vote), 1.0)
        return votes * min(1.0, self.tight_spread_bps / max(spread_bps, 1e-9))

    def redemption_votes(self, asset: str) -> float:
        """Return how much a rail counts: all of it for a share of a vault, which has no par."""
        return self.unknown_depth_vote if asset in self.bridges else self.redemption_vote

    def is_viewed(self, currency: str) -> bool:
        """Whether a currency is a coin that may leave its peg."""
        return currency not in FIATS and currency not in self.bridges

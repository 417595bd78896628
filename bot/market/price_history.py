"""What every source said, and how much it took, for as long as memory is given to it."""

from collections import OrderedDict
from typing import Annotated

import msgspec

from bot.domain.candles import Candle
from bot.domain.coins import coin_of
from bot.domain.ticks import SourceKind, Tick
from bot.domain.units import BPS, NANOS_PER_S, Nanos, Wad
from bot.domain.views import AssetView
from bot.market.price_series import EPOCH, PriceSeries

CONSENSUS = "consensus"  # the venue under which what all sources say together is kept
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
Count = Annotated[int, msgspec.Meta(ge=1)]


class PriceHistoryParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much is remembered; a candle takes 48 bytes, a source some 180,000 with all of these."""

    seconds: Count = 900
    minutes: Count = 1_440
    hours: Count = 720
    days: Count = 730
    most_sources: Count = 500  # the one that was silent longest goes first

    @property
    def frames(self) -> dict[int, int]:
        """How many candles of each length in seconds are kept."""
        return {1: self.seconds, _MINUTE_S: self.minutes, _HOUR_S: self.hours, _DAY_S: self.days}


class Liquidity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much of an asset one source takes close to its price."""

    venue: str
    pair: str
    kind: SourceKind
    depth: Wad  # of the asset, at the newest word; 0: not told
    typical_depth: Wad  # averaged over the last hour that it spoke in, by time
    spread_bps: float  # ask over bid, as a share of the middle
    at: Nanos


class PriceHistory:
    """Newest prices and candles of every source that ever spoke, and of the consensus.

    Dated by the sources' own time. Nothing here decides: it is looked at.
    """

    def __init__(self, parameters: PriceHistoryParameters | None = None) -> None:
        self._parameters = parameters or PriceHistoryParameters()
        self._frames = self._parameters.frames
        self._series: OrderedDict[tuple[str, str], PriceSeries] = OrderedDict()
        self._kinds: dict[tuple[str, str], SourceKind] = {}

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Venue and pair of all that is remembered."""
        return tuple(self._series)

    def hear(self, tick: Tick) -> None:
        """Remember a price."""
        self._kinds[tick.venue, tick.pair] = tick.kind
        self._of(tick.venue, tick.pair).hear(tick.bid, tick.ask, tick.depth, tick.at)

    def hear_view(self, view: AssetView) -> None:
        """Remember what all sources together say, in the coin's par currency."""
        series = self._of(CONSENSUS, _par_pair(view.asset))
        series.hear(view.price, view.price, view.depth, view.at)

    def candles(
        self, venue: str, pair: str, frame_s: int, since: Nanos = EPOCH
    ) -> tuple[Candle, ...]:
        """Return what is remembered that ends after `since`, the oldest first; none is no error.

        Raises:
            ValueError: candles of that length in seconds are not kept.
        """
        if frame_s not in self._frames:
            raise ValueError(f"candles of {frame_s} s are not kept, but of {list(self._frames)} s")
        series = self._series.get((venue, pair))
        return series.candles(frame_s, since) if series else ()

    def average(self, venue: str, pair: str, since: Nanos, now: Nanos) -> Wad | None:
        """Return the price averaged over time, None where nothing was said before `now`.

        A price counts until the next one. Told from the shortest candles that reach back to
        `since`, so exact to their length.
        """
        series = self._series.get((venue, pair))
        return series.average(since, now) if series else None

    def consensus_at(self, asset: str, at: Nanos) -> Wad | None:
        """Return what a coin was worth in the minute after `at`; None: it was not known yet."""
        until = Nanos(at + _MINUTE_S * NANOS_PER_S)
        return self.average(CONSENSUS, _par_pair(asset), at, until)

    def liquidity(self, asset: str) -> tuple[Liquidity, ...]:
        """Return every source of an asset, the deepest first."""
        found = (
            self._liquidity(venue, pair)
            for venue, pair in self._kinds
            if pair.partition("/")[0] == asset
        )
        return tuple(sorted(found, key=lambda one: (-one.depth, one.venue, one.pair)))

    def _liquidity(self, venue: str, pair: str) -> Liquidity:
        series = self._series[venue, pair]
        return Liquidity(
            venue=venue,
            pair=pair,
            kind=self._kinds[venue, pair],
            depth=series.depth,
            typical_depth=series.typical_depth(Nanos(series.at - _HOUR_S * NANOS_PER_S)),
            spread_bps=(series.ask - series.bid) * BPS / series.price,
            at=series.at,
        )

    def _of(self, venue: str, pair: str) -> PriceSeries:
        key = (venue, pair)
        series = self._series.get(key)
        if series is None:
            if len(self._series) >= self._parameters.most_sources:
                gone, _ = self._series.popitem(last=False)
                self._kinds.pop(gone, None)
            series = self._series[key] = PriceSeries(venue, pair, self._frames)
        self._series.move_to_end(key)
        return series


def _par_pair(asset: str) -> str:
    return f"{asset}/{coin_of(asset).par.currency}"

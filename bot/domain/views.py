"""What all sources together say of an asset."""

import msgspec

from bot.domain.ticks import SourceKind
from bot.domain.units import Nanos, Wad


class VenueView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one source says, in the asset's par currency."""

    venue: str
    kind: SourceKind
    price: Wad  # par currency per 1.0 asset, by the cross rates of all sources
    off_bps: float  # from par; above zero: a premium
    depth: Wad  # of the asset; 0: not told
    weight: float  # share in the consensus
    at: Nanos


class Excluded(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source that the consensus leaves out."""

    venue: str
    kind: SourceKind
    reason: str
    off_bps: float | None  # None: it says no price that can be used
    at: Nanos


class AssetView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The consensus about one asset."""

    asset: str
    at: Nanos  # of the newest message in it
    price: Wad  # par currency per 1.0 asset
    off_bps: float  # from par, from the nearer edge of a band; above zero: a premium
    average: Wad  # of the included sources by their depth, for people
    depth: Wad  # of all included sources together
    venues: tuple[VenueView, ...]
    excluded: tuple[Excluded, ...] = ()


class NoView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Nothing can be said of an asset: a fault of what watches it, never a depeg."""

    asset: str
    reason: str
    at: Nanos

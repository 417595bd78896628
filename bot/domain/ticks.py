"""What feeds say: prices, redemption values, supplies, and what is wrong with a feed.

`at` is event time since the epoch: the source's own clock where it tells one. `seen_at` is when the
message reached us, by the same clock that staleness is judged by.
"""

from enum import Enum

import msgspec

from bot.domain.units import Nanos, Wad


class SourceKind(Enum):
    """What sort of place a price comes from; two of one sort are less than one of each."""

    CEX = "cex"
    DEX = "dex"
    REDEMPTION = "redemption"
    ORACLE = "oracle"


class Tick(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The price of one asset at one source."""

    venue: str
    kind: SourceKind
    asset: str
    currency: str  # what the price is in: "USD", "EUR", or another coin such as "USDT"
    bid: Wad  # currency per 1.0 asset; an oracle's answer stands in both
    ask: Wad
    depth: Wad = Wad(0)  # of the asset, that the smaller side holds within 0.1 %; 0: not told
    at: Nanos
    seen_at: Nanos

    def __post_init__(self) -> None:
        if not 0 < self.bid <= self.ask:
            raise ValueError(f"{self.venue} {self.pair}: bid {self.bid} wad, ask {self.ask} wad")

    @property
    def pair(self) -> str:
        """The pair as exchanges write it."""
        return f"{self.asset}/{self.currency}"


class Redemption(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a rail pays for 1.0 of an asset now: a PSM, a vault, an issuer."""

    venue: str
    asset: str
    currency: str
    value: Wad  # after its fee; 0 while it is suspended
    capacity: Wad | None = None  # of the asset, that it takes now; None: not told
    at: Nanos
    seen_at: Nanos

    @property
    def is_open(self) -> bool:
        """Whether it pays anything at all."""
        return self.value > 0 and self.capacity != 0


class Supply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The total supply of an asset."""

    asset: str
    total: Wad
    at: Nanos
    seen_at: Nanos


class Composition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a pool holds, in 18 decimals each."""

    venue: str
    assets: tuple[str, ...]
    balances: tuple[Wad, ...]
    at: Nanos
    seen_at: Nanos


class FaultKind(Enum):
    """What is wrong with a feed; never a depeg."""

    DISCONNECTED = "the connection was lost"
    STALLED = "nothing came for too long"
    GAP = "messages are missing"
    CROSSED = "bid above ask"
    EMPTY = "a side is empty"
    NOT_A_NUMBER = "a price or size is not a positive number"
    SHIFTED = "the price is off by a power of ten"
    FROZEN = "the same price for too long while others move"
    CLOCK = "its clock is not ours"
    MALFORMED = "a message cannot be read"
    OVERSIZED = "a message is larger than any that makes sense"
    CHECKSUM = "the book is not the venue's"
    LIMITED = "it asks us to wait"
    REFUSED = "it answers with an error"


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A source is out of trust from now on, until it is restored."""

    venue: str
    pair: str = ""  # empty: all of the venue
    what: FaultKind
    detail: str = ""
    at: Nanos


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """A source is to be trusted again: a clean snapshot came."""

    venue: str
    pair: str = ""
    at: Nanos


Message = Tick | Redemption | Supply | Composition | Fault | Restored

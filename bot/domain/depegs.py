"""A depeg and its life."""

from enum import Enum

import msgspec

from bot.domain.units import Nanos, Wad


class Severity(Enum):
    """How far from par, in basis points: the lower edge of each band."""

    MINOR = 5
    MODERATE = 20
    SEVERE = 100
    EXTREME = 500

    @classmethod
    def of(cls, magnitude_bps: float) -> "Severity | None":
        """Return the band of a magnitude, None on the peg."""
        found = None
        for band in cls:
            if magnitude_bps >= band.value:
                found = band
        return found


class Side(Enum):
    """On which side of par."""

    DISCOUNT = "discount"
    PREMIUM = "premium"


class Breadth(Enum):
    """Who shows it."""

    VENUE_LOCAL = "venue-local"
    CEX_WIDE = "CEX-wide"
    ON_CHAIN = "on-chain"
    EVERYWHERE = "everywhere"


class Status(Enum):
    """Where in its life it is."""

    ACTIVE = "active"
    WORSENING = "worsening"
    RECOVERING = "recovering"
    RESOLVED = "resolved"


class Depeg(msgspec.Struct, frozen=True, kw_only=True):
    """One deviation from par, from its start until it is resolved."""

    asset: str
    side: Side
    start: Nanos  # first crossing of the lowest band
    confirmed_at: Nanos | None = None  # when independent observers agreed; None: one alone says so
    end: Nanos | None = None
    off_bps: float  # now, above zero: a premium
    trough_bps: float  # largest magnitude so far
    trough_price: Wad
    trough_at: Nanos
    severity: Severity  # of the largest magnitude
    breadth: Breadth  # the widest so far
    status: Status
    venues: tuple[str, ...]  # that ever showed it, in the order of showing

    @property
    def id(self) -> str:
        """The same for the same event in every replay."""
        return f"{self.asset}-{self.start}-{self.side.value}"


class Turn(Enum):
    """What happened to a depeg."""

    STARTED = "started"
    CONFIRMED = "confirmed"
    SEVERER = "severer"  # it reached a worse band
    WORSENING = "worsening"
    RECOVERING = "recovering"
    WIDER = "wider"  # its breadth grew
    RESOLVED = "resolved"


class DepegChange(msgspec.Struct, frozen=True, kw_only=True):
    """One turn in the life of a depeg."""

    turn: Turn
    depeg: Depeg  # as it is after the turn
    at: Nanos

"""Depegs as history keeps them: what happened, what was behind it, and how it ended.

Unlike `Depeg`, most fields may be unknown: half of what is known of past depegs stood in the press.
"""

from enum import Enum

import msgspec

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Severity, Side, Status
from bot.domain.units import Nanos, Wad


class Ending(Enum):
    """What became of a depeg."""

    RECOVERED = "recovered"
    PARTIAL = "partial"  # off its peg at the last source, or given another par
    TERMINAL = "terminal"
    OPEN = "open"  # not over yet
    UNKNOWN = "unknown"

    @property
    def is_known(self) -> bool:
        """Whether it counts for or against coming back."""
        return self not in (Ending.OPEN, Ending.UNKNOWN)


class Redeemable(Enum):
    """Whether a holder could redeem near par during the event."""

    YES = "yes"
    PARTIAL = "partial"  # some holders, with delays or fees, or in the coin's own sister token
    NO = "no"
    UNKNOWN = "unknown"


class Origin(Enum):
    """Where the knowledge comes from."""

    CATALOGUE = "catalogue"  # comes with this version
    SEEN = "seen"  # detected by the bot, live or in a replay


class PathPoint(msgspec.Struct, frozen=True, gc=False):
    """One point of the way a depeg took."""

    at: Nanos
    off_bps: float  # from par, above zero: a premium


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says in words; empty: nothing."""

    start: str = ""  # as precise as it is known, such as 2022-06
    trough: str = ""
    end: str = ""
    hit: str = ""
    trough_venue: str = ""
    minutes_basis: str = ""
    mechanics: str = ""
    sources: str = ""
    confidence: str = ""  # high, medium or low


class PastDepeg(msgspec.Struct, frozen=True, kw_only=True):
    """One depeg of the past, or one that goes on."""

    id: str
    asset: str
    name: str = ""  # where a ticker alone does not tell the coin
    backing: Backing = Backing.UNKNOWN
    side: Side
    breadth: Breadth
    start: Nanos | None = None  # the earliest moment that the source allows
    trough_at: Nanos | None = None
    trough_price: Wad | None = None
    magnitude_bps: float | None = None  # largest; 0: inside the band that counts as its par
    end: Nanos | None = None
    hours: float | None = None  # from start to end, where both are known to the minute
    status: Status | None = None  # None: not detected by the bot
    confirmed_at: Nanos | None = None
    ending: Ending = Ending.UNKNOWN
    cause: str = ""
    redeemable: Redeemable = Redeemable.UNKNOWN
    hit_share: float | None = None  # of supply whose backing was lost
    reflexive: bool | None = None
    rails_closed: bool | None = None  # fiat rails: banks shut, weekend
    venues: tuple[str, ...] = ()  # that showed it, in the order of showing
    minutes_below: tuple[tuple[str, int], ...] = ()  # ("0.95", 889): minutes with a close below
    path: tuple[PathPoint, ...] = ()
    origin: Origin = Origin.SEEN
    same_as: str = ""  # the catalogue's id of the same event: it counts once
    facts: Facts = Facts()

    @property
    def severity(self) -> Severity | None:
        """The band of its largest magnitude; None: not known, or on its par."""
        return None if self.magnitude_bps is None else Severity.of(self.magnitude_bps)

    @property
    def is_certain(self) -> bool:
        """Whether more than one observer ever said so: else it may have been a bad feed."""
        return self.origin is Origin.CATALOGUE or self.confirmed_at is not None

    @property
    def began(self) -> Nanos | None:
        """Its start, else its trough."""
        return self.trough_at if self.start is None else self.start

"""What can be made of a depeg, and what forbids it."""

from enum import Enum

import msgspec

from bot.domain.units import Nanos


class Way(Enum):
    """How a depeg is traded."""

    ATOMIC = "atomic"  # one transaction, nothing held: no belief needed
    REDEMPTION = "redemption"  # bought, and handed in at a rail that is open
    POSITION = "position"  # bought or sold, and held until it reverts


class Veto(Enum):
    """What forbids holding, whatever any score says."""

    REDEMPTION_SUSPENDED = "redemption is suspended"
    BACKING_UNKNOWN = "what backs it, or how much of that is lost, is not known"
    REFLEXIVE = "it is backed by itself or its sister token"
    BUG_MINT = "its supply jumped within an hour"
    VENUE_LOCAL = "one venue alone shows it"


class DepegClass(Enum):
    """What sort of depeg it is, as far as can be told while it lasts."""

    TEMPORARY = "temporary"
    VENUE_LOCAL = "venue-local"
    TERMINAL = "terminal"  # of those whose like did not come back


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """What is expected of a depeg, from the few that there were."""

    never: float  # probability that it does not come back within 90 days
    never_low: float  # 80 % interval of it
    never_high: float
    median_hours: float  # until back, if it comes back
    late_hours: float  # nine of ten that come back are back by then
    similar: int  # past events that it rests on, beyond the prior


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    """One way to trade one depeg, net of all costs that are known."""

    depeg_id: str
    asset: str
    way: Way
    gross_bps: float  # of the capital used, if all goes well
    cost_bps: float  # fees, spread, gas, transfers
    carry_bps: float  # what the capital would have earned elsewhere meanwhile
    expected_bps: float  # probability-weighted, after all of it, total loss included
    hours: float  # until the capital is free again, median
    success: float  # probability of ending with a gain
    never: float
    risk: float  # 0 none .. 1 all of it
    at: Nanos


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """A way that is not taken, and why."""

    depeg_id: str
    asset: str
    way: Way
    vetoes: tuple[Veto, ...] = ()
    reason: str = ""  # in words, with figures, where no veto says it all
    at: Nanos

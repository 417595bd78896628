"""What travels through the engine: heads in, verdicts and outcomes out."""

from enum import Enum

import msgspec

from bot.domain.plans import Plan
from bot.domain.units import Nanos, Raw, Wei


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A new block as the node announced it."""

    number: int
    hash: str
    parent_hash: str
    timestamp_s: int
    base_fee: Wei
    gas_used: int
    gas_limit: int
    seen_at: Nanos  # monotonic clock of this process
    source: str = ""  # address of the node that told it


class Refusal(Enum):
    """Why no bundle was sent for a block."""

    NO_GAP = "no cycle pays more than its pool fees"
    BELOW_COST = "best cycle does not pay for gas and tip"
    SIMULATION = "simulation did not confirm the plan"
    NODE = "the node's word is not confirmed"
    NO_LENDER = "no lender can fund the cycle"
    BUNDLE_PENDING = "an earlier bundle is not settled yet"
    TOO_LATE = "no time is left in the slot"
    SUPERSEDED = "another opportunity came up while an earlier bundle is not settled yet"


class NoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A decision not to act, with its reason."""

    block: int
    refusal: Refusal
    detail: str

    @property
    def line(self) -> str:
        """The reason in one line."""
        return f"block {self.block}: {self.refusal.value}: {self.detail}"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """A plan made ready to send: priced, simulated and signed."""

    plan: Plan
    target_block: int
    nonce: int
    transaction: bytes  # signed, never logged
    transaction_hash: str
    gas_used: int  # by the node's simulation
    max_fee_wei: Wei  # all that gas and tip can cost
    cost: Raw  # the same in the plan's token


class Fate(Enum):
    """What became of a bundle. Sent is not included; unknown is neither."""

    INTENDED = "intended"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    INCLUDED = "included"
    MISSED = "missed"
    REVERTED = "reverted"


UNSETTLED = (Fate.INTENDED, Fate.ACCEPTED, Fate.UNKNOWN)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A settled bundle, read from the chain."""

    transaction_hash: str
    fate: Fate
    block: int  # included in, or the block by which it was known missed
    profit: Raw = Raw(0)
    gas_used: int = 0
    fee_wei: Wei = Wei(0)


class Changed(Enum):
    """What a lender, or who governs it, can change."""

    FEE = "fee"
    PAUSE = "pause"
    CEILING = "ceiling"
    IMPLEMENTATION = "implementation"


class LenderChange(msgspec.Struct, frozen=True, kw_only=True):
    """A lender is not what it was at the block that was read before."""

    block: int
    lender: str  # its name in the table of lenders
    asset: str  # symbol of the token; empty where the change concerns all of them
    what: Changed
    before: str
    after: str

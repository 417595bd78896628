"""What became of bundles on chain, and who took what they were after."""

from enum import Enum

import msgspec

from bot.domain.adoptions import PlanOnChain
from bot.domain.assets import Token
from bot.domain.messages import Fate
from bot.domain.plans import Leg, Plan
from bot.domain.units import Bps, Raw, Wei


class Ending(Enum):
    """What the chain made of a bundle; docs/bundles.md says how each is told."""

    WAITING = "waiting"
    INCLUDED = "included"
    NOT_BUILT = "not built"
    OUTBID = "outbid"
    STALE = "stale"
    FAILED_SIMULATION = "reverted in simulation"
    UNBUNDLED = "unbundled"
    NONCE_USED = "nonce used elsewhere"
    REPLACED = "replaced"
    SEEN_IN_PUBLIC = "seen in public"
    NOT_TAKEN = "not taken"
    REVERTED = "reverted"  # a private transaction's, in a block: it cost gas


LANDED = (Ending.INCLUDED, Ending.UNBUNDLED, Ending.REVERTED)


class Standing(Enum):
    """How firm an ending is."""

    OPEN = "open"  # fewer than two confirmations: nothing is booked
    PROVISIONAL = "provisional"  # booked; a reorganisation takes it back
    FINAL = "final"  # its blocks are final, and its nonce can never be used again


class TipSource(Enum):
    """How well a tip is known."""

    TRACE = "call trace"
    PRIORITY_FEE = "priority fee alone"  # direct payments are not in it


class BlockId(msgspec.Struct, frozen=True):
    """One block; a height alone names several."""

    number: int
    hash: str


class SentTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """One of a bundle; `sender` is empty for the operator's, else somebody else's address."""

    hash: str
    sender: str = ""
    nonce: int


class Way(Enum):
    """How a plan's transaction reaches who builds blocks; none of them is public."""

    BUNDLE = "bundle"  # for one block, all of it or none
    PRIVATE = "private transaction"  # alone, for some blocks; whether it may revert is up to them
    BACKRUN = "backrun bundle"  # right behind somebody's transaction, of which the hash is known


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """How a ticket travels."""

    way: Way = Way.BUNDLE
    last_block: int | None = None  # in which it may land; None: in the target block alone
    behind: str = ""  # the hint whose transaction it stands behind
    replacement_uuid: str = ""
    tip: Wei | None = None  # offered in all: priority fees and direct payment
    worth: Raw | None = None  # what the plan earns, in base units of USDC
    transactions: tuple[SentTransaction, ...] = ()  # in order; empty: the ticket's alone


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction paid whoever built its block."""

    priority: Wei
    direct: Wei = Wei(0)
    source: TipSource

    @property
    def total(self) -> Wei:
        """All that is known of it."""
        return Wei(self.priority + self.direct)


class Take(msgspec.Struct, frozen=True, kw_only=True):
    """An arbitrage of somebody else: it touched pools of ours and ended richer in one token."""

    transaction_hash: str
    block: BlockId
    position: int  # in the block, from 0
    sender: str
    contract: str  # that was called; addresses are in lower case
    pools: tuple[str, ...]  # ours among those it touched
    token: str  # address of what it gained
    symbol: str
    gain: Raw  # after what it swapped to pay the builder, before a tip in ether
    tip: Tip


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the chain that ends in one head says of a bundle."""

    ending: Ending
    reason: str = ""
    block: int  # where it landed last, else its target
    relies_on: tuple[BlockId, ...] = ()  # what must stay on the chain for this to hold
    profit: Raw = Raw(0)
    gas_used: int = 0
    fee: Wei = Wei(0)
    tip: Tip | None = None  # paid, where it landed
    taker: Take | None = None
    used: int = 0  # of its own nonces, by the head; while one is free it may still be mined
    looks: int = 1  # how often the chain was asked with that many used

    @property
    def landed(self) -> bool:
        """Whether any of it is on chain."""
        return self.ending in LANDED


class SentBundle(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle as its journal remembers it."""

    row: int  # rises with every bundle
    transaction_hash: str  # of the transaction that runs the plan
    target_block: int
    nonce: int
    fate: Fate
    note: str
    plan: Plan | PlanOnChain  # the latter: it was found on chain, and its row had been lost
    parcel: Parcel
    max_fee: Wei  # all that gas and tip could cost
    cost: Raw  # the same in the plan's token
    is_public: bool
    doubt: str  # why a simulation of ours disproved it after it was sent
    standing: Standing
    verdict: Verdict | None

    @property
    def token(self) -> Token:
        """In which the profit is made."""
        return self.plan.token

    @property
    def swaps(self) -> tuple[Leg, ...]:
        """Of its plan; none where that is lost."""
        return self.plan.swaps if isinstance(self.plan, Plan) else ()

    @property
    def expected(self) -> Raw | None:
        """What the plan earns before gas; None where that is lost."""
        return self.plan.profit if isinstance(self.plan, Plan) else None

    @property
    def last_block(self) -> int:
        """After which it cannot land any more, as far as relays keep their word."""
        return self.parcel.last_block or self.target_block

    @property
    def transactions(self) -> tuple[SentTransaction, ...]:
        """All of it in order."""
        alone = SentTransaction(hash=self.transaction_hash, nonce=self.nonce)
        return self.parcel.transactions or (alone,)

    @property
    def nonces(self) -> tuple[int, ...]:
        """Of its own transactions, ascending."""
        own = [one.nonce for one in self.transactions if not one.sender]
        return tuple(sorted(own or [self.nonce]))

    @property
    def value(self) -> Wei:
        """What the plan earns before its costs, at the price of ether that it was made with."""
        return Wei((self.expected or 0) * self.max_fee // self.cost) if self.cost else Wei(0)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a bundle's account says now; the sums of all `booked` are what is booked."""

    transaction_hash: str
    token: Token
    verdict: Verdict
    standing: Standing
    booked_profit: Raw = Raw(0)  # more than before; less than zero: taken back
    booked_fee: Wei = Wei(0)


class TipObservation(msgspec.Struct, frozen=True, kw_only=True):
    """What one bundle teaches about tips, as `TipLearner.won` or `lost` is told it."""

    transaction_hash: str
    won: bool
    value_usd: float
    value: Wei  # what our plan earned before its costs
    tip: Wei  # what we paid, or what the winner did
    share: Bps  # the tip as a part of the value
    is_exact: bool  # False: direct payments are not known, so it may have been more


class MissedGap(msgspec.Struct, frozen=True, kw_only=True):
    """A take in a block that holds no bundle of ours."""

    take: Take
    at_s: int  # the block's time, since the epoch
    ours: str  # what we did: a refusal, "sent", or nothing where we were not there

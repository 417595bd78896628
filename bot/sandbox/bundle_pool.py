"""Bundles the relay holds until their target block, and what became of each."""

import enum
from typing import Any

import msgspec

from bot.domain.units import Wei
from bot.sandbox.raw_transactions import BundleTransaction


class Fate(enum.StrEnum):
    """How a bundle ended."""

    INCLUDED = "included"
    REVERTED_IN_SIMULATION = "reverted_in_simulation"
    INVALID = "invalid"  # nonce, fee, balance or block space: it cannot be in that block
    OUTSIDE_TIME_WINDOW = "outside_time_window"
    LATE = "late"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    LOST_SLOT = "lost_slot"  # another builder won it
    RACE_LOST = "race_lost"  # public transactions kept arriving; left out whole
    EXPIRED = "expired"  # a private transaction or backrun whose last block has passed
    BROKEN = "broken"  # mined, but not as simulated; the builder's failure


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """All or nothing, in exactly `target_block`."""

    bundle_hash: str
    signer: str
    target_block: int
    transactions: tuple[BundleTransaction, ...]
    may_revert: frozenset[str] = frozenset()  # transaction hashes
    min_timestamp: int = 0  # seconds; 0 is no limit
    max_timestamp: int = 0  # seconds; 0 is no limit
    replacement_uuid: str | None = None
    builders: tuple[str, ...] = ()  # whom the relay may pass it on to
    is_private: bool = False  # a transaction alone, which a backrun may take along

    def open_at(self, timestamp: int) -> bool:
        """Whether a block of that timestamp may hold it."""
        return self.min_timestamp <= timestamp and (
            self.max_timestamp == 0 or timestamp <= self.max_timestamp
        )


class BundleOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle's end, decided while `block` was being built (or received)."""

    bundle_hash: str
    fate: Fate
    target_block: int
    block: int
    signer: str
    transaction_hashes: tuple[str, ...]
    reason: str = ""
    gas_used: int = 0
    coinbase_payment_wei: Wei = Wei(0)
    replacement_uuid: str | None = None
    builder: str = ""  # who held it


def outcome_of(bundle: Bundle, fate: Fate, block: int, **details: Any) -> BundleOutcome:
    """Return the outcome record; `details` are the optional fields of `BundleOutcome`."""
    return BundleOutcome(
        bundle_hash=bundle.bundle_hash,
        fate=fate,
        target_block=bundle.target_block,
        block=block,
        signer=bundle.signer,
        transaction_hashes=tuple(one.tx_hash for one in bundle.transactions),
        replacement_uuid=bundle.replacement_uuid,
        **details,
    )


class BundlePool:
    """Not thread-safe: the relay's event loop owns it."""

    def __init__(self, name: str = "", outcomes: list[BundleOutcome] | None = None) -> None:
        """Hold what `name` was sent; `outcomes` is where several builders write in turn."""
        self.name = name
        self._held: list[Bundle] = []
        self._outcomes = [] if outcomes is None else outcomes

    def add(self, bundle: Bundle, head: int) -> list[BundleOutcome]:
        """Hold `bundle`; return what that decided: the one it replaces, or its own lateness."""
        decided = []
        if bundle.replacement_uuid is not None:
            decided += self._forget(bundle.signer, bundle.replacement_uuid, Fate.REPLACED, head)
        if bundle.target_block <= head:
            decided.append(self._decide(bundle, Fate.LATE, head, "target block is already built"))
        elif bundle not in self._held:
            self._held.append(bundle)
        return decided

    def cancel(self, signer: str, replacement_uuid: str, head: int) -> list[BundleOutcome]:
        """Forget this signer's bundles of that id; another signer's stay."""
        return self._forget(signer, replacement_uuid, Fate.CANCELLED, head)

    def take(self, block: int) -> list[Bundle]:
        """Hand over the bundles for `block`, oldest first: they can no longer be cancelled."""
        for bundle in [one for one in self._held if one.target_block < block]:
            self._held.remove(bundle)
            self._decide(bundle, Fate.LATE, block, "its block was built before it could be taken")
        taken = [one for one in self._held if one.target_block == block]
        self._held = [one for one in self._held if one.target_block > block]
        return taken

    def lose(self, bundles: list[Bundle], block: int, winner: str) -> list[BundleOutcome]:
        """Write down that a block was another's, for what was taken for it."""
        reason = f"the slot was won by {winner}"
        return [self._decide(bundle, Fate.LOST_SLOT, block, reason) for bundle in bundles]

    def put_back(self, bundles: list[Bundle]) -> None:
        """Hold again what was taken for a block that was not built."""
        self._held = [*bundles, *self._held]

    def record(self, outcomes: list[BundleOutcome]) -> None:
        """Append what the builder decided."""
        self._outcomes += [msgspec.structs.replace(one, builder=self.name) for one in outcomes]

    def outcomes(self, after: int = 0) -> list[BundleOutcome]:
        """Return the outcomes in order of decision, without the first `after`."""
        return self._outcomes[after:]

    def __len__(self) -> int:
        return len(self._held)

    def _forget(self, signer: str, uuid: str, fate: Fate, head: int) -> list[BundleOutcome]:
        gone = [b for b in self._held if b.signer == signer and b.replacement_uuid == uuid]
        for bundle in gone:
            self._held.remove(bundle)
        return [self._decide(bundle, fate, head) for bundle in gone]

    def _decide(self, bundle: Bundle, fate: Fate, block: int, reason: str = "") -> BundleOutcome:
        outcome = outcome_of(bundle, fate, block, reason=reason, builder=self.name)
        self._outcomes.append(outcome)
        return outcome

"""The life of an opportunity's bundles: one replacement id, one nonce, and one of them at most.

An opportunity is what earns the same token in mostly the same pools from block to block. While a
bundle of it may still land, which is where the head it was made on was replaced, the plan of the
new head replaces it: same id, same nonce, same block, so that the chain takes one of the two at
most, whatever builders make of ids. A private transaction may land in more blocks than one: it is
taken back before another takes its nonce, and where the relay does not say so, it has it until its
last block. Anything else waits until the first one is settled. What has no
reason any more is taken back, and counts as on its way until its block has passed: the answer to
that is no proof.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

import structlog

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.inclusions import Parcel, Way
from bot.domain.messages import Fate, NoPlan, Outcome, Refusal, Ticket
from bot.domain.plans import Plan
from bot.domain.units import Raw, Wei
from bot.execution.plan_check import Checked
from bot.history.bundle_lives import KeptLife, last_life, note_taken_back
from bot.history.journal import Journal, Unsettled

log = structlog.get_logger()

_LANDED = (Fate.INCLUDED, Fate.REVERTED)
_LONGEST_GAP = 2  # blocks between two bundles of one opportunity
_MOSTLY = 2  # one in so many pools, of all that either plan uses, is in both at least


class Sends(Protocol):
    """Who sends, and takes back."""

    way: Way
    blocks: int  # in which what is sent may land

    def take_back(self, replacement_uuid: str, transaction_hashes: tuple[str, ...]) -> bool:
        """Ask for it, and return whether that is said to be done.

        Raises:
            RelayUnavailable, RelayRefused, OutcomeUnknown: it was not, or nobody knows.
        """


class BundleLife:
    """What is known of the opportunity that was sent for last; it survives in the journal."""

    def __init__(self, journal: Journal, sender: Sends) -> None:
        """Read where the journal's last opportunity stands.

        Raises:
            JournalUnusable: it cannot be read.
        """
        self._journal, self._sender = journal, sender
        self._life: KeptLife | None = last_life(journal)

    def heard(self, outcomes: Sequence[Outcome]) -> None:
        """Hear what was settled: an opportunity that landed is over."""
        if any(one.fate in _LANDED for one in outcomes):
            self._life = None

    def must_wait(self, pending: Sequence[Unsettled], block: int) -> NoPlan | None:
        """Return why nothing new is even looked for on top of `block`, if so.

        Only what excludes all that is on its way may be sent beside it: that is its replacement.
        """
        life = self._life
        if not pending or (
            life is not None
            and life.target_block <= block + 1
            and all(self._is_of(life, one, block + 1) for one in pending)
        ):
            return None
        return _wait(block, "waiting for its target block")

    def _is_of(self, life: KeptLife, one: Unsettled, next_block: int) -> bool:
        may_land = one.target_block <= next_block <= one.last_block
        return may_land and one.nonce == life.nonce and one.way is self._sender.way

    def objection(self, checked: Checked, pending: Sequence[Unsettled]) -> NoPlan | None:
        """Return why a plan cannot take the place of what is on its way, if so."""
        if not pending:
            return None
        plan, life = checked.plan, self._life
        if life is None or checked.nonce != life.nonce:
            return _wait(plan.block, f"it has nonce {pending[0].nonce}, not {checked.nonce}")
        if not _is_same(life.plan, plan):
            detail = f"{plan.route}: waits until the other one's block has passed"
            return NoPlan(block=plan.block, refusal=Refusal.SUPERSEDED, detail=detail)
        return None

    def hindrance(self, ticket: Ticket, pending: Sequence[Unsettled]) -> NoPlan | None:
        """Return why a signed plan cannot go out, once what has its nonce was taken back.

        Raises:
            JournalUnusable: nothing was taken back.
        """
        block = ticket.plan.block
        if any(one.transaction_hash == ticket.transaction_hash for one in pending):
            return _wait(block, "the very same is out already")
        if not pending or self._sender.way is not Way.PRIVATE:
            return None
        hashes = tuple(one.transaction_hash for one in pending)
        note_taken_back(self._journal, hashes, "replaced")
        if self._sender.take_back("", hashes):
            return None
        return _wait(block, "it could not be taken back, and has its nonce until its last block")

    def parcel(self, checked: Checked) -> Parcel:
        """Return how a plan travels: under its opportunity's id, or a new one."""
        plan, life, bid = checked.plan, self._life, checked.bid
        goes_on = (
            life is not None
            and plan.block + 1 - life.target_block <= _LONGEST_GAP
            and _is_same(life.plan, plan)
        )
        known = plan.certificate
        way, last_block = self._sender.way, plan.block + self._sender.blocks
        return Parcel(
            way=way,
            last_block=None if way is Way.BUNDLE else last_block,
            replacement_uuid=life.uuid if life is not None and goes_on else str(uuid4()),
            tip=Wei(bid.priority_fee_per_gas * checked.gas_used + bid.direct),
            worth=None if known is None else Raw(known.worth),
        )

    def sent(self, ticket: Ticket, parcel: Parcel) -> None:
        """Hear that a bundle is written down and about to be sent."""
        self._life = KeptLife(
            uuid=parcel.replacement_uuid,
            plan=ticket.plan,
            target_block=ticket.target_block,
            nonce=ticket.nonce,
        )

    def refused(self, refusal: NoPlan, pending: Sequence[Unsettled]) -> None:
        """Hear that nothing is sent, once that is written down; take back what may still land.

        Raises:
            JournalUnusable: nothing was taken back.
        """
        if refusal.refusal in (Refusal.BUNDLE_PENDING, Refusal.TOO_LATE):
            return
        life, self._life = self._life, None
        if life is None or not pending:
            return
        hashes = tuple(one.transaction_hash for one in pending)
        note_taken_back(self._journal, hashes, refusal.refusal.value)
        try:
            is_said = self._sender.take_back(life.uuid, hashes)
        except (RelayUnavailable, RelayRefused, OutcomeUnknown) as error:
            log.warning("bundle_not_taken_back", transactions=hashes, reason=str(error))
        else:
            why = refusal.refusal.value
            log.info("bundle_taken_back", transactions=hashes, is_said=is_said, reason=why)


def _wait(block: int, detail: str) -> NoPlan:
    return NoPlan(block=block, refusal=Refusal.BUNDLE_PENDING, detail=detail)


def _is_same(before: Plan, after: Plan) -> bool:
    if before.token != after.token:
        return False
    old = {leg.pool for leg in before.swaps}
    new = {leg.pool for leg in after.swaps}
    return len(old & new) * _MOSTLY >= len(old | new)

"""The life of an opportunity's bundles: one replacement id, one nonce, and one of them at most.

An opportunity is what earns the same token in mostly the same pools from block to block. While a
bundle of it may still land, which is where the head it was made on was replaced, the plan of the
new head replaces it: same id, same nonce, same block, so that the chain takes one of the two at
most, whatever builders make of ids. Anything else waits until the first one is settled. What has no
reason any more is taken back, and counts as on its way until its block has passed: the answer to
that is no proof.
"""

from collections.abc import Callable, Sequence
from uuid import uuid4

import structlog

from bot.domain.errors import OutcomeUnknown, RelayRefused, RelayUnavailable
from bot.domain.inclusions import Parcel
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


class BundleLife:
    """What is known of the opportunity that was sent for last; it survives in the journal."""

    def __init__(self, journal: Journal, cancel: Callable[[str], object]) -> None:
        """Read where the journal's last opportunity stands; `cancel` is the relay's.

        Raises:
            JournalUnusable: it cannot be read.
        """
        self._journal, self._cancel = journal, cancel
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
            and life.target_block == block + 1
            and all((one.target_block, one.nonce) == (block + 1, life.nonce) for one in pending)
        ):
            return None
        return _wait(block, "waiting for its target block")

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

    def parcel(self, checked: Checked) -> Parcel:
        """Return how a plan travels: under its opportunity's id, or a new one."""
        plan, life, bid = checked.plan, self._life, checked.bid
        goes_on = (
            life is not None
            and plan.block + 1 - life.target_block <= _LONGEST_GAP
            and _is_same(life.plan, plan)
        )
        known = plan.certificate
        return Parcel(
            replacement_uuid=life.uuid if life is not None and goes_on else str(uuid4()),
            tip=Wei(bid.priority_fee_per_gas * checked.gas_used),
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
        if refusal.refusal is Refusal.BUNDLE_PENDING:
            return
        life, self._life = self._life, None
        if life is None or not pending:
            return
        hashes = [one.transaction_hash for one in pending]
        note_taken_back(self._journal, hashes, refusal.refusal.value)
        try:
            self._cancel(life.uuid)
        except (RelayUnavailable, RelayRefused, OutcomeUnknown) as error:
            log.warning("bundle_not_taken_back", transactions=hashes, reason=str(error))
        else:
            log.info("bundle_taken_back", transactions=hashes, reason=refusal.refusal.value)


def _wait(block: int, detail: str) -> NoPlan:
    return NoPlan(block=block, refusal=Refusal.BUNDLE_PENDING, detail=detail)


def _is_same(before: Plan, after: Plan) -> bool:
    if before.token != after.token:
        return False
    old = {leg.pool for leg in before.swaps}
    new = {leg.pool for leg in after.swaps}
    return len(old & new) * _MOSTLY >= len(old | new)

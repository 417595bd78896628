"""Backruns of private transactions: a hint in, at most one bundle behind its transaction out.

Between two heads, and only where nothing else of ours may land: the nonce is the engine's first.
"""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from bot.domain.errors import (
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RetryableError,
    SkipError,
)
from bot.domain.inclusions import Parcel, Way
from bot.domain.messages import Fate, NoPlan, Refusal, Ticket
from bot.domain.units import Raw, Wei
from bot.execution.bundle_sender import BundleSender
from bot.execution.mev_share_letters import Backrun
from bot.execution.mev_share_relay import MevShareRelay
from bot.execution.plan_check import Checked, PlanCheck
from bot.execution.send_times import SendTimes
from bot.feeds.hint_effects import Moved, Unmoved, moved_by
from bot.feeds.hint_words import Hint, HintStream
from bot.history.journal import Journal
from bot.last_book import LastBook
from bot.market.book import MarketBook
from bot.strategy.planning import ExecutionPlanner

log = structlog.get_logger()


class BackrunParts(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes; the planner is no other's."""

    hints: HintStream
    last: LastBook
    planner: ExecutionPlanner
    check_of: Callable[[Moved], PlanCheck]  # the gate for plans behind one hint
    orders: BundleSender  # signs
    relay: MevShareRelay
    journal: Journal
    times: SendTimes
    forbids: Callable[[MarketBook], NoPlan | None]  # who watches the nodes


class Backruns:
    """Stands behind hinted transactions."""

    def __init__(self, parts: BackrunParts) -> None:
        self._parts = parts
        parts.planner.blocks = parts.relay.options.blocks

    async def run(self) -> None:
        """Deal with every hint, one after the other, for ever.

        Raises:
            HaltError: a person must act.
        """
        async for hint in self._parts.hints:
            try:
                await asyncio.to_thread(self.on_hint, hint)
            except (RetryableError, SkipError) as error:
                log.warning("hint_skipped", hint=hint.hash, reason=str(error))

    def on_hint(self, hint: Hint) -> Ticket | NoPlan | Unmoved:
        """Plan behind a hint's transaction, and send once where every simulation agrees.

        Raises:
            RetryableError, SkipError: nothing was sent.
            HaltError: a person must act.
        """
        base = self._parts.last.book
        if base is None:
            return Unmoved("no head was dealt with yet")
        moved = moved_by(hint, base.lasting(self._parts.relay.options.blocks))
        if isinstance(moved, Unmoved):
            return moved
        checked = self._checked(moved, base)
        if isinstance(checked, NoPlan):
            log.info("no_backrun", hint=hint.hash, reason=checked.line)
            return checked
        return self._sent(moved, checked, base)

    def _checked(self, moved: Moved, base: MarketBook) -> Checked | NoPlan:
        parts = self._parts
        if (why_not := parts.forbids(base)) is not None:
            return why_not
        if late := parts.times.why_not(base.block + 1):
            return NoPlan(block=base.block, refusal=Refusal.TOO_LATE, detail=late)
        plan = parts.planner.plan(moved.book)
        if isinstance(plan, NoPlan):
            return plan
        if moved.pools.isdisjoint(leg.pool for leg in plan.swaps):
            detail = f"{plan.route}: it needs nothing that the hint tells"
            return NoPlan(block=base.block, refusal=Refusal.NO_GAP, detail=detail)
        return parts.check_of(moved).check(plan, moved.book, parts.planner.terms)

    def _sent(self, moved: Moved, checked: Checked, base: MarketBook) -> Ticket | NoPlan:
        """Write the intent down while nobody else may, then send."""
        parts, last = self._parts, self._parts.last
        with last.turn:
            if last.book is not base:
                return _waits(base, "another head came")
            if parts.journal.unsettled():
                return _waits(base, "the nonce is another's")
            if late := parts.times.why_not(base.block + 1):
                return NoPlan(block=base.block, refusal=Refusal.TOO_LATE, detail=late)
            ticket = parts.orders.sign(checked, moved.book)
            parcel = self._parcel(moved, checked)
            parts.journal.intend(ticket, parcel)
        self._hand_over(ticket, parcel)
        return ticket

    def _parcel(self, moved: Moved, checked: Checked) -> Parcel:
        plan, known = checked.plan, checked.plan.certificate
        return Parcel(
            way=Way.BACKRUN,
            last_block=plan.max_block,
            behind=moved.hint.hash,
            tip=Wei(checked.bid.priority_fee_per_gas * checked.gas_used),
            worth=None if known is None else Raw(known.worth),
        )

    def _hand_over(self, ticket: Ticket, parcel: Parcel) -> None:
        journal, transaction = self._parts.journal, ticket.transaction_hash
        backrun = Backrun(
            behind=parcel.behind,
            transaction=ticket.transaction,
            block=ticket.target_block,
            last_block=parcel.last_block or ticket.target_block,
        )
        try:
            self._parts.relay.send(backrun)
        except (RelayRefused, RelayUnavailable) as error:
            journal.answer(transaction, Fate.REFUSED, str(error))
            log.warning("backrun_not_taken", transaction=transaction, reason=str(error))
        except OutcomeUnknown as error:
            journal.answer(transaction, Fate.UNKNOWN, str(error))
            log.warning("backrun_outcome_unknown", transaction=transaction, reason=str(error))
        else:
            journal.answer(transaction, Fate.ACCEPTED)
            _tell(ticket, parcel)


def _waits(book: MarketBook, detail: str) -> NoPlan:
    log.info("no_backrun", block=book.block, reason=detail)
    return NoPlan(block=book.block, refusal=Refusal.BUNDLE_PENDING, detail=detail)


def _tell(ticket: Ticket, parcel: Parcel) -> None:
    plan = ticket.plan
    log.info(
        "backrun_sent",
        transaction=ticket.transaction_hash,
        behind=parcel.behind,
        block=ticket.target_block,
        profit_raw=plan.profit,
        token=plan.token.symbol,
    )

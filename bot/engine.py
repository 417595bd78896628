"""The atomic engine: one head in, one decision out, everything written down around the act."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import structlog

from bot.chain.rpc import RpcClient
from bot.decision import decide
from bot.domain.errors import (
    NodeUnreachable,
    OutcomeUnknown,
    RelayRefused,
    RelayUnavailable,
    RetryableError,
    SkipError,
)
from bot.domain.inclusions import Parcel
from bot.domain.messages import Fate, Head, NoPlan, Outcome, Refusal, Ticket
from bot.domain.plans import Plan
from bot.domain.units import Nanos
from bot.execution.bundle_life import BundleLife
from bot.execution.bundle_sender import BundleSender
from bot.execution.plan_check import PlanCheck
from bot.feeds.block_feed import BlockFeed, newest_of
from bot.feeds.log_feed import LogFeed
from bot.history.journal import Journal, Unsettled
from bot.history.laps import Laps
from bot.market.book import MarketBook
from bot.pauses import collected_by_hand
from bot.settlement import Settlement
from bot.strategy.offers import Offer
from bot.strategy.planning import ExecutionPlanner

log = structlog.get_logger()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine did with one head."""

    head: Head
    book: MarketBook
    settled: tuple[Outcome, ...]
    decision: Ticket | NoPlan
    elapsed: Nanos  # from the head's arrival to the relay's answer, or to the refusal
    out: Nanos = Nanos(0)  # from the head's arrival until the bundle had left; zero: none did
    parts: dict[str, Nanos] = {}  # what was done until then, in order
    problem: str = ""  # what went wrong while sending, empty when nothing did


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is made of; `app` puts it together."""

    rpc: RpcClient
    heads: BlockFeed
    pools: LogFeed
    planner: ExecutionPlanner
    check: PlanCheck
    orders: BundleSender
    journal: Journal
    afterwards: Callable[[Head], None] = lambda _: None  # what can wait until a head is dealt with


class AtomicEngine:
    """Trades one plan per block at most; beside what may still land, its replacement only."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settlement = Settlement(parts.rpc, parts.journal)
        self._life = BundleLife(parts.journal, parts.orders.take_back)

    async def reports(self) -> AsyncIterator[Report]:
        """Yield a report per head; a head that arrives during work replaces the one before it.

        Raises:
            NodeUnreachable: the head feed ended.
            HaltError: a person must act.
        """
        newest: asyncio.Queue[Head] = asyncio.Queue()
        reader = asyncio.create_task(self._read_heads(newest))
        try:
            with collected_by_hand() as collect:
                while True:
                    head = await newest_of(newest, reader)
                    try:
                        yield await asyncio.to_thread(self.on_head, head)
                    except (RetryableError, SkipError) as error:
                        log.warning("head_skipped", block=head.number, reason=str(error))
                    collect()
        finally:
            reader.cancel()

    def on_head(self, head: Head) -> Report:
        """Settle what was sent, decide, and act once.

        Raises:
            RetryableError: nothing was decided; the next head is a new chance.
            SkipError: the same; the node does not know the head any more.
            HaltError: a person must act.
        """
        parts, laps = self._parts, Laps(head.seen_at)
        laps.lap("wake")
        settled: list[Outcome] = []
        try:
            book, pending = self._look(head, laps, settled)
            self._life.heard(settled)
            found = self._decide(book, pending, laps)
            problem = ""
            if isinstance(found, NoPlan):
                decision: Ticket | NoPlan = found
                parts.journal.refuse(found)
                log.info("nothing_sent", block=head.number, reason=found.line)
                self._life.refused(found, pending)
            else:
                decision, parcel = found
                problem = self._send(decision, parcel, laps)
            laps.lap("answer")
        finally:
            self._settlement.record(settled)
        self._afterwards(head)
        return Report(
            head=head,
            book=book,
            settled=tuple(settled),
            decision=decision,
            elapsed=laps.total,
            problem=problem,
            out=laps.until("send"),
            parts=laps.parts,
        )

    def _look(
        self, head: Head, laps: Laps, settled: list[Outcome]
    ) -> tuple[MarketBook, list[Unsettled]]:
        """Return the market and the bundles that may still land; the others are put in `settled`.

        The node looks for them while we read; they are known even where the head cannot be read.
        """
        with self._settlement.asked(head.number) as fates:
            try:
                book = self._parts.pools.read(head)
                laps.lap("read")
            finally:
                pending, outcomes = fates()
                settled += outcomes
        laps.lap("settle")
        return book, pending

    def _afterwards(self, head: Head) -> None:
        try:
            self._parts.afterwards(head)
        except (RetryableError, SkipError) as error:
            log.warning("afterwards_failed", block=head.number, reason=str(error))

    def tell_offers(self, hear: Callable[[Offer | None], None]) -> None:
        """Let somebody hear of the best offer of every block; in the thread that plans."""
        self._parts.planner.on_offer = hear

    def settle_all(self, head_block: int) -> list[Outcome]:
        """Ask the chain for every bundle without a known fate; return those that have one now."""
        with self._settlement.asked(head_block) as fates:
            _, outcomes = fates()
        self._settlement.record(outcomes)
        self._life.heard(outcomes)
        return outcomes

    def waits_for(self, transaction_hash: str) -> bool:
        """Return whether the fate of a bundle is still open."""
        return any(
            sent.transaction_hash == transaction_hash for sent in self._parts.journal.unsettled()
        )

    def _decide(
        self, book: MarketBook, pending: Sequence[Unsettled], laps: Laps
    ) -> tuple[Ticket, Parcel] | NoPlan:
        parts, life = self._parts, self._life
        if (why_not := life.must_wait(pending, book.block)) is not None:
            return why_not
        checked = decide(book, parts.planner, parts.check, laps.lap, self._doubt)
        laps.lap("check")
        if isinstance(checked, NoPlan):
            return checked
        if (why_not := life.objection(checked, pending)) is not None:
            return why_not
        ticket, parcel = parts.orders.sign(checked, book), life.parcel(checked)
        laps.lap("sign")
        if any(one.transaction_hash == ticket.transaction_hash for one in pending):
            detail = "the very same is out already"
            return NoPlan(block=book.block, refusal=Refusal.BUNDLE_PENDING, detail=detail)
        return ticket, parcel

    def _doubt(self, plan: Plan) -> None:
        self._parts.pools.doubt({leg.pool for leg in plan.swaps}, plan.block)

    def _send(self, ticket: Ticket, parcel: Parcel, laps: Laps) -> str:
        """Send once, with the intent on disk before and the answer after; return what went wrong.

        Raises:
            RelayRefused: the relay will refuse the next one too.
        """
        journal, transaction = self._parts.journal, ticket.transaction_hash
        journal.intend(ticket, parcel)
        self._life.sent(ticket, parcel)
        laps.lap("intend")
        try:
            receipt = self._parts.orders.send(ticket, parcel.replacement_uuid)
            laps.lap("send", until=receipt.sent_at)
        except RelayRefused as error:
            journal.answer(transaction, Fate.REFUSED, str(error))
            raise
        except RelayUnavailable as error:
            journal.answer(transaction, Fate.REFUSED, str(error))
            log.warning("bundle_not_taken", transaction=transaction, reason=str(error))
            return str(error)
        except OutcomeUnknown as error:
            journal.answer(transaction, Fate.UNKNOWN, str(error))
            log.warning("bundle_outcome_unknown", transaction=transaction, reason=str(error))
            return str(error)
        journal.answer(transaction, Fate.ACCEPTED)
        log.info(
            "bundle_sent",
            transaction=transaction,
            block=ticket.target_block,
            profit_raw=ticket.plan.profit,
            token=ticket.plan.token.symbol,
            **_certified(ticket.plan),
        )
        return ""

    async def _read_heads(self, newest: asyncio.Queue[Head]) -> None:
        async for head in self._parts.heads:
            newest.put_nowait(head)
        raise NodeUnreachable(self._parts.heads.ws_url, "the head feed ended")


def _certified(plan: Plan) -> dict[str, object]:
    if (found := plan.certificate) is None:
        return {}
    if found.is_doubtful:
        log.warning("search_doubtful", block=plan.block, **msgspec.structs.asdict(found))
    return {"bound_raw": found.bound, "gap": found.gap}

"""The atomic engine: one head in, one decision out, everything written down around the act."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import nullcontext

import msgspec
import structlog

from bot.chain.rpc import RpcClient
from bot.decision import decide
from bot.domain.errors import NodeUnreachable, RetryableError, SkipError
from bot.domain.inclusions import Parcel
from bot.domain.messages import Head, NoPlan, Outcome, Refusal, Ticket
from bot.domain.plans import Plan
from bot.domain.units import Nanos
from bot.execution.bundle_life import BundleLife
from bot.execution.bundle_sender import BundleSender
from bot.execution.node_trust_guard import NodeGuard, Trouble
from bot.execution.plan_check import Checked, PlanCheck
from bot.execution.send_times import SendTimes, by_heads
from bot.feeds.block_feed import BlockFeed, newest_of
from bot.feeds.log_feed import LogFeed
from bot.feeds.merged_heads import MergedHeads
from bot.history.journal import Journal, Unsettled
from bot.history.laps import Laps
from bot.last_book import LastBook
from bot.market.book import MarketBook
from bot.pauses import collected_by_hand
from bot.sending import Sending
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
    heads: BlockFeed | MergedHeads
    pools: LogFeed
    planner: ExecutionPlanner
    check: PlanCheck
    orders: BundleSender
    journal: Journal
    times: SendTimes = msgspec.field(default_factory=by_heads)
    trust: NodeGuard | None = None  # None: every word of the node is believed
    afterwards: Callable[[Head], None] = lambda _: None  # what can wait until a head is dealt with
    last: LastBook = msgspec.field(default_factory=LastBook)
    between: Callable[[], Coroutine[None, None, None]] | None = None  # what acts between two heads


class AtomicEngine:
    """Trades one plan per block at most; beside what may still land, its replacement only."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._settlement = Settlement(parts.rpc, parts.journal)
        self._life = BundleLife(parts.journal, parts.orders)
        self._sending = Sending(parts.orders, parts.journal, self._life)

    async def reports(self) -> AsyncIterator[Report]:
        """Yield a report per head; a head that arrives during work replaces the one before it.

        After a slot without a block the last head is worked on again, for the slot that is next.

        Raises:
            NodeUnreachable: the head feed ended.
            HaltError: a person must act.
        """
        newest: asyncio.Queue[Head] = asyncio.Queue()
        reader = asyncio.create_task(self._read_heads(newest))
        between = asyncio.create_task(self._act_between())
        head: Head | None = None
        try:
            with collected_by_hand() as collect:
                while True:
                    missed_s = self._parts.times.until_missed_s()
                    head = await newest_of(newest, reader, again=head, within_s=missed_s)
                    try:
                        yield await asyncio.to_thread(self.on_head, head)
                    except (RetryableError, SkipError) as error:
                        log.warning("head_skipped", block=head.number, reason=str(error))
                    collect()
                    if between.done():
                        between.result()  # raises what ended it
        finally:
            reader.cancel()
            between.cancel()

    def on_head(self, head: Head) -> Report:
        """Settle what was sent, decide, and act once.

        Raises:
            RetryableError: nothing was decided; the next head is a new chance.
            SkipError: the same; the node does not know the head any more.
            HaltError: a person must act.
        """
        last, trust = self._parts.last, self._parts.trust
        with last.changing():
            with nullcontext() if trust is None else trust.watching(head):
                report = self._dealt_with(head)
            last.book = report.book
        return report

    def _dealt_with(self, head: Head) -> Report:
        parts, laps = self._parts, Laps(head.seen_at)
        laps.lap("wake")
        settled: list[Outcome] = []
        try:
            with parts.times.deciding(head) as slot:
                book, pending = self._look(head, laps, settled)
                book = book.after_missed(slot.missed).lasting(parts.orders.blocks)
                self._life.heard(settled)
                decision, problem = self._act(book, pending, laps)
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

    def tell_trouble(self, hear: Callable[[Trouble], None]) -> None:
        """Let somebody hear of nodes that lie or lag; in the thread that trades."""
        if self._parts.trust is not None:
            self._parts.trust.on_trouble = hear

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

    def _act(
        self, book: MarketBook, pending: Sequence[Unsettled], laps: Laps
    ) -> tuple[Ticket | NoPlan, str]:
        """Decide, and send once or write down why not; return also what went wrong in sending."""
        found = self._decide(book, pending, laps)
        if isinstance(found, NoPlan):
            self._parts.journal.refuse(found)
            log.info("nothing_sent", block=book.block, reason=found.line)
            self._life.refused(found, pending)
            return found, ""
        ticket, parcel = found
        return ticket, self._sending.send(ticket, parcel, laps)

    def _decide(
        self, book: MarketBook, pending: Sequence[Unsettled], laps: Laps
    ) -> tuple[Ticket, Parcel] | NoPlan:
        parts, life = self._parts, self._life
        if (why_not := self._idle(book, pending)) is not None:
            return why_not
        checked = decide(book, parts.planner, parts.check, laps.lap, self._doubt)
        laps.lap("check")
        if isinstance(checked, NoPlan):
            return checked
        why_not = self._objection(checked, book, pending)
        laps.lap("trust")
        if why_not is not None:
            return why_not
        ticket, parcel = parts.orders.sign(checked, book), life.parcel(checked)
        laps.lap("sign")
        return life.hindrance(ticket, pending) or (ticket, parcel)

    def _idle(self, book: MarketBook, pending: Sequence[Unsettled]) -> NoPlan | None:
        """Return why nothing is planned at all."""
        parts = self._parts
        if (why_not := self._life.must_wait(pending, book.block)) is not None:
            return why_not
        if late := parts.times.why_not(book.block + 1):
            return NoPlan(block=book.block, refusal=Refusal.TOO_LATE, detail=late)
        return None if parts.trust is None else parts.trust.forbids(book)

    def _objection(
        self, checked: Checked, book: MarketBook, pending: Sequence[Unsettled]
    ) -> NoPlan | None:
        """Return why a plan that was confirmed is not signed."""
        trust = self._parts.trust
        doubts = None if trust is None else trust.objection(book, checked.nonce)
        return doubts or self._life.objection(checked, pending)

    def _doubt(self, plan: Plan) -> None:
        self._parts.pools.doubt({leg.pool for leg in plan.swaps}, plan.block)

    async def _act_between(self) -> None:
        if self._parts.between is not None:
            await self._parts.between()

    async def _read_heads(self, newest: asyncio.Queue[Head]) -> None:
        async for head in self._parts.heads:
            newest.put_nowait(head)
        raise NodeUnreachable(self._parts.heads.ws_url, "the head feed ended")

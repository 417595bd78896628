"""The atomic engine's eyes alone: every block is read and planned, nothing is signed or sent."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import structlog

from bot.decision import decide
from bot.domain.errors import NodeUnreachable, RetryableError, SkipError
from bot.domain.messages import Head, NoPlan
from bot.domain.plans import Plan
from bot.execution.plan_check import PlanCheck
from bot.feeds.block_feed import BlockFeed, newest_of
from bot.feeds.log_feed import LogFeed
from bot.strategy.offers import Offer
from bot.strategy.planning import ExecutionPlanner

log = structlog.get_logger()


class AtomicSight(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to see and plan; no key."""

    heads: BlockFeed
    pools: LogFeed
    planner: ExecutionPlanner
    check: PlanCheck | None = None  # where plans are to be simulated too


class AtomicWatch:
    """Says what would be sent, block after block."""

    def __init__(self, sight: AtomicSight, tell: Callable[[Plan], None] = lambda _: None) -> None:
        """`tell` hears of every plan that would have been sent."""
        self._sight, self._tell = sight, tell

    def tell_offers(self, hear: Callable[[Offer | None], None]) -> None:
        """Let somebody hear of the best offer of every block; in the thread that plans."""
        self._sight.planner.on_offer = hear

    async def decisions(self) -> AsyncIterator[Plan | NoPlan]:
        """Yield a decision per head; a head that arrives during work replaces the one before it.

        Raises:
            NodeUnreachable: the head feed ended.
        """
        newest: asyncio.Queue[Head] = asyncio.Queue()
        reader = asyncio.create_task(self._read_heads(newest))
        try:
            while True:
                head = await newest_of(newest, reader)
                try:
                    decision = await asyncio.to_thread(self._decide, head)
                except (RetryableError, SkipError) as error:
                    log.warning("head_skipped", block=head.number, reason=str(error))
                    continue
                yield decision
        finally:
            reader.cancel()

    def _decide(self, head: Head) -> Plan | NoPlan:
        sight = self._sight
        book = sight.pools.read(head)
        if sight.check is None:
            plan = sight.planner.plan(book)
        else:
            checked = decide(book, sight.planner, sight.check)
            plan = checked if isinstance(checked, NoPlan) else checked.plan
        if isinstance(plan, Plan):
            log.info(
                "bundle_not_sent",
                block=head.number,
                route=plan.route,
                profit_raw=plan.profit,
                token=plan.token.symbol,
                simulated=sight.check is not None,
            )
            self._tell(plan)
        else:
            log.info("nothing_sent", block=head.number, reason=plan.line)
        return plan

    async def _read_heads(self, newest: asyncio.Queue[Head]) -> None:
        async for head in self._sight.heads:
            newest.put_nowait(head)
        raise NodeUnreachable(self._sight.heads.ws_url, "the head feed ended")

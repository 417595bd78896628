"""What became of what was sent: asked of the chain, and written down."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from bot.chain.rpc import RpcClient
from bot.domain.messages import Outcome
from bot.execution.reconciliation import outcome_of, receipt_of
from bot.history.journal import Journal, Unsettled

log = structlog.get_logger()

Fates = tuple[list[Unsettled], list[Outcome]]  # may still land, and what became of the others


class Settlement:
    """Asks for the fates of a journal's bundles."""

    def __init__(self, rpc: RpcClient, journal: Journal) -> None:
        self._rpc, self._journal = rpc, journal

    @contextmanager
    def asked(self, head_block: int) -> Iterator[Callable[[], Fates]]:
        """Ask about every bundle without a known fate; yield what reads the answer, once.

        A bundle whose target block was undone may land again: it is asked for as before.

        Raises:
            NodeUnreachable: no answer; ask again before anything else is sent.
            NodeRefused: the same.
        """
        unsettled = self._journal.unsettled(head_block)

        def fates() -> Fates:
            pending, outcomes = [], []
            for sent, receipt in zip(unsettled, asked.each(), strict=True):
                outcome = outcome_of(self._rpc, sent, receipt, head_block)
                if outcome is None:
                    pending.append(sent)
                else:
                    outcomes.append(outcome)
            return pending, outcomes

        with self._rpc.ask([receipt_of(sent) for sent in unsettled]) as asked:
            yield fates

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Write fates down: after the act, for a fate that is lost with us is asked for again."""
        for outcome in outcomes:
            self._journal.settle(outcome)
            log.info(
                "bundle_settled",
                fate=outcome.fate.value,
                transaction=outcome.transaction_hash,
                block=outcome.block,
                profit_raw=outcome.profit,
                gas_used=outcome.gas_used,
                fee_wei=outcome.fee_wei,
            )

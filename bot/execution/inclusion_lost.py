"""What a transaction of the operator is that no row of the journal knows."""

from collections.abc import Sequence
from typing import Any

import structlog

from bot.chain.rpc import RpcCall
from bot.domain.adoptions import ForeignUse, Landed
from bot.domain.executor_lists import ExecutorLists
from bot.domain.units import Address
from bot.execution.calldata import decode_execute
from bot.execution.finality import Lineage, MovedOn, Node
from bot.execution.inclusion_search import Act
from bot.execution.reconciliation import sent_to_treasury
from bot.history.bundle_adoptions import BundleAdoptions

log = structlog.get_logger()

_SUCCESS = "0x1"


class LostRuns:
    """Tells runs of plans from other uses of the key, and writes both down."""

    def __init__(
        self, node: Node, lineage: Lineage, executor: Address | str, lists: ExecutorLists
    ) -> None:
        self._node, self._lineage = node, lineage
        self._executor, self._lists = executor.lower(), lists

    def told_apart(self, acts: Sequence[Act]) -> tuple[list[Landed], list[ForeignUse]]:
        """Return what each of these transactions is, in their order.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: one is not on the chain of the head.
        """
        calls: list[RpcCall] = [("eth_getTransactionReceipt", (one["hash"],)) for one in acts]
        landed, foreign = [], []
        for act, receipt in zip(acts, self._node.batch_each(calls), strict=True):
            if not isinstance(receipt, dict):
                raise MovedOn
            block, block_hash = int(receipt["blockNumber"], 16), receipt["blockHash"]
            if not self._lineage.holds(block, block_hash):
                raise MovedOn
            key, nonce = str(act["hash"]), int(act["nonce"], 16)
            found = self._run(act, receipt, block)
            if isinstance(found, str):
                foreign.append(ForeignUse(key, nonce, block, block_hash, found))
            else:
                landed.append(found)
        return landed, foreign

    def _run(self, act: Act, receipt: dict[str, Any], block: int) -> Landed | str:
        """Return the run that it is, or why it is none."""
        to = str(act["to"] or "").lower()
        if to != self._executor:
            return f"it goes to {to or 'nobody: it deploys a contract'}, not to the executor"
        plan = decode_execute(bytes.fromhex(act["input"][2:]), self._lists)
        if plan is None:
            return "it calls the executor with something else than a plan"
        paid = receipt["status"] != _SUCCESS or sent_to_treasury(self._node, receipt, plan.token)
        if paid is None:
            return "it succeeded and sent the treasury nothing"
        nonce = int(act["nonce"], 16)
        return Landed(transaction_hash=act["hash"], nonce=nonce, block=block, plan=plan)


def write_down(
    kept: BundleAdoptions,
    found: tuple[Sequence[Landed], Sequence[ForeignUse]],
    gone: Sequence[ForeignUse],
) -> None:
    """Write what was found, forget what is `gone`, and tell both.

    Raises:
        JournalUnusable: nothing was written.
    """
    landed, foreign = found
    kept.write(landed, foreign, gone)
    for run in landed:
        log.warning(
            "bundle_adopted",
            transaction=run.transaction_hash,
            block=run.block,
            nonce=run.nonce,
            token=run.plan.token.symbol,
        )
    for use in foreign:
        log.warning(
            "operator_key_used_elsewhere",
            transaction=use.transaction_hash,
            block=use.block,
            nonce=use.nonce,
            reason=use.why,
        )

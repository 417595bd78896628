"""What became of a sent transaction: asked of the chain, never assumed."""

from typing import Any

from bot.chain.abi import word
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.domain.messages import Fate, Outcome
from bot.domain.units import Raw, Wei


def settle(
    rpc: RpcClient, transaction_hash: str, target_block: int, head_block: int
) -> Outcome | None:
    """Return the outcome of a bundle, or None while its target block is still to come.

    A bundle lands in its target block or never.

    Raises:
        NodeUnreachable: no answer; ask again before anything else is sent.
    """
    receipt: dict[str, Any] | None = rpc.call("eth_getTransactionReceipt", transaction_hash)
    if receipt is None:
        if head_block < target_block:
            return None
        return Outcome(transaction_hash=transaction_hash, fate=Fate.MISSED, block=head_block)
    gas_used = int(receipt["gasUsed"], 16)
    included = receipt["status"] == "0x1"
    return Outcome(
        transaction_hash=transaction_hash,
        fate=Fate.INCLUDED if included else Fate.REVERTED,
        block=int(receipt["blockNumber"], 16),
        profit=_executed_profit(receipt["logs"], receipt["to"]) if included else Raw(0),
        gas_used=gas_used,
        fee_wei=Wei(gas_used * int(receipt["effectiveGasPrice"], 16)),
    )


def _executed_profit(logs: list[dict[str, Any]], executor: str) -> Raw:
    """Return what the executor reported as its profit, in its one anonymous event.

    Raises:
        BadConfiguration: a successful run without its event is not our executor's.
    """
    for entry in logs:
        if entry["address"] == executor and not entry["topics"]:
            return Raw(word(bytes.fromhex(entry["data"][2:]), 0))
    raise BadConfiguration("the executor logged no Executed event: is it another version?")

"""All receipts of a block, held against the root in its header: then its logs are certain."""

from collections.abc import Sequence
from typing import Any

import rlp

from bot.chain.header_trie import list_root


def receipts_root(answer: Any) -> bytes:
    """Return the root of the receipts in a node's `eth_getBlockReceipts`.

    Raises:
        ValueError: they are not receipts.

    Source: EIP-2718 and EIP-658.
    """
    try:
        return list_root([_encoded(receipt) for receipt in answer])
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not the receipts of a block: {error!r}") from error


def logs_for(answer: Sequence[Any], chosen: dict[str, Any]) -> list[Any]:
    """Return the logs of a block's receipts that a filter of `eth_getLogs` is for, in order.

    Addresses may be one or many; a topic is one, many, or None for any.
    """
    return [log for receipt in answer for log in receipt["logs"] if _matches(log, chosen)]


def _matches(log: Any, chosen: dict[str, Any]) -> bool:
    addresses = _many(chosen.get("address"))
    if addresses is not None and log["address"].lower() not in addresses:
        return False
    topics = log["topics"]
    wanted = [_many(one) for one in chosen.get("topics", ())]
    return len(topics) >= len(wanted) and all(
        one is None or topic.lower() in one for one, topic in zip(wanted, topics, strict=False)
    )


def _many(wanted: Any) -> set[str] | None:
    if wanted is None:
        return None
    return {str(one).lower() for one in ([wanted] if isinstance(wanted, str) else wanted)}


def _encoded(receipt: Any) -> bytes:
    logs = [
        [_bytes(log["address"]), [_bytes(topic) for topic in log["topics"]], _bytes(log["data"])]
        for log in receipt["logs"]
    ]
    fields = [
        int(receipt["status"], 16),
        int(receipt["cumulativeGasUsed"], 16),
        _bytes(receipt["logsBloom"]),
        logs,
    ]
    kind = int(receipt.get("type") or "0x0", 16)
    encoded = bytes(rlp.encode(fields))
    return bytes([kind]) + encoded if kind else encoded


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])

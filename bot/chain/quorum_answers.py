"""What two nodes must agree on in their answers to one request about one block."""

from typing import Any

from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused

# Their answers follow from the block alone; traces and receipts differ from client to client.
_COMPARED = frozenset(
    [
        "eth_call",
        "eth_getLogs",
        "eth_getTransactionCount",
        "eth_getBalance",
        "eth_getCode",
        "eth_simulateV1",
    ]
)
_NO_SUCH_CALL = (-32601, -32602)


def block_of(call: RpcCall) -> str | None:
    """Return the hash of the block that a call asks about; None: two nodes may differ in it."""
    method, params = call
    if method not in _COMPARED:
        return None
    hashes = (one.get("blockHash") for one in params if isinstance(one, dict))
    return next((found for found in hashes if isinstance(found, str)), None)


def lacks_block(answer: Any) -> bool:
    """Return whether a node answered that it cannot say: it may not have the block yet."""
    return isinstance(answer, NodeRefused) and answer.code not in _NO_SUCH_CALL


def difference(call: RpcCall, first: Any, second: Any) -> str:
    """Return in what two answers differ; empty: in nothing that a plan rests on.

    A call that a node does not know says nothing about the other's answer.
    """
    method = call[0]
    if any(isinstance(one, NodeRefused) and one.code in _NO_SUCH_CALL for one in (first, second)):
        return ""
    if isinstance(first, NodeRefused) and isinstance(second, NodeRefused):
        return ""
    return "" if essence(method, first) == essence(method, second) else f"answers to {method}"


def essence(method: str, answer: Any) -> Any:
    """Return what counts of an answer, in the same words whichever client gave it."""
    try:
        if method == "eth_getLogs":
            return [
                (log["address"].lower(), tuple(log["topics"]), log["data"].lower())
                for log in answer
            ]
        if method == "eth_simulateV1":
            return [
                (one["status"], one["returnData"], int(one["gasUsed"], 16))
                for block in answer
                for one in block["calls"]
            ]
        if method in ("eth_getTransactionCount", "eth_getBalance"):
            return int(answer, 16)
        return answer.lower()
    except (KeyError, TypeError, ValueError, AttributeError):
        return f"nonsense: {answer!r:.200}"

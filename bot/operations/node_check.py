"""The configured nodes, one by one and against each other, before anything is trusted to them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bot.chain.header_hash import Header, read_header
from bot.chain.header_receipts import receipts_root
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused, NodeUnreachable

_WHOLE_TRANSACTIONS = False
_NOBODY = "0x" + "00" * 20
_NEAR = 1  # blocks that two nodes may be apart at one moment


class NodeFinding(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said of one node, or of all of them."""

    node: str  # host and port
    is_right: bool
    detail: str


def examine_nodes(urls: Sequence[str], chain_id: int, timeout_s: float) -> list[NodeFinding]:
    """Return what each node is good for, and whether two of them are on one chain."""
    nodes = [RpcClient(url, timeout_s=timeout_s) for url in urls]
    found: list[NodeFinding] = []
    newest: list[Header] = []
    for node in nodes:
        try:
            header = _newest(node, chain_id)
        except (NodeUnreachable, NodeRefused, ValueError) as error:
            found.append(NodeFinding(node=_host(node.url), is_right=False, detail=str(error)))
            continue
        newest.append(header)
        detail = f"block {header.number} is what its hash says; {_proofs(node, header)}"
        found.append(NodeFinding(node=_host(node.url), is_right=True, detail=detail))
    if len(nodes) == 1:
        detail = "one node: nobody contradicts what it says of a market; see docs/nodes.md"
        found.append(NodeFinding(node="together", is_right=True, detail=detail))
    elif len(newest) == len(nodes):
        found.append(_together(nodes, newest))
    for node in nodes:
        node.close()
    return found


def _newest(node: RpcClient, chain_id: int) -> Header:
    told = int(node.call("eth_chainId"), 16)
    if told != chain_id:
        raise ValueError(f"it serves chain {told}, expected {chain_id}")
    return read_header(node.call("eth_getBlockByNumber", "latest", _WHOLE_TRANSACTIONS))


def _proofs(node: RpcClient, header: Header) -> str:
    """Return what the node proves; what it does not, no lie of the other can be proven by."""
    at = {"blockHash": header.hash}
    trace: dict[str, Any] = {"tracer": "prestateTracer"}
    proof, receipts, traced = node.batch_each(
        [
            ("eth_getProof", (_NOBODY, [], at)),
            ("eth_getBlockReceipts", (header.hash,)),
            ("debug_traceCall", ({"to": _NOBODY}, at, trace)),
        ]
    )
    able = {
        "proves accounts": not isinstance(proof, NodeRefused),
        "proves logs": isinstance(receipts, list)
        and receipts_root(receipts) == header.receipts_root,
        "traces": not isinstance(traced, NodeRefused),
    }
    missing = [name for name, is_able in able.items() if not is_able]
    return f"does not: {', '.join(missing)}" if missing else ", ".join(able)


def _together(nodes: Sequence[RpcClient], newest: Sequence[Header]) -> NodeFinding:
    """Compare at the lower head: one may have the next block already."""
    apart = max(one.number for one in newest) - min(one.number for one in newest)
    lower = min(newest, key=lambda one: one.number)
    hashes = set()
    for node in nodes:
        told = node.call("eth_getBlockByNumber", hex(lower.number), _WHOLE_TRANSACTIONS)
        hashes.add(told["hash"] if isinstance(told, dict) else None)
    if len(hashes) > 1:
        detail = f"they have different blocks {lower.number}"
    elif apart > _NEAR:
        detail = f"they are {apart} blocks apart"
    else:
        detail = f"the same block {lower.number}"
    is_right = len(hashes) == 1 and apart <= _NEAR
    return NodeFinding(node="together", is_right=is_right, detail=detail)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]

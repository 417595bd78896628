"""eth_callBundle: the documented result, from a simulation on the node."""

from typing import Any

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.units import SLOT_S, Wei
from bot.sandbox.bundle_requests import CallRequest, bundle_hash
from bot.sandbox.bundle_simulation import BlockContext, TransactionResult, simulate

_HASHES_ONLY = False


def call_bundle(
    node: RpcClient, request: CallRequest, *, coinbase: str, chain_id: int
) -> dict[str, Any]:
    """Return the result object; amounts of wei are decimal texts.

    Raises:
        InvalidTransaction: the bundle cannot be in a block on that state.
        NodeUnreachable: the node did not answer.
        NodeRefused: the node has no such state.
    """
    state = node.call("eth_getBlockByNumber", request.state, _HASHES_ONLY)
    if state is None:
        raise NodeRefused("eth_getBlockByNumber", -32000, f"no block {request.state}")
    fees = node.call("eth_feeHistory", "0x1", state["number"], [])
    context = BlockContext(
        number=request.block,
        timestamp=request.timestamp or int(state["timestamp"], 16) + SLOT_S,
        base_fee=Wei(int(fees["baseFeePerGas"][-1], 16)),
        coinbase=coinbase,
        gas_limit=int(state["gasLimit"], 16),
        chain_id=chain_id,
        state=state["number"],
    )
    results = simulate(node, context, request.transactions)
    gas_used = sum(one.gas_used for one in results)
    paid = sum(one.coinbase_diff for one in results)
    fees_paid = sum(one.gas_fees for one in results)
    return {
        "bundleGasPrice": str(paid // gas_used),
        "bundleHash": bundle_hash(request.transactions),
        "coinbaseDiff": str(paid),
        "ethSentToCoinbase": str(paid - fees_paid),
        "gasFees": str(fees_paid),
        "results": [_one(result) for result in results],
        "stateBlockNumber": int(state["number"], 16),
        "totalGasUsed": gas_used,
    }


def _one(result: TransactionResult) -> dict[str, Any]:
    shown = {
        "coinbaseDiff": str(result.coinbase_diff),
        "ethSentToCoinbase": str(result.coinbase_diff - result.gas_fees),
        "fromAddress": result.transaction.sender,
        "gasFees": str(result.gas_fees),
        "gasPrice": str(result.coinbase_diff // result.gas_used),
        "gasUsed": result.gas_used,
        "toAddress": result.transaction.to,
        "txHash": result.transaction.tx_hash,
    }
    if result.succeeded:
        return shown | {"value": "0x" + result.return_data.hex()}
    return shown | {"error": "execution reverted", "revert": result.revert_reason}

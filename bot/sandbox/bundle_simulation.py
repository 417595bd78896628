"""Runs bundle transactions through the node's eth_simulateV1, and measures what the builder gets.

Anvil's eth_simulateV1 checks neither nonces nor fees, even when told to validate: done here.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from eth_abi.abi import decode as abi_decode

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.units import Wei
from bot.sandbox.raw_transactions import BundleTransaction

# Asked between the transactions: COINBASE BALANCE PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
_BALANCE_PROBE_CODE = "0x41315f5260205ff3"
_BALANCE_PROBE = "0x00000000000000000000000000000000ba1a7ce0"
_PROBE_CALL = {
    "from": _BALANCE_PROBE,
    "to": _BALANCE_PROBE,
    "gas": hex(50_000),
    "maxFeePerGas": "0x0",
    "maxPriorityFeePerGas": "0x0",
}
_MAX_TRANSACTION_GAS = 1 << 24  # EIP-7825, mainnet since Osaka; anvil does not enforce it
_ERROR_SELECTOR = bytes.fromhex("08c379a0")  # Error(string)


class InvalidTransaction(ValueError):
    """It cannot be in that block at all, whatever it would do there."""

    def __init__(self, reason: str, tx_hash: str) -> None:
        super().__init__(f"err: {reason}; txhash {tx_hash}")
        self.reason, self.tx_hash = reason, tx_hash


class BlockContext(msgspec.Struct, frozen=True, kw_only=True):
    """The block to simulate in, and the state below it."""

    number: int
    timestamp: int  # seconds
    base_fee: Wei  # per gas
    coinbase: str
    gas_limit: int
    chain_id: int
    state: str  # block tag or hex number; "pending" has the public transactions in it
    gas_taken: int = 0  # by what is already in the block
    senders: tuple[str, ...] = ()  # of what is already in the block, lower case


class TransactionResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one transaction did."""

    transaction: BundleTransaction
    gas_used: int
    succeeded: bool
    return_data: bytes
    coinbase_diff: Wei
    gas_fees: Wei  # the coinbase's part: priority fees
    logs: tuple[dict[str, Any], ...] = ()  # as the node tells them

    @property
    def revert_reason(self) -> str:
        """The text of `Error(string)`, else the raw revert data, else what little is known."""
        data = self.return_data
        if data[:4] == _ERROR_SELECTOR and len(data) >= 68:
            return str(abi_decode(["string"], data[4:], strict=False)[0])
        return "0x" + data.hex() if data else "no revert data"


def simulate(
    node: RpcClient, context: BlockContext, transactions: Sequence[BundleTransaction]
) -> list[TransactionResult]:
    """Run `transactions` in order on top of the context's state.

    Raises:
        InvalidTransaction: nonce, fee, balance, gas or chain forbid one of them.
        NodeUnreachable: the node did not answer.
    """
    _require_valid(node, context, transactions)
    calls: list[dict[str, Any]] = [_PROBE_CALL]
    for one in transactions:
        calls += [one.as_call(), _PROBE_CALL]
    block = {
        "stateOverrides": {_BALANCE_PROBE: {"code": _BALANCE_PROBE_CODE}},
        "blockOverrides": {
            "number": hex(context.number),
            "time": hex(context.timestamp),
            "baseFeePerGas": hex(context.base_fee),
            "feeRecipient": context.coinbase,
            "gasLimit": hex(context.gas_limit),
        },
        "calls": calls,
    }
    request = {"blockStateCalls": [block], "validation": True}
    try:
        answer = node.call("eth_simulateV1", request, context.state)
    except NodeRefused as error:
        raise InvalidTransaction(error.message, transactions[0].tx_hash) from error
    return _results(context, transactions, answer[0]["calls"])


def _results(
    context: BlockContext, transactions: Sequence[BundleTransaction], calls: list[dict[str, Any]]
) -> list[TransactionResult]:
    balances = [int(probe["returnData"], 16) for probe in calls[::2]]
    results = []
    for at, transaction in enumerate(transactions):
        call = calls[2 * at + 1]
        gas_used = int(call["gasUsed"], 16)
        results.append(
            TransactionResult(
                transaction=transaction,
                gas_used=gas_used,
                succeeded=call["status"] == "0x1",
                return_data=bytes.fromhex(call["returnData"][2:]),
                coinbase_diff=Wei(balances[at + 1] - balances[at]),
                gas_fees=Wei(gas_used * priority_fee(transaction, context.base_fee)),
                logs=tuple(call.get("logs", ())),
            )
        )
    return results


def priority_fee(transaction: BundleTransaction, base_fee: Wei) -> Wei:
    """Return what the coinbase gets per gas, in wei."""
    return Wei(min(transaction.max_priority_fee, transaction.max_fee - base_fee))


def _require_valid(
    node: RpcClient, context: BlockContext, transactions: Sequence[BundleTransaction]
) -> None:
    state = "latest" if context.state == "pending" else context.state
    senders = sorted({one.sender for one in transactions})
    counts = node.batch([("eth_getTransactionCount", (sender, state)) for sender in senders])
    nonces = {
        sender: int(count, 16) + context.senders.count(sender)
        for sender, count in zip(senders, counts, strict=True)
    }
    gas_left = context.gas_limit - context.gas_taken
    for one in transactions:
        reason = _objection(one, context, nonces[one.sender])
        if reason is None and one.gas > gas_left:
            reason = f"gas limit {one.gas} exceeds the {gas_left} left in the block"
        if reason is not None:
            raise InvalidTransaction(reason, one.tx_hash)
        nonces[one.sender] += 1
        gas_left -= one.gas


def _objection(one: BundleTransaction, context: BlockContext, nonce: int) -> str | None:
    if one.chain_id not in {None, context.chain_id}:
        return f"chain id {one.chain_id}, this is {context.chain_id}"
    if one.nonce != nonce:
        side = "low" if one.nonce < nonce else "high"
        return f"nonce too {side}: address {one.sender}, tx: {one.nonce} state: {nonce}"
    if one.gas > _MAX_TRANSACTION_GAS:
        return f"gas limit {one.gas} exceeds the {_MAX_TRANSACTION_GAS} a transaction may have"
    if one.max_fee < context.base_fee:
        return f"max fee per gas less than block base fee: {one.max_fee} < {context.base_fee}"
    if one.max_priority_fee > one.max_fee:
        return "max priority fee per gas higher than max fee per gas"
    return None

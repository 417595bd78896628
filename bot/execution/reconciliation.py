"""What became of a sent transaction: asked of the chain, never assumed."""

from functools import lru_cache
from typing import Any, Protocol

from eth_utils.crypto import keccak

from bot.chain.abi import encode_hex
from bot.chain.rpc import RpcCall
from bot.domain.assets import Token
from bot.domain.errors import BadConfiguration, NodeLied, NodeRefused
from bot.domain.messages import Fate, Outcome
from bot.domain.units import Raw, Wei

TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()
_WORD_DIGITS = 64


class Asks(Protocol):
    """A node that answers calls."""

    def call(self, method: str, *params: Any) -> Any:
        """Return the result; raise NodeUnreachable or NodeRefused."""


class Sent(Protocol):
    """A bundle, as its journal remembers it."""

    @property
    def transaction_hash(self) -> str:
        """Of the one transaction in it."""
        ...

    @property
    def target_block(self) -> int:
        """The block that it was made for."""
        ...

    @property
    def last_block(self) -> int:
        """After which it cannot land any more."""
        ...

    @property
    def token(self) -> Token:
        """In which the profit is made."""
        ...


def receipt_of(sent: Sent) -> RpcCall:
    """Return the request for what the chain knows of a bundle."""
    return "eth_getTransactionReceipt", (sent.transaction_hash,)


def outcome_of(
    rpc: Asks, sent: Sent, receipt: dict[str, Any] | NodeRefused | None, head_block: int
) -> Outcome | None:
    """Return the outcome of a bundle by the answer to `receipt_of`, None while it may still land.

    A bundle lands in its target block or never, a private transaction up to its last one.

    Raises:
        NodeRefused: the node did not say; ask again before anything else is sent.
        NodeUnreachable: the same.
        NodeLied: the receipt is of another transaction.
    """
    if isinstance(receipt, NodeRefused):
        raise receipt
    if receipt is None:
        if head_block < sent.last_block:
            return None
        return Outcome(transaction_hash=sent.transaction_hash, fate=Fate.MISSED, block=head_block)
    _require_of(rpc, sent.transaction_hash, receipt)
    gas_used = int(receipt["gasUsed"], 16)
    included = receipt["status"] == "0x1"
    return Outcome(
        transaction_hash=sent.transaction_hash,
        fate=Fate.INCLUDED if included else Fate.REVERTED,
        block=int(receipt["blockNumber"], 16),
        profit=profit_of(rpc, receipt, sent.token) if included else Raw(0),
        gas_used=gas_used,
        fee_wei=Wei(gas_used * int(receipt["effectiveGasPrice"], 16)),
    )


def _require_of(rpc: Asks, transaction_hash: str, receipt: dict[str, Any]) -> None:
    """Check that a receipt is the one that was asked for: a node may hand out another's."""
    told = receipt.get("transactionHash", transaction_hash)
    if told != transaction_hash:
        url = str(getattr(rpc, "url", "of the bundles"))
        raise NodeLied(url, f"asked for the receipt of {transaction_hash}, told {told}'s")


def profit_of(rpc: Asks, receipt: dict[str, Any], token: Token) -> Raw:
    """Return what a successful run sent to the executor's treasury of `token`; no tip is in it.

    Raises:
        BadConfiguration: a successful run that sent nothing is not our executor's.
    """
    sent = sent_to_treasury(rpc, receipt, token)
    if sent is None:
        raise BadConfiguration("the run sent its treasury nothing: is it another contract?")
    return sent


def sent_to_treasury(rpc: Asks, receipt: dict[str, Any], token: Token) -> Raw | None:
    """Return what a run sent to its treasury of `token`, None where it sent none at all."""
    node: Any = rpc  # remembered by who it is
    treasury = treasury_topic(node, receipt["to"])
    sent = [
        int(entry["data"], 16)
        for entry in receipt["logs"]
        if entry["address"].lower() == token.address.lower()
        and entry["topics"][0] == TRANSFER
        and entry["topics"][2] == treasury
    ]
    return Raw(sum(sent)) if sent else None


@lru_cache(maxsize=8)
def treasury_topic(rpc: Any, executor: str) -> str:
    """Return an executor's treasury, which nobody can change, as transfers to it name it."""
    asked = {"to": executor, "data": encode_hex("TREASURY()")}
    return "0x" + str(rpc.call("eth_call", asked, "latest"))[2:].rjust(_WORD_DIGITS, "0")

"""Where on the chain the operator's nonces were used: by counts of them, not by reading blocks."""

from collections.abc import Sequence
from typing import Any

from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused
from bot.domain.units import Address
from bot.execution.finality import Header, MovedOn, Node
from bot.execution.reconciliation import TRANSFER

_PROBES = 15  # counts per question: each narrows a range to a sixteenth
_WHOLE_TRANSACTIONS = True

Act = dict[str, Any]  # a transaction as nodes tell it


class NonceSearch:
    """Asks one node about one account."""

    def __init__(self, node: Node, operator: Address | str) -> None:
        self._node, self._operator = node, operator.lower()

    def first_kept(self, first: int, head: int) -> tuple[int, int]:
        """Return the earliest block from `first` on whose state the node has, and the count there.

        The count is how many nonces were used by its end.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: it has not even the head's.
        """
        refused, (found, last) = first, self._counts([first, head])
        if found is not None:
            return first, found
        if last is None:
            raise MovedOn
        while head - refused > 1:
            numbers = _between(refused, head)
            for number, count in zip(numbers, self._counts(numbers), strict=True):
                if count is not None:
                    head, last = number, count
                    break
                refused = number
        return head, last

    def block_of(self, nonce: int, below: int, upto: int) -> int:
        """Return the block that used a nonce: after `below`, by the end of `upto` at last.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node does not keep the state of a block in between any more.
        """
        while upto - below > 1:
            numbers = _between(below, upto)
            for number, count in zip(numbers, self._counts(numbers), strict=True):
                if count is None:
                    raise MovedOn
                if count > nonce:
                    upto = number
                    break
                below = number
        return upto

    def acts_in(self, header: Header) -> list[Act]:
        """Return the account's transactions in a block, in order.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the block is gone.
        """
        calls: list[RpcCall] = [("eth_getBlockByHash", (header.hash, _WHOLE_TRANSACTIONS))]
        (body,) = self._node.batch_each(calls)
        if not isinstance(body, dict):
            raise MovedOn
        return [one for one in body["transactions"] if one["from"].lower() == self._operator]

    def paying(
        self, tokens: Sequence[str], treasury: str, blocks: range
    ) -> list[tuple[int, str]] | None:
        """Return (block, transaction) of every transfer to a treasury, by its topic, in `blocks`.

        Where the state of blocks is not kept, their logs are: but runs that failed are in none.
        None: the node did not say.

        Raises:
            NodeUnreachable: no answer.
        """
        chosen: dict[str, Any] = {
            "fromBlock": hex(blocks.start),
            "toBlock": hex(blocks.stop - 1),
            "address": list(tokens),
            "topics": [TRANSFER, None, treasury],
        }
        (answer,) = self._node.batch_each([("eth_getLogs", (chosen,))])
        if isinstance(answer, NodeRefused):
            return None
        return sorted(
            {(int(one["blockNumber"], 16), str(one["transactionHash"])) for one in answer}
        )

    def acts_of(self, hashes: Sequence[str]) -> list[Act]:
        """Return those of these transactions that are the account's.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: one is gone.
        """
        calls: list[RpcCall] = [("eth_getTransactionByHash", (one,)) for one in hashes]
        answers = self._node.batch_each(calls)
        if not all(isinstance(one, dict) for one in answers):
            raise MovedOn
        return [one for one in answers if one["from"].lower() == self._operator]

    def _counts(self, numbers: Sequence[int]) -> list[int | None]:
        calls: list[RpcCall] = [
            ("eth_getTransactionCount", (self._operator, hex(number))) for number in numbers
        ]
        answers = self._node.batch_each(calls)
        return [None if isinstance(one, NodeRefused) else int(one, 16) for one in answers]


def _between(low: int, high: int) -> list[int]:
    """Return heights between two, evenly; there is one at least."""
    parts = _PROBES + 1
    return sorted({low + (high - low) * part // parts for part in range(1, parts)} - {low})

"""Which blocks count, seen from one head, and which of them can never be undone."""

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused
from bot.domain.messages import Head
from bot.domain.units import Wei

FINAL_BLOCKS = 64  # two epochs: for nodes that do not know the tag
_KEPT = 512  # blocks remembered
_LONGEST_WAY = 8  # blocks between two heads that are walked; past more, all is asked afresh
_HASHES_ONLY = False


class Node(Protocol):
    """A node's JSON-RPC; `RpcClient` is one. Both raise NodeUnreachable."""

    def call(self, method: str, *params: Any) -> Any:
        """Return the result; raise NodeRefused for an error."""

    def batch_each(self, calls: list[RpcCall]) -> list[Any]:
        """Return a result, or a NodeRefused, for each."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of a block."""

    number: int
    hash: str
    parent_hash: str
    base_fee: Wei
    builder: str  # who is paid, lower case
    timestamp_s: int


class MovedOn(Exception):
    """The node is on another chain than the head we ask about; never leaves this folder."""


class Lineage:
    """The chain below the newest head: followed by parents, asked for where it is not known."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._hashes: dict[int, str] = {}
        self._headers: dict[str, Header] = {}
        self._head = 0

    def follow(self, head: Head) -> None:
        """Let `head` be the end of the chain; what it orphaned is forgotten.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node does not know it any more.
        """
        number, block_hash, parent, walked = head.number, head.hash, head.parent_hash, 0
        for above in [one for one in self._hashes if one > head.number]:
            del self._hashes[above]
        while self._hashes.get(number) != block_hash:
            self._hashes[number] = block_hash
            if not any(one < number for one in self._hashes):
                break
            if self._hashes.get(number - 1) == parent:
                break
            walked += 1
            if walked > _LONGEST_WAY:
                self._hashes = {n: h for n, h in self._hashes.items() if n >= number}
                break
            above_hash = self._of(parent)
            number, block_hash, parent = number - 1, parent, above_hash.parent_hash
        self._head = head.number
        for old in sorted(self._hashes)[:-_KEPT]:
            del self._hashes[old]

    def learn(self, numbers: Iterable[int]) -> None:
        """Ask for the blocks at these heights that are not known, all at once.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: it has none there.
        """
        wanted = sorted({one for one in numbers if 0 <= one <= self._head} - set(self._hashes))
        calls: list[RpcCall] = [
            ("eth_getBlockByNumber", (hex(number), _HASHES_ONLY)) for number in wanted
        ]
        for number, answer in zip(wanted, self._node.batch_each(calls), strict=True):
            self._hashes[number] = self._keep(answer).hash

    def hash_at(self, number: int) -> str | None:
        """Return the block's hash, None above the head."""
        if number > self._head or number < 0:
            return None
        if number not in self._hashes:
            self.learn([number])
        return self._hashes[number]

    def holds(self, number: int, block_hash: str) -> bool:
        """Return whether a block is on the chain."""
        return self.hash_at(number) == block_hash

    def header(self, number: int) -> Header:
        """Return what is known of the block at a height of the chain.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: it is above the head, or gone.
        """
        found = self.hash_at(number)
        if found is None:
            raise MovedOn
        return self._of(found)

    def forget(self) -> None:
        """Ask for everything afresh."""
        self._hashes.clear()

    def _of(self, block_hash: str) -> Header:
        known = self._headers.get(block_hash)
        if known is not None:
            return known
        (answer,) = self._node.batch_each([("eth_getBlockByHash", (block_hash, _HASHES_ONLY))])
        return self._keep(answer)

    def _keep(self, answer: Any) -> Header:
        if not isinstance(answer, dict):
            raise MovedOn
        found = Header(
            number=int(answer["number"], 16),
            hash=answer["hash"],
            parent_hash=answer["parentHash"],
            base_fee=Wei(int(answer.get("baseFeePerGas") or "0x0", 16)),
            builder=str(answer["miner"]).lower(),
            timestamp_s=int(answer["timestamp"], 16),
        )
        self._headers[found.hash] = found
        while len(self._headers) > _KEPT:
            del self._headers[next(iter(self._headers))]
        return found


class Finality:
    """Says up to which block nothing can be undone; never falls back."""

    def __init__(self, node: Node, *, blocks: int = FINAL_BLOCKS) -> None:
        """`blocks` below the head count as final where the node has no `finalized`."""
        self._node, self._blocks = node, blocks
        self._newest = -1

    def below(self, head: int) -> int:
        """Return the number of the newest final block; below zero: none is.

        Raises:
            NodeUnreachable: no answer.
        """
        (answer,) = self._node.batch_each([("eth_getBlockByNumber", ("finalized", _HASHES_ONLY))])
        if isinstance(answer, NodeRefused) or answer is None:
            found = head - self._blocks
        else:
            found = min(int(answer["number"], 16), head)
        self._newest = max(self._newest, found)
        return self._newest

"""A chain in memory that answers JSON-RPC about blocks, receipts, nonces, logs and traces.

A stand-in for a node, honest unless told to be late: what it says of one block never contradicts
itself, and its state is worked out from its blocks alone.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.domain.errors import NodeRefused, NodeUnreachable
from bot.domain.messages import Head
from bot.domain.units import Nanos, Wei

GWEI = 10**9
BASE_FEE = 10 * GWEI
BUILDER = "0x" + "b0" * 20
TREASURY = 0x33
_numbers = itertools.count(1)


def some_hash() -> str:
    return "0x" + keccak(next(_numbers).to_bytes(8, "big")).hex()


_METHODS = {
    "eth_getBlockByNumber": "block_at",
    "eth_getBlockByHash": "block_of",
    "eth_getTransactionReceipt": "receipt",
    "eth_getTransactionByHash": "transaction",
    "eth_getTransactionCount": "count",
    "eth_getLogs": "logs",
    "eth_call": "treasury",
    "debug_traceTransaction": "trace",
}


class Tx(msgspec.Struct, kw_only=True):
    """One transaction and what it does when it is mined."""

    sender: str
    to: str
    nonce: int
    hash: str = msgspec.field(default_factory=some_hash)
    reverts: bool = False
    logs: list[dict[str, Any]] = []
    gas_used: int = 200_000
    priority: int = GWEI
    direct: int = 0  # to the builder, in wei
    data: str = "0x"


class MemoryBlock(msgspec.Struct, kw_only=True):
    number: int
    hash: str
    parent: str
    transactions: tuple[Tx, ...]


class Refused(Exception):
    def __init__(self, why: str, code: int = -32000) -> None:
        super().__init__(why)
        self.code = code


class MemoryAsked:
    """A batch that is answered when it is read, as the chain is by then."""

    def __init__(self, chain: "MemoryChain", calls: list[Any]) -> None:
        self._chain, self._calls = chain, calls

    def each(self) -> list[Any]:
        return self._chain.batch_each(self._calls)


class MemoryChain:
    """Satisfies `Node`; also counts what it was asked."""

    def __init__(self, *, traces: bool = True, tag: bool = True, final_after: int = 6) -> None:
        self.blocks = [MemoryBlock(number=0, hash=some_hash(), parent="0x0", transactions=())]
        self.by_hash = {self.blocks[0].hash: self.blocks[0]}
        self.pool: dict[str, Tx] = {}
        self.late: dict[str, int] = {}  # transaction: asked so often in vain
        self.unreachable = 0  # so many requests are not answered
        self.kept_from = 0  # the state of earlier blocks is not there
        self.requests = 0
        self._where: dict[str, tuple[MemoryBlock, Tx, int]] = {}
        self._traces, self._tag, self._final_after = traces, tag, final_after

    def mine(self, *transactions: Tx) -> MemoryBlock:
        head = self.blocks[-1]
        block = MemoryBlock(
            number=head.number + 1,
            hash=some_hash(),
            parent=head.hash,
            transactions=transactions,
        )
        for at, one in enumerate(transactions):
            assert one.hash not in self._where
            self._where[one.hash] = block, one, at
            self.pool.pop(one.hash, None)
        self.blocks.append(block)
        self.by_hash[block.hash] = block
        return block

    def undo(self, depth: int) -> list[MemoryBlock]:
        """Orphan the newest blocks and return them, oldest first."""
        gone = self.blocks[-depth:]
        del self.blocks[-depth:]
        for block in gone:
            for one in block.transactions:
                del self._where[one.hash]
        return gone

    @property
    def head(self) -> Head:
        block = self.blocks[-1]
        return Head(
            number=block.number,
            hash=block.hash,
            parent_hash=block.parent,
            timestamp_s=12 * block.number,
            base_fee=Wei(BASE_FEE),
            gas_used=0,
            gas_limit=60_000_000,
            seen_at=Nanos(0),
        )

    def batch_each(self, calls: list[Any]) -> list[Any]:
        if not calls:
            return []
        if self.unreachable > 0:
            self.unreachable -= 1
            raise NodeUnreachable("http://memory", "told to be away")
        self.requests += 1
        return [self._answer(method, params) for method, params in calls]

    def call(self, method: str, *params: Any) -> Any:
        (answer,) = self.batch_each([(method, params)])
        if isinstance(answer, NodeRefused):
            raise answer
        return answer

    @contextmanager
    def ask(self, calls: list[Any]) -> Iterator["MemoryAsked"]:
        yield MemoryAsked(self, calls)

    def _answer(self, method: str, params: tuple[Any, ...]) -> Any:
        try:
            return getattr(self, _METHODS[method])(*params)
        except Refused as error:
            return NodeRefused(method, error.code, str(error))

    def block_at(self, tag: str, *rest: bool) -> Any:
        if tag == "finalized":
            if not self._tag:
                raise Refused("unknown tag")
            number = max(self.blocks[-1].number - self._final_after, 0)
        else:
            number = int(tag, 16)
        return self._told(self.blocks[number], *rest) if number < len(self.blocks) else None

    def block_of(self, block_hash: str, *rest: bool) -> Any:
        found = self.by_hash.get(block_hash)
        return None if found is None else self._told(found, *rest)

    def receipt(self, tx_hash: str) -> Any:
        if self.late.get(tx_hash, 0) > 0:
            self.late[tx_hash] -= 1
            return None
        return self._receipt(tx_hash)

    def transaction(self, tx_hash: str) -> Any:
        receipt = self._receipt(tx_hash)
        if receipt is not None:
            one = self._where[tx_hash][1]
            return {**_body(one), "blockNumber": receipt["blockNumber"]}
        return {"hash": tx_hash, "blockNumber": None} if tx_hash in self.pool else None

    def count(self, who: str, at: Any) -> str:
        if isinstance(at, dict):
            block = self.by_hash[at["blockHash"]]
            if block not in self.blocks:
                raise Refused("not canonical")
            number = block.number
        else:
            number = int(at, 16)
        if number < self.kept_from:
            raise Refused("missing trie node")
        return hex(
            max(
                (
                    one.nonce + 1
                    for block in self.blocks[: number + 1]
                    for one in block.transactions
                    if one.sender.lower() == who.lower()
                ),
                default=0,
            )
        )

    def logs(self, chosen: dict[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" not in chosen:
            return self._logs_between(chosen)
        block = self.by_hash[chosen["blockHash"]]
        wanted = chosen["address"]
        addresses = {one.lower() for one in ([wanted] if isinstance(wanted, str) else wanted)}
        return [
            {**log, "transactionHash": one.hash, "transactionIndex": hex(at)}
            for at, one in enumerate(block.transactions)
            for log in ([] if one.reverts else one.logs)
            if log["address"].lower() in addresses
        ]

    def _logs_between(self, chosen: dict[str, Any]) -> list[dict[str, Any]]:
        """Told by heights, and by topics: None is any."""
        numbers = range(int(chosen["fromBlock"], 16), int(chosen["toBlock"], 16) + 1)
        return [
            {**log, "blockNumber": hex(number)}
            for number in numbers
            for log in self.logs({**chosen, "blockHash": self.blocks[number].hash})
            if all(a in (None, b) for a, b in zip(chosen["topics"], log["topics"], strict=False))
        ]

    def treasury(self, _call: Any, _at: str) -> str:
        return f"0x{TREASURY:064x}"

    def trace(self, tx_hash: str, _options: Any) -> Any:
        if not self._traces:
            raise Refused("Method not found", -32601)
        one = self._where[tx_hash][1]
        failed = {"type": "CALL", "to": BUILDER, "value": hex(10**20), "error": "reverted"}
        paid = {"type": "CALL", "to": BUILDER, "value": hex(one.direct)}
        inherited = {"type": "DELEGATECALL", "to": BUILDER, "value": hex(one.direct)}
        return {"type": "CALL", "to": one.to, "value": "0x0", "calls": [failed, paid, inherited]}

    def _receipt(self, tx_hash: str) -> Any:
        if tx_hash not in self._where:
            return None
        block, one, at = self._where[tx_hash]
        return {
            "transactionHash": tx_hash,
            "transactionIndex": hex(at),
            "blockNumber": hex(block.number),
            "blockHash": block.hash,
            "from": one.sender,
            "to": one.to,
            "status": "0x0" if one.reverts else "0x1",
            "gasUsed": hex(one.gas_used),
            "effectiveGasPrice": hex(BASE_FEE + one.priority),
            "logs": [] if one.reverts else one.logs,
        }

    def _told(self, block: MemoryBlock, *rest: bool) -> dict[str, Any]:
        return {
            "number": hex(block.number),
            "hash": block.hash,
            "parentHash": block.parent,
            "timestamp": hex(12 * block.number),
            "miner": BUILDER,
            "baseFeePerGas": hex(BASE_FEE),
            "transactions": [_body(one) if rest[0] else one.hash for one in block.transactions],
        }


def _body(one: Tx) -> dict[str, Any]:
    return {
        "hash": one.hash,
        "from": one.sender,
        "to": one.to,
        "nonce": hex(one.nonce),
        "input": one.data,
    }

"""The logs of our pools in one block, asked by the block's hash."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec

from bot.chain.pool_key import pool_id
from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused
from bot.domain.venues import PoolSpec, Venue

_DIGITS = 64  # of a word in hex
_SIGN, _MODULUS = 1 << 255, 1 << 256


class Log(msgspec.Struct, frozen=True, rename="camel"):
    """One event as JSON-RPC tells it; numbers are read out of the hex where they are needed."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_hash: str

    def word(self, at: int) -> int:
        """Return an unsigned word of the data.

        Raises:
            ValueError: the data ends before it.
        """
        start = 2 + _DIGITS * at
        digits = self.data[start : start + _DIGITS]
        if len(digits) != _DIGITS:
            raise ValueError(f"no word {at} in {self.data!r:.80}")
        return int(digits, 16)

    def signed(self, at: int) -> int:
        """Return a signed word of the data.

        Raises:
            ValueError: the data ends before it.
        """
        return _signed(self.word(at))

    def signed_topic(self, at: int) -> int:
        """Return a signed indexed value; topic 0 is the event itself.

        Raises:
            ValueError: there is no such topic.
        """
        if at >= len(self.topics):
            raise ValueError(f"{len(self.topics)} topics, number {at} is missing")
        return _signed(int(self.topics[at], 16))


class LogQuery:
    """Asks for every log of some pools; those in one contract, Uniswap V4's, by their ids."""

    def __init__(self, specs: Sequence[PoolSpec]) -> None:
        self._by_address = {
            spec.address.lower(): spec for spec in specs if spec.venue is not Venue.UNISWAP_V4
        }
        in_manager = [spec for spec in specs if spec.venue is Venue.UNISWAP_V4]
        self._by_id = {"0x" + pool_id(spec).hex(): spec for spec in in_manager}
        self._filters: list[dict[str, Any]] = []
        if self._by_address:
            self._filters.append({"address": list(self._by_address)})
        if in_manager:
            ids = list(self._by_id)
            self._filters.append({"address": in_manager[0].address, "topics": [None, ids]})

    def calls(self, block_hash: str) -> list[RpcCall]:
        """Return the requests for one block."""
        return [("eth_getLogs", ({"blockHash": block_hash, **chosen},)) for chosen in self._filters]

    def sort(self, block_hash: str, answers: Sequence[Any]) -> dict[PoolSpec, list[Log]]:
        """Return the logs of each pool that had any, in the order of the block.

        Raises:
            NodeRefused: the node at `url` refused one of the calls.
            NodeUnreachable: an answer is not a list of logs of that block.
        """
        found: dict[PoolSpec, list[Log]] = defaultdict(list)
        for answer in answers:
            if isinstance(answer, NodeRefused):
                raise answer
            for log in msgspec.convert(answer, list[Log]):  # its error is a ValueError
                if log.block_hash != block_hash:
                    raise ValueError(f"a log of block {log.block_hash}, asked for {block_hash}")
                found[self._spec(log)].append(log)
        return dict(found)

    def _spec(self, log: Log) -> PoolSpec:
        spec = self._by_address.get(log.address.lower())
        if spec is None and len(log.topics) > 1:
            spec = self._by_id.get(log.topics[1])
        if spec is None:
            raise ValueError(f"a log of {log.address}, which was not asked for")
        return spec


def _signed(value: int) -> int:
    return value - _MODULUS if value >= _SIGN else value

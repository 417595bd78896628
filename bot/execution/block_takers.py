"""Who took the gaps of one block: arbitrage of others, from the logs of pools that we know."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import islice
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.chain.pool_key import pool_id
from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused
from bot.domain.inclusions import BlockId, Take, Tip, TipSource
from bot.domain.plans import Leg
from bot.domain.units import Wei
from bot.domain.venues import BALANCER_VAULT, UNISWAP_V4_POOL_MANAGER, PoolSpec, Venue
from bot.execution.block_takers_flows import APPROVAL, TRANSFER, gain_of, goes_along
from bot.execution.finality import Header, MovedOn, Node

_MOST_RECEIPTS = 8  # per question
_MOST_TRACES = 8
_NO_SUCH_METHOD = -32601
_NOT_TOLD = (TRANSFER, APPROVAL)  # of a pool's own shares
_BALANCER = (Venue.BALANCER_V2, Venue.BALANCER_V2_BATCH)
_BALANCER_SWAP = "0x" + keccak(text="Swap(bytes32,address,address,uint256,uint256)").hex()
_VAULT_EVENTS = [
    "0x" + keccak(text="Deposit(address,address,uint256,uint256)").hex(),
    "0x" + keccak(text="Withdraw(address,address,address,uint256,uint256)").hex(),
]
_UNTRACED = ("STATICCALL", "DELEGATECALL", "CALLCODE")  # they carry no ether of their own


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that changed pools."""

    transaction_hash: str
    position: int
    pools: tuple[PoolSpec, ...]


class BlockTakers:
    """Asks a node about blocks; every question is bounded."""

    def __init__(self, node: Node, ours: Collection[str]) -> None:
        """`ours` are addresses whose transactions are not somebody else's."""
        self._node, self._ours = node, {one.lower() for one in ours}
        self._traces = True

    def moves(self, blocks: Sequence[str], pools: Sequence[PoolSpec]) -> list[tuple[Move, ...]]:
        """Return for each block, by its hash, what changed `pools` in it, in order.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: a block is not known any more.
        """
        filters = _filters(pools)
        calls: list[RpcCall] = [
            ("eth_getLogs", ({"blockHash": one, **chosen},)) for one in blocks for chosen in filters
        ]
        answers = iter(self._node.batch_each(calls))
        return [_sorted(pools, list(islice(answers, len(filters)))) for _ in blocks]

    def takes(
        self, header: Header, moves: Sequence[Move], *, least: int = 1
    ) -> list[tuple[Take, dict[str, Any]]]:
        """Return the arbitrage of others among `moves` of at least so many pools, with receipts.

        Those with most pools are looked at, a few of them.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the block is not on the chain any more.
        """
        wide = [one for one in moves if len(one.pools) >= least]
        chosen = sorted(wide, key=lambda one: -len(one.pools))[:_MOST_RECEIPTS]
        chosen.sort(key=lambda one: one.position)
        found = []
        for move, receipt in zip(chosen, self._receipts(header, chosen), strict=True):
            ends = {str(receipt["from"]).lower(), str(receipt["to"] or "").lower()}
            gain = None if ends & self._ours or receipt["status"] != "0x1" else gain_of(receipt)
            if gain is not None:
                found.append((move, receipt, gain))
        tips = self.tips(header, [receipt for _, receipt, _ in found])
        return [
            (
                Take(
                    transaction_hash=move.transaction_hash,
                    block=BlockId(header.number, header.hash),
                    position=move.position,
                    sender=str(receipt["from"]).lower(),
                    contract=str(receipt["to"] or "").lower(),
                    pools=tuple(spec.name for spec in move.pools),
                    token=gain.token,
                    symbol=gain.symbol,
                    gain=gain.raw,
                    tip=tip,
                ),
                receipt,
            )
            for (move, receipt, gain), tip in zip(found, tips, strict=True)
        ]

    def taker(self, header: Header, moves: Sequence[Move], legs: Sequence[Leg]) -> Take | None:
        """Return who took the gap that `legs` would have closed: the first to move most of it."""
        best: tuple[int, Take] | None = None
        for take, receipt in self.takes(header, moves):
            same = sum(leg.pool.name in take.pools and goes_along(receipt, leg) for leg in legs)
            if same and (best is None or same > best[0]):
                best = same, take
        return best[1] if best else None

    def tips(self, header: Header, receipts: Sequence[dict[str, Any]]) -> list[Tip]:
        """Return what transactions paid the builder, with direct payments where they are traced.

        Raises:
            NodeUnreachable: no answer.
        """
        traces: list[Any] = [None] * len(receipts)
        if self._traces and receipts:
            options = {"tracer": "callTracer"}
            calls: list[RpcCall] = [
                ("debug_traceTransaction", (one["transactionHash"], options))
                for one in receipts[:_MOST_TRACES]
            ]
            answers = self._node.batch_each(calls)
            self._traces = not any(_is_unknown(one) for one in answers)
            traces[: len(answers)] = answers
        return [_tip(header, one, trace) for one, trace in zip(receipts, traces, strict=True)]

    def _receipts(self, header: Header, moves: Sequence[Move]) -> list[dict[str, Any]]:
        calls: list[RpcCall] = [
            ("eth_getTransactionReceipt", (one.transaction_hash,)) for one in moves
        ]
        found = self._node.batch_each(calls)
        if not all(isinstance(one, dict) and one["blockHash"] == header.hash for one in found):
            raise MovedOn
        return found


def _filters(pools: Sequence[PoolSpec]) -> list[dict[str, Any]]:
    by_id = [spec for spec in pools if spec.venue is Venue.UNISWAP_V4]
    in_vault = [spec for spec in pools if spec.venue in _BALANCER]
    vaults = [spec for spec in pools if spec.venue is Venue.ERC4626]
    apart = {*by_id, *in_vault, *vaults}
    plain = sorted({spec.address for spec in pools if spec not in apart})
    found: list[dict[str, Any]] = [{"address": plain}] if plain else []
    if by_id:
        ids = ["0x" + pool_id(spec).hex() for spec in by_id]
        found.append({"address": UNISWAP_V4_POOL_MANAGER, "topics": [None, ids]})
    if in_vault:
        ids = sorted({"0x" + one.hex() for spec in in_vault for one in spec.pool_ids})
        found.append({"address": BALANCER_VAULT, "topics": [[_BALANCER_SWAP], ids]})
    if vaults:
        addresses = sorted({spec.address for spec in vaults})
        found.append({"address": addresses, "topics": [_VAULT_EVENTS]})
    return found


def _sorted(pools: Sequence[PoolSpec], answers: Sequence[Any]) -> tuple[Move, ...]:
    names = _names(pools)
    touched: dict[tuple[int, str], dict[PoolSpec, None]] = defaultdict(dict)
    for answer in answers:
        if isinstance(answer, NodeRefused) or not isinstance(answer, list):
            raise MovedOn
        for log in answer:
            if not log["topics"] or log["topics"][0] in _NOT_TOLD:
                continue
            at = (int(log["transactionIndex"], 16), str(log["transactionHash"]))
            for key in (str(log["address"]).lower(), *log["topics"][1:2]):
                touched[at].update(dict.fromkeys(names.get(key, ())))
    return tuple(
        Move(transaction_hash=key[1], position=key[0], pools=tuple(found))
        for key, found in sorted(touched.items(), key=lambda one: one[0])
        if found
    )


def _names(pools: Sequence[PoolSpec]) -> dict[str, list[PoolSpec]]:
    found: dict[str, list[PoolSpec]] = defaultdict(list)
    for spec in pools:
        if spec.venue is Venue.UNISWAP_V4:
            found["0x" + pool_id(spec).hex()].append(spec)
        elif spec.venue in _BALANCER:
            for one in spec.pool_ids:
                found["0x" + one.hex()].append(spec)
        else:
            found[spec.address.lower()].append(spec)
    return found


def _tip(header: Header, receipt: dict[str, Any], trace: Any) -> Tip:
    per_gas = int(receipt["effectiveGasPrice"], 16) - header.base_fee
    priority = Wei(int(receipt["gasUsed"], 16) * per_gas)
    if not isinstance(trace, dict) or "type" not in trace:
        return Tip(priority=priority, source=TipSource.PRIORITY_FEE)
    direct = Wei(_paid_to(header.builder, trace))
    return Tip(priority=priority, direct=direct, source=TipSource.TRACE)


def _paid_to(builder: str, trace: dict[str, Any]) -> int:
    """Return the ether that calls which did not fail carried to the builder."""
    total, left = 0, [trace]
    while left:
        frame = left.pop()
        if frame.get("error"):
            continue
        if str(frame.get("to", "")).lower() == builder and frame["type"] not in _UNTRACED:
            total += int(frame.get("value") or "0x0", 16)
        left += frame.get("calls") or ()
    return total


def _is_unknown(answer: Any) -> bool:
    return isinstance(answer, NodeRefused) and answer.code == _NO_SUCH_METHOD

"""What the chain below one head says of one bundle."""

from collections.abc import Sequence
from typing import Any

import msgspec
from eth_utils.crypto import keccak

from bot.chain.rpc import RpcCall
from bot.domain.errors import NodeRefused
from bot.domain.inclusions import (
    BlockId,
    Ending,
    SentBundle,
    Take,
    Tip,
    TipSource,
    Verdict,
    Way,
)
from bot.domain.messages import Fate
from bot.domain.units import Raw, Wei
from bot.execution.block_takers import BlockTakers
from bot.execution.finality import Lineage, MovedOn, Node
from bot.execution.inclusion_nonces import NonceUsers
from bot.execution.reconciliation import profit_of, sent_to_treasury

_SUCCESS = "0x1"
_HASHES_ONLY = False


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a node answered about a bundle."""

    receipts: tuple[dict[str, Any] | None, ...]  # by its transactions
    is_public: bool  # the node knows one of ours that is in no block
    used_before: bool  # one of its nonces, by the end of its last block, and by none of it


class Judge:
    """Asks and decides; nothing is remembered but the chain itself."""

    def __init__(
        self, node: Node, lineage: Lineage, takers: BlockTakers, users: NonceUsers
    ) -> None:
        self._node, self._lineage, self._takers, self._users = node, lineage, takers, users

    def judge(self, bundle: SentBundle, head: int, used: int) -> tuple[Verdict, bool]:
        """Return the verdict on a bundle, of whose nonces `used` are used, and if it was leaked.

        Raises:
            NodeUnreachable: no answer.
            MovedOn: the node says things that are not of one chain; ask at another head.
            BadConfiguration: a run of ours that paid the treasury nothing.
        """
        seen = self._seen(bundle, head, used)
        is_public = bundle.is_public or (seen.is_public and bundle.last_block <= head)
        if any(_of_ours(bundle, seen)):
            verdict = self._landed(bundle, seen)
        elif bundle.last_block > head:
            verdict = Verdict(ending=Ending.WAITING, block=bundle.last_block)
        else:
            verdict = self._left_out(bundle, seen, is_public=is_public)
        return msgspec.structs.replace(verdict, used=used), is_public

    def _seen(self, bundle: SentBundle, head: int, used: int) -> Seen:
        hashes = [one.hash for one in bundle.transactions]
        calls: list[RpcCall] = [("eth_getTransactionReceipt", (one,)) for one in hashes]
        calls += [("eth_getTransactionByHash", (one,)) for one in hashes]
        if bundle.last_block <= head:
            calls.append(self._users.count_at(bundle.last_block))
        answers = self._node.batch_each(calls)
        receipts, known = answers[: len(hashes)], answers[len(hashes) : 2 * len(hashes)]
        if any(isinstance(one, NodeRefused) for one in (*receipts, *known)):
            raise MovedOn
        self._require_one_chain(receipts, known)
        count = answers[-1] if bundle.last_block <= head else "0x0"
        landed = any(
            one is not None and not sent.sender
            for one, sent in zip(receipts, bundle.transactions, strict=True)
        )
        return Seen(
            receipts=tuple(receipts),
            is_public=any(
                one is not None and one.get("blockNumber") is None and not sent.sender
                for one, sent in zip(known, bundle.transactions, strict=True)
            ),
            used_before=used > 0 and not landed and self._used_before(bundle, count),
        )

    def _used_before(self, bundle: SentBundle, count: Any) -> bool:
        if isinstance(count, NodeRefused):  # the state of that block is not kept any more
            return bool(self._users.user_of(bundle))
        return int(count, 16) > bundle.nonces[0]

    def _require_one_chain(self, receipts: Sequence[Any], known: Sequence[Any]) -> None:
        """A receipt must be of a block below the head; what is in a block must have one."""
        found = [one for one in receipts if one is not None]
        self._lineage.learn(int(one["blockNumber"], 16) for one in found)
        for one in found:
            if not self._lineage.holds(int(one["blockNumber"], 16), one["blockHash"]):
                raise MovedOn
        for receipt, one in zip(receipts, known, strict=True):
            if receipt is None and one is not None and one.get("blockNumber") is not None:
                raise MovedOn

    def _landed(self, bundle: SentBundle, seen: Seen) -> Verdict:
        ours = [one for one in _of_ours(bundle, seen) if one is not None]
        torn = _torn(bundle, seen) or self._misplaced(bundle, ours)
        blocks = {int(one["blockNumber"], 16): str(one["blockHash"]) for one in ours}
        gas = sum(int(one["gasUsed"], 16) for one in ours)
        fee = sum(int(one["gasUsed"], 16) * int(one["effectiveGasPrice"], 16) for one in ours)
        return Verdict(
            ending=_ending(bundle, ours, torn),
            reason=torn,
            block=max(blocks),
            relies_on=tuple(BlockId(*one) for one in sorted(blocks.items())),
            profit=self._profit(bundle, ours),
            gas_used=gas,
            fee=Wei(fee),
            tip=self._tip(ours),
        )

    def _misplaced(self, bundle: SentBundle, ours: Sequence[dict[str, Any]]) -> str:
        """Return what is wrong with what a backrun stands behind, or nothing."""
        if not bundle.parcel.behind:
            return ""
        place = int(ours[0]["transactionIndex"], 16)
        asked: RpcCall = ("eth_getBlockByHash", (ours[0]["blockHash"], _HASHES_ONLY))
        (body,) = self._node.batch_each([asked])
        if not isinstance(body, dict):
            raise MovedOn
        before = str(body["transactions"][place - 1]) if place else ""
        if before and "0x" + keccak(bytes.fromhex(before[2:])).hex() == bundle.parcel.behind:
            return ""
        return f"not behind the hinted transaction, but behind {before or 'none'}"

    def _profit(self, bundle: SentBundle, ours: Sequence[dict[str, Any]]) -> Raw:
        """Return what the run of the plan earned, and others of the same executor beside it."""
        good = [one for one in ours if one["status"] == _SUCCESS]
        runs = [one for one in good if one["transactionHash"] == bundle.transaction_hash]
        earned: int = sum(profit_of(self._node, one, bundle.token) for one in runs)
        beside = [one for one in good if runs and one is not runs[0] and one["to"] == runs[0]["to"]]
        earned += sum(sent_to_treasury(self._node, one, bundle.token) or 0 for one in beside)
        return Raw(earned)

    def _tip(self, ours: Sequence[dict[str, Any]]) -> Tip:
        tips = [
            tip
            for number in sorted({int(one["blockNumber"], 16) for one in ours})
            for tip in self._takers.tips(
                self._lineage.header(number),
                [one for one in ours if int(one["blockNumber"], 16) == number],
            )
        ]
        is_traced = all(one.source is TipSource.TRACE for one in tips)
        return Tip(
            priority=Wei(sum(one.priority for one in tips)),
            direct=Wei(sum(one.direct for one in tips)),
            source=TipSource.TRACE if is_traced else TipSource.PRIORITY_FEE,
        )

    def _left_out(self, bundle: SentBundle, seen: Seen, *, is_public: bool) -> Verdict:
        header = self._lineage.header(bundle.last_block)
        taker: Take | None = None
        if is_public:
            ending, reason = Ending.SEEN_IN_PUBLIC, "a node has it outside of any block"
        elif seen.used_before:
            ending, reason = self._users.explain(bundle)
        elif newer := self._users.newer(bundle):
            ending, reason = Ending.REPLACED, f"by {newer}, sent after it for the same block"
        elif bundle.doubt:
            ending, reason = Ending.FAILED_SIMULATION, bundle.doubt
        elif bundle.fate is Fate.REFUSED:
            ending, reason = Ending.NOT_TAKEN, bundle.note
        elif unsent := self._users.unsent(bundle):
            ending, reason = Ending.NOT_TAKEN, unsent
        else:
            ending, reason, taker = self._overtaken(bundle)
        return Verdict(
            ending=ending,
            reason=reason,
            block=bundle.last_block,
            relies_on=(BlockId(header.number, header.hash),),
            taker=taker,
        )

    def _overtaken(self, bundle: SentBundle) -> tuple[Ending, str, Take | None]:
        legs = bundle.swaps
        if not legs:
            return Ending.NOT_BUILT, "found on chain, which has left it since", None
        header = self._lineage.header(bundle.target_block)
        known = bundle.verdict
        if known and known.taker and known.taker.block == BlockId(header.number, header.hash):
            return known.ending, known.reason, known.taker
        pools = tuple(dict.fromkeys(leg.pool for leg in legs))
        (moves,) = self._takers.moves([header.hash], pools)
        taker = self._takers.taker(header, moves, legs)
        if taker is not None:
            reason = f"by {taker.transaction_hash} of {taker.sender}"
            return Ending.OUTBID, reason, taker
        if moves:
            first = moves[0]
            names = ", ".join(spec.name for spec in first.pools)
            reason = f"{first.transaction_hash} moved {names} at position {first.position}"
            return Ending.STALE, reason, None
        return Ending.NOT_BUILT, "its pools stood still: no builder put it in", None


def _of_ours(bundle: SentBundle, seen: Seen) -> list[dict[str, Any] | None]:
    return [
        receipt
        for sent, receipt in zip(bundle.transactions, seen.receipts, strict=True)
        if not sent.sender
    ]


def _ending(bundle: SentBundle, ours: Sequence[dict[str, Any]], torn: str) -> Ending:
    """Return how it landed; nobody promised that a private transaction never reverts."""
    is_private = bundle.parcel.way is Way.PRIVATE
    if is_private and any(one["status"] != _SUCCESS for one in ours):
        return Ending.REVERTED
    return Ending.UNBUNDLED if torn else Ending.INCLUDED


def _torn(bundle: SentBundle, seen: Seen) -> str:
    """Return how it is on chain other than sent, or nothing."""
    found = [one for one in seen.receipts if one is not None]
    first, last = bundle.target_block, bundle.last_block
    elsewhere = [n for one in found if not first <= (n := int(one["blockNumber"], 16)) <= last]
    if elsewhere:
        return f"in block {elsewhere[0]}, its target was {bundle.target_block}"
    if len(found) < len(seen.receipts):
        return f"{len(found)} of its {len(seen.receipts)} transactions are on chain"
    places = [int(one["transactionIndex"], 16) for one in found]
    if places != list(range(places[0], places[0] + len(places))):
        return f"its transactions are at positions {', '.join(str(one) for one in places)}"
    if any(one is not None and one["status"] != _SUCCESS for one in _of_ours(bundle, seen)):
        return "reverted in its target block" if first == last else "reverted"
    return ""

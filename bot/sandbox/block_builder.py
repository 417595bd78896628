"""Builds the next block of a node that never mines by itself: public transactions, then bundles.

Nobody else mines, so the order can be looked at before it is sealed: whatever becomes public after
that look lands behind the bundles, because the node is first in, first out.
"""

from collections.abc import Sequence

import msgspec

from bot.chain.base_fee import base_fee_after
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration, NodeRefused, NodeUnreachable
from bot.domain.units import SLOT_S, Wei
from bot.sandbox.bundle_pool import Bundle, BundleOutcome, Fate, outcome_of
from bot.sandbox.bundle_selection import Candidate, select
from bot.sandbox.bundle_simulation import BlockContext

_MAX_RACES = 5
_OFF = False
_HASHES_ONLY = False


class BuiltBlock(msgspec.Struct, frozen=True, kw_only=True):
    """One mined block and what became of the bundles that wanted to be in it."""

    number: int
    timestamp: int  # seconds
    transactions: int
    outcomes: tuple[BundleOutcome, ...]
    builder: str = ""


class _Draft(msgspec.Struct, frozen=True, kw_only=True):
    context: BlockContext
    public: tuple[str, ...]  # transaction hashes, in order


class _BundleRefused(Exception):
    def __init__(self, bundle: Bundle, reason: str) -> None:
        super().__init__(reason)
        self.bundle = bundle


class _RaceLost(Exception):
    """A public transaction came between the draft and the last bundle transaction."""


class BlockBuilder:
    """Proposer and builder of the local chain. Every call blocks; one build at a time."""

    def __init__(self, node: RpcClient, *, coinbase: str) -> None:
        self._node = node
        self._coinbase = self._relays = coinbase
        self.chain_id = 0

    def prepare(self) -> None:
        """Make this the node's only miner.

        Raises:
            BadConfiguration: the node orders by fee, or is not anvil.
            NodeUnreachable: no answer.
        """
        try:
            info = self._node.call("anvil_nodeInfo")
            if info["transactionOrder"] != "fifo":
                raise BadConfiguration("the node must run as: anvil --no-mining --order fifo")
            self._node.call("evm_setAutomine", _OFF)
            self._node.call("evm_setIntervalMining", 0)
            self._set_clock()
            self._pay_to(self._coinbase)
            self.chain_id = int(self._node.call("eth_chainId"), 16)
        except NodeRefused as error:
            raise BadConfiguration(
                f"the local relay builds blocks on anvil only: {error}"
            ) from error

    def head(self) -> int:
        """Return the newest block's number."""
        return int(self._node.call("eth_blockNumber"), 16)

    def build(self, bundles: Sequence[Bundle], coinbase: str = "") -> BuiltBlock:
        """Mine one block: what is public first, then whole bundles, best payment per gas first.

        `coinbase` is the account of whoever builds it, if it is not the relay's own builder.

        Raises:
            NodeUnreachable, NodeRefused: no block was built; no bundle stays behind in the node.
        """
        self._pay_to(coinbase or self._relays)
        self._keep_base_fee()
        waiting = list(bundles)
        decided: list[BundleOutcome] = []
        for _ in range(len(waiting) + _MAX_RACES):
            draft = self._draft()
            selection = select(self._node, draft.context, waiting)
            try:
                self._place(draft, selection.chosen)
            except _BundleRefused as refused:
                number, reason = draft.context.number, str(refused)
                decided.append(outcome_of(refused.bundle, Fate.INVALID, number, reason=reason))
                waiting.remove(refused.bundle)
            except _RaceLost:
                continue
            else:
                return self._mine(draft, selection.chosen, [*decided, *selection.dropped])
        draft = self._draft()
        decided += [outcome_of(one, Fate.RACE_LOST, draft.context.number) for one in waiting]
        return self._mine(draft, (), decided)

    def _pay_to(self, coinbase: str) -> None:
        """Let the next block pay `coinbase`, told each time: others of the node may tell it too."""
        _, balance = self._node.batch(
            [("anvil_setCoinbase", (coinbase,)), ("eth_getBalance", (coinbase, "latest"))]
        )
        # A first payment to an empty account costs 25,000 gas more than one to a real builder.
        if int(balance, 16) == 0:
            self._node.call("anvil_setBalance", coinbase, "0x1")
        self._coinbase = coinbase

    def _set_clock(self) -> None:
        """Let every block be a slot after its parent, as plans expect, whatever the real time is.

        A node that loads a state goes by the machine's clock, and refuses what lies before it.
        """
        head = self._node.call("eth_getBlockByNumber", "latest", _HASHES_ONLY)
        self._node.call("evm_setTime", int(head["timestamp"], 16))
        self._node.call("anvil_setBlockTimestampInterval", SLOT_S)

    def _keep_base_fee(self) -> None:
        """Let the next base fee follow from the newest block, which a revert of anvil forgets."""
        head = self._node.call("eth_getBlockByNumber", "latest", _HASHES_ONLY)
        told = (int(head[name], 16) for name in ("baseFeePerGas", "gasUsed", "gasLimit"))
        self._node.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee_after(*told)))

    def _draft(self) -> _Draft:
        parent, pending = self._node.batch(
            [
                ("eth_getBlockByNumber", ("latest", _HASHES_ONLY)),
                ("eth_getBlockByNumber", ("pending", not _HASHES_ONLY)),
            ]
        )
        public = pending["transactions"]
        return _Draft(
            public=tuple(one["hash"] for one in public),
            context=BlockContext(
                number=int(parent["number"], 16) + 1,
                timestamp=int(parent["timestamp"], 16) + SLOT_S,
                base_fee=Wei(int(pending["baseFeePerGas"], 16)),
                coinbase=self._coinbase,
                gas_limit=int(pending["gasLimit"], 16),
                gas_taken=int(pending["gasUsed"], 16),
                chain_id=self.chain_id,
                state="pending",
                senders=tuple(one["from"].lower() for one in public),
            ),
        )

    def _place(self, draft: _Draft, chosen: Sequence[Candidate]) -> None:
        if not chosen:
            return
        expected = list(draft.public)
        try:
            for candidate in chosen:
                for one in candidate.bundle.transactions:
                    self._submit(candidate.bundle, one.raw)
                    expected.append(one.tx_hash)
            self._require_order(expected)
        except (_BundleRefused, _RaceLost, NodeRefused, NodeUnreachable):
            self._withdraw(chosen)
            raise

    def _require_order(self, expected: list[str]) -> None:
        pending = self._node.call("eth_getBlockByNumber", "pending", _HASHES_ONLY)
        if pending["transactions"][: len(expected)] != expected:
            raise _RaceLost

    def _submit(self, bundle: Bundle, raw: bytes) -> None:
        try:
            self._node.call("eth_sendRawTransaction", "0x" + raw.hex())
        except NodeRefused as error:
            raise _BundleRefused(bundle, f"the node refused it: {error.message}") from error

    def _withdraw(self, chosen: Sequence[Candidate]) -> None:
        # Last first: anvil drops a sender's later transactions together with an earlier one.
        hashes = [one.tx_hash for candidate in chosen for one in candidate.bundle.transactions]
        for tx_hash in reversed(hashes):
            self._node.call("anvil_dropTransaction", tx_hash)

    def _mine(
        self, draft: _Draft, chosen: Sequence[Candidate], decided: list[BundleOutcome]
    ) -> BuiltBlock:
        number, timestamp = draft.context.number, draft.context.timestamp
        try:
            self._node.call("evm_mine", {"timestamp": timestamp})
        except (NodeRefused, NodeUnreachable):
            self._withdraw(chosen)
            raise
        receipts = self._node.call("eth_getBlockReceipts", hex(number))
        mined = [(one["transactionHash"], one["status"] == "0x1") for one in receipts]
        decided += [self._verify(candidate, mined, number) for candidate in chosen]
        return BuiltBlock(
            number=number, timestamp=timestamp, transactions=len(mined), outcomes=tuple(decided)
        )

    @staticmethod
    def _verify(candidate: Candidate, mined: list[tuple[str, bool]], number: int) -> BundleOutcome:
        promised = [(one.transaction.tx_hash, one.succeeded) for one in candidate.results]
        hashes = [tx_hash for tx_hash, _ in mined]
        start = hashes.index(promised[0][0]) if promised[0][0] in hashes else 0
        kept = mined[start : start + len(promised)] == promised
        return outcome_of(
            candidate.bundle,
            Fate.INCLUDED if kept else Fate.BROKEN,
            number,
            reason="" if kept else f"promised {promised}, mined {mined}",
            gas_used=candidate.gas_used,
            coinbase_payment_wei=candidate.payment,
        )

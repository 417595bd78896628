"""The relay's private transactions and MEV-Share: who sends what, who is told, what gets tried."""

import asyncio
from typing import Any

import structlog

from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeRefused
from bot.domain.units import SLOT_S, Wei
from bot.sandbox.block_builder import BlockBuilder, BuiltBlock
from bot.sandbox.bundle_pool import Bundle, BundleOutcome, Fate
from bot.sandbox.bundle_requests import BadParams
from bot.sandbox.bundle_simulation import (
    BlockContext,
    InvalidTransaction,
    TransactionResult,
    simulate,
)
from bot.sandbox.private_pool import MOST_BLOCKS, Backrun, Held, PrivatePool
from bot.sandbox.raw_transactions import BundleTransaction
from bot.sandbox.relay_options import RelayOptions
from bot.sandbox.rpc_door import Method
from bot.sandbox.share_hints import HintStream, hint_of
from bot.sandbox.share_requests import parse_private, parse_private_cancel, parse_share

_log = structlog.get_logger()
_HASHES_ONLY = False


class ShareDesk:
    """Lives on the relay's event loop; what asks the node goes to threads."""

    def __init__(
        self,
        node: RpcClient,
        builder: BlockBuilder,
        options: RelayOptions,
        outcomes: list[BundleOutcome],
    ) -> None:
        """Write into `outcomes` what was cancelled or became too old."""
        self._node, self._builder, self._options = node, builder, options
        self._outcomes = outcomes
        self._pool = PrivatePool()
        self.stream = HintStream(options.ping_s)

    @property
    def methods(self) -> dict[str, Method]:
        """Return what may be asked."""
        others, send, call = 120, self._options.send_per_minute, self._options.call_per_minute
        return {
            "eth_sendPrivateTransaction": Method(others, self._send_private),
            "eth_cancelPrivateTransaction": Method(others, self._cancel_private),
            "mev_sendBundle": Method(send, self._send_share),
            "mev_simBundle": Method(call, self._simulate_share),
        }

    def bundles(self, block: int) -> list[Bundle]:
        """Return what may be in a block."""
        return self._pool.bundles(block)

    def settle(self, built: BuiltBlock) -> list[BundleOutcome]:
        """Forget what a block decided, and return what became too old with it."""
        mined = {
            tx_hash
            for one in built.outcomes
            if one.fate is Fate.INCLUDED
            for tx_hash in one.transaction_hashes
        }
        ended = self._pool.settle(built.number, mined)
        self._outcomes += ended
        return ended

    async def _send_private(self, params: Any, signer: str) -> str:
        asked = parse_private(params, self._options)
        head = await asyncio.to_thread(self._builder.head)
        longest = head + MOST_BLOCKS
        held = Held(
            transaction=asked.transaction,
            signer=signer,
            last_block=min(longest if asked.last_block is None else asked.last_block, longest),
            builders=self._shared_with(asked.builders, fast=asked.fast),
        )
        if held.last_block <= head:
            raise BadParams(f"maxBlockNumber {held.last_block} is over")
        self._pool.add(held)
        _log.info("private_received", transaction=held.transaction.tx_hash, last=held.last_block)
        try:
            result = await asyncio.to_thread(self._runs, [asked.transaction])
        except (InvalidTransaction, NodeRefused) as error:
            _log.info("no_hint", transaction=held.transaction.tx_hash, reason=str(error))
        else:
            self.stream.tell(hint_of(held, result[0], asked.hints))
        return held.transaction.tx_hash

    def _shared_with(self, names: tuple[str, ...], *, fast: bool) -> tuple[str, ...]:
        return tuple(one.name for one in self._options.builders) if fast else names

    async def _cancel_private(self, params: Any, signer: str) -> bool:
        transaction_hash = parse_private_cancel(params)
        head = await asyncio.to_thread(self._builder.head)
        ended = self._pool.cancel(signer, transaction_hash, head)
        self._outcomes += [] if ended is None else [ended]
        return ended is not None

    async def _send_share(self, params: Any, signer: str) -> dict[str, str]:
        asked = parse_share(params, self._options)
        self._pool.add_backrun(Backrun(request=asked, signer=signer))
        _log.info("backrun_received", bundle=asked.bundle_hash, behind=asked.behind)
        return {"bundleHash": asked.bundle_hash}

    async def _simulate_share(self, params: Any, _signer: str) -> dict[str, Any]:
        if not isinstance(params, list) or not 1 <= len(params) <= 2:
            raise BadParams("expected a bundle, and options")
        asked = parse_share(params[:1], self._options)
        held = self._pool.find(asked.behind)
        if held is None:
            return {"success": False, "error": "no such transaction"}
        both = [held.transaction, asked.transaction]
        try:
            results = await asyncio.to_thread(self._runs, both)
        except InvalidTransaction as error:
            return {"success": False, "error": str(error)}
        return _simulated(results, may_revert=asked.may_revert)

    def _runs(self, transactions: list[BundleTransaction]) -> list[TransactionResult]:
        """Run on top of what is public, as a block would; blocks."""
        parent = self._node.call("eth_getBlockByNumber", "latest", _HASHES_ONLY)
        pending = self._node.call("eth_getBlockByNumber", "pending", not _HASHES_ONLY)
        context = BlockContext(
            number=int(parent["number"], 16) + 1,
            timestamp=int(parent["timestamp"], 16) + SLOT_S,
            base_fee=Wei(int(pending["baseFeePerGas"], 16)),
            coinbase=self._options.coinbase,
            gas_limit=int(pending["gasLimit"], 16),
            chain_id=self._builder.chain_id,
            state="pending",
            senders=tuple(one["from"].lower() for one in pending["transactions"]),
        )
        return simulate(self._node, context, transactions)


def _simulated(results: list[TransactionResult], *, may_revert: bool) -> dict[str, Any]:
    gas = sum(one.gas_used for one in results)
    paid = sum(one.coinbase_diff for one in results)
    found = {
        "success": results[0].succeeded and (results[1].succeeded or may_revert),
        "mevGasPrice": hex(paid // gas),
        "profit": hex(paid),
        "refundableValue": hex(results[1].coinbase_diff),
        "gasUsed": hex(gas),
        "logs": [{"txLogs": list(one.logs)} for one in results],
    }
    return found if found["success"] else found | {"error": "tx failed"}

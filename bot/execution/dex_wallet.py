"""The account that holds coins on chain: it swaps in a bundle of its own, one at a time.

The approval and the swap land together in one block or not at all, and nothing stays approved. The
order's pair and client id stand behind the call's arguments, where contracts do not look: so a swap
is found again on chain by a process that has forgotten that it sent it.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import msgspec

from bot.chain.abi import encode_hex, word
from bot.chain.rpc import RpcClient
from bot.domain.errors import (
    NodeRefused,
    NodeUnreachable,
    OrderRejected,
    RelayRefused,
    RelayUnavailable,
    VenueUnavailable,
)
from bot.domain.orders import Order
from bot.domain.units import GWEI, SLOT_S, Raw, Wei
from bot.execution.bundles import BundleRelay
from bot.execution.dex_calls import Step, Swap, allowance_steps, spender_of, swap_step
from bot.execution.dex_history import tag_for
from bot.execution.dex_quotes import best_swap
from bot.execution.signing import Operator, TransactionFields
from bot.execution.transfers import received
from bot.market.book import MarketBook

_GAS_LIMIT_FACTOR = 2
_PRIORITY = Wei(GWEI)
_MOST_GAS = 3_000_000  # of one call, in the simulation


class SentSwap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap that a relay holds."""

    transaction_hash: str
    target_block: int


class DexWallet:
    """Simulates, signs and sends; refuses while an earlier swap may still land."""

    def __init__(
        self,
        rpc: RpcClient,
        relay: BundleRelay,
        operator: Operator,
        look: Callable[[], MarketBook],
    ) -> None:
        """`look` reads the market at the newest block."""
        self.rpc, self.address, self.look = rpc, operator.address, look
        self._relay, self._operator = relay, operator
        self._lock = Lock()
        self.busy_until = self.head() + 1  # by which block everything sent so far has ended

    def head(self) -> int:
        """Return the number of the newest block."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    def swap(self, order: Order) -> SentSwap:
        """Carry an order out in the next block, or not at all.

        Raises:
            VenueUnavailable: nothing was sent: node or relay are away, or a swap is under way.
            OrderRejected: no pool does it at that price, or the simulation ends elsewhere.
            OutcomeUnknown: the relay may hold it; its block decides.
        """
        with self._lock:
            try:
                book = self.look()
                if book.block < self.busy_until:
                    reason = f"an earlier swap may land until block {self.busy_until}"
                    raise VenueUnavailable(order.venue, reason, retry_after_s=SLOT_S)
                swap = best_swap(order, book, self.address)
                signed = self._signed(order, swap, book)
            except (NodeUnreachable, NodeRefused) as error:
                raise VenueUnavailable(order.venue, str(error)) from error
            self.busy_until = target = book.block + 1
            try:
                receipt = self._relay.send_all(signed, target)
            except RelayUnavailable as error:
                raise VenueUnavailable(order.venue, str(error)) from error
            except RelayRefused as error:
                raise OrderRejected(order.venue, order.client_id, str(error)) from error
        return SentSwap(transaction_hash=receipt.transaction_hash, target_block=target)

    def _signed(self, order: Order, swap: Swap, book: MarketBook) -> list[bytes]:
        allowed, nonce = self._standing(swap, book)
        call = swap_step(swap)
        tagged = Step(to=call.to, data=call.data + tag_for(order))
        steps = (*allowance_steps(swap, allowed), tagged)
        gas = self._simulate(order, swap, steps, book)
        return [
            self._operator.sign(
                TransactionFields(
                    chain_id=book.chain_id,
                    nonce=nonce + place,
                    to=step.to,
                    data=step.data,
                    gas_limit=gas[place] * _GAS_LIMIT_FACTOR,
                    max_fee_per_gas=Wei(book.next_base_fee + _PRIORITY),
                    priority_fee_per_gas=_PRIORITY,
                )
            ).raw
            for place, step in enumerate(steps)
        ]

    def _standing(self, swap: Swap, book: MarketBook) -> tuple[Raw, int]:
        """Return what is allowed already, and the next nonce, at the book's block."""
        at = {"blockHash": book.block_hash}
        data = encode_hex("allowance(address,address)", self.address, spender_of(swap))
        allowed, nonce = self.rpc.batch(
            [
                ("eth_call", ({"to": swap.sold.address, "data": data}, at)),
                ("eth_getTransactionCount", (self.address, at)),
            ]
        )
        return Raw(word(bytes.fromhex(allowed[2:]), 0)), int(nonce, 16)

    def _simulate(
        self, order: Order, swap: Swap, steps: Sequence[Step], book: MarketBook
    ) -> list[int]:
        """Return the gas of each step, once the last one pays what our arithmetic says.

        Raises:
            OrderRejected: a step reverts, or pays another amount.
        """
        calls = [
            {
                "from": self.address,
                "to": step.to,
                "input": "0x" + step.data.hex(),
                "gas": hex(_MOST_GAS),
            }
            for step in steps
        ]
        block = {"blockOverrides": {"time": hex(book.next_timestamp_s)}, "calls": calls}
        asked = {"blockStateCalls": [block]}
        answer = self.rpc.call("eth_simulateV1", asked, {"blockHash": book.block_hash})
        results: list[dict[str, Any]] = answer[0]["calls"]
        for step, result in zip(steps, results, strict=True):
            if result["status"] != "0x1":
                why = result.get("error", {}).get("message", "it reverts")
                reason = f"simulation of the call to {step.to} failed: {why}"
                raise OrderRejected(order.venue, order.client_id, reason)
        paid = received(results[-1]["logs"], swap.bought, self.address)
        if paid != swap.amount_out:
            reason = f"simulation pays {paid} raw, our arithmetic said {swap.amount_out} raw"
            raise OrderRejected(order.venue, order.client_id, reason)
        return [int(result["gasUsed"], 16) for result in results]

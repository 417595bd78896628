"""Orders on chain: every pool and rail that an account can call by itself, as one venue.

An order is a swap in the best of them, within its price, in the next block or not at all. What
became of it is asked of the chain.
"""

import asyncio
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from bot.domain.errors import NodeRefused, NodeUnreachable, OrderRejected, VenueUnavailable
from bot.domain.orders import (
    Balance,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderKind,
    OrderReport,
    OrderState,
    TimeInForce,
    VenueBook,
)
from bot.domain.units import NANOS_PER_S, SLOT_S, Nanos, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.execution.dex_history import (
    fill_of,
    order_id_of,
    read_order_id,
    swaps_since,
    tag_of,
)
from bot.execution.dex_market import ETHER_PAIR, balances, book_of, ether_book, rules_of
from bot.execution.dex_quotes import tokens_of
from bot.execution.dex_wallet import DexWallet

P = ParamSpec("P")
T = TypeVar("T")

_LEAST_BLOCKS = 600  # that are searched for swaps, whatever time they are asked since
_MOST_BLOCKS = 50_400  # a week


class DexDesk:
    """`OrderDesk` and `AccountDesk` of one account on chain."""

    venue = CHAIN_VENUE

    def __init__(self, wallet: DexWallet) -> None:
        self._wallet = wallet

    async def place(self, order: Order) -> OrderReport:
        """See `OrderDesk.place`: an answer says that the relay holds it."""
        if order.kind is not OrderKind.LIMIT or order.time_in_force is not TimeInForce.IOC:
            reason = "on chain there are only limit orders at once"
            raise OrderRejected(self.venue, order.client_id, reason)
        sent = await asyncio.to_thread(self._wallet.swap, order)
        order_id = order_id_of(sent.transaction_hash, sent.target_block)
        return self._report(order, order_id, OrderState.OPEN, Wad(0), order.made_at)

    async def cancel(self, order: Order, order_id: str) -> None:
        """See `OrderDesk.cancel`: a bundle is over with its block, and cannot be taken back."""
        del order_id
        reason = "a bundle cannot be taken back: it is over with its block"
        raise OrderRejected(self.venue, order.client_id, reason)

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """See `OrderDesk.find`: without an id it is searched for by the tag in its call."""
        return await self._asked(self._find, order, order_id)

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """See `OrderDesk.open_orders`: nothing rests on chain; `find` knows what is under way."""
        del pair
        return ()

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """See `OrderDesk.fills`."""
        return await self._asked(self._fills, pair, since)

    async def balances(self) -> tuple[Balance, ...]:
        """See `AccountDesk.balances`."""
        return await self._asked(balances, self._wallet.rpc, self._wallet.address, self.venue)

    async def rules(self, pair: str) -> MarketRules:
        """See `AccountDesk.rules`: fees are in the prices."""
        tokens = tokens_of(self.venue, pair)
        book = await self._asked(self._wallet.look)
        return rules_of(book, self.venue, pair, tokens)

    async def book(self, pair: str, levels: int) -> VenueBook:
        """See `AccountDesk.book`: of the pool that is best for a middling size.

        Of ETH, which no order here trades, what gas is priced at.
        """
        tokens = None if pair == ETHER_PAIR else tokens_of(self.venue, pair)
        book = await self._asked(self._wallet.look)
        if tokens is None:
            return ether_book(book, self.venue)
        return book_of(book, self.venue, pair, tokens, levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """See `AccountDesk.networks`: coins on chain are where they are."""
        del currency
        return ()

    async def can_withdraw(self) -> bool | None:
        """See `AccountDesk.can_withdraw`: who holds the key holds the coins."""
        return True

    def _find(self, order: Order, order_id: str) -> OrderReport | None:
        found = read_order_id(order_id)[0] if order_id else self._hash_of(order)
        head = self._wallet.head()
        if found is None:
            if head <= self._wallet.busy_until:
                return None
            return self._report(order, "", OrderState.EXPIRED, Wad(0), order.made_at)
        fill = self._fill(found, order.pair)
        if fill is not None:
            order_id = order_id or fill.order_id
            return self._report(order, order_id, OrderState.FILLED, fill.amount, fill.at)
        last = read_order_id(order_id)[1] if order_id else self._wallet.busy_until
        state = OrderState.EXPIRED if head > last else OrderState.OPEN
        return self._report(order, order_id, state, Wad(0), order.made_at)

    def _hash_of(self, order: Order) -> str | None:
        head = self._wallet.head()
        found = self._swaps(order.pair, max(head - _MOST_BLOCKS, 0), head)
        return next((str(one["hash"]) for one in found if tag_of(one) == order.client_id), None)

    def _fill(self, transaction_hash: str, pair: str) -> Fill | None:
        transaction = self._wallet.rpc.call("eth_getTransactionByHash", transaction_hash)
        return None if transaction is None else self._fill_of(transaction, pair)

    def _fill_of(self, transaction: dict[str, Any], pair: str) -> Fill | None:
        tokens = tokens_of(self.venue, pair)
        return fill_of(self._wallet.rpc, self._wallet.address, transaction, (pair, *tokens))

    def _fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        header = self._wallet.rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003 -- hashes only
        head, now_s = int(header["number"], 16), int(header["timestamp"], 16)
        back = (now_s - since // NANOS_PER_S) // SLOT_S + 1
        first = head - min(max(back, _LEAST_BLOCKS), _MOST_BLOCKS)
        fills = (self._fill_of(one, pair) for one in self._swaps(pair, max(first, 0), head))
        return tuple(fill for fill in fills if fill is not None)

    def _swaps(self, pair: str, first: int, last: int) -> list[dict[str, Any]]:
        tokens = tokens_of(self.venue, pair)
        return list(swaps_since(self._wallet.rpc, self._wallet.address, tokens, first, last))

    async def _asked(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await asyncio.to_thread(call, *arguments, **named)
        except (NodeUnreachable, NodeRefused) as error:
            raise VenueUnavailable(self.venue, str(error)) from error

    def _report(
        self, order: Order, order_id: str, state: OrderState, filled: Wad, at: Nanos
    ) -> OrderReport:
        return OrderReport(
            venue=self.venue,
            pair=order.pair,
            order_id=order_id,
            client_id=order.client_id,
            state=state,
            filled=filled,
            at=at,
        )

"""The account on chain as it is reached: it may be opened long after the engine has begun."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import RetryableError, SkipError, VenueUnavailable
from bot.domain.orders import (
    Balance,
    Fill,
    MarketRules,
    NetworkStatus,
    Order,
    OrderReport,
    VenueBook,
)
from bot.domain.units import Nanos
from bot.domain.venues import CHAIN_VENUE

if TYPE_CHECKING:
    from bot.execution.dex_desk import DexDesk

log = structlog.get_logger()
_AGAIN_S = 5.0


class LateDesk:
    """`OrderDesk` and `AccountDesk`; each question raises VenueUnavailable until it is opened."""

    venue = CHAIN_VENUE

    def __init__(self, opened: Callable[[], "DexDesk"], again_s: float = _AGAIN_S) -> None:
        """`opened` is called on a thread, every `again_s` seconds until it returns."""
        self._open, self._again_s = opened, again_s
        self._found: DexDesk | None = None
        self._first: asyncio.Task[None] | None = None
        self.arrived = asyncio.Event()  # set when it was opened by `open_soon`

    @property
    def is_here(self) -> bool:
        """Whether it was opened."""
        return self._found is not None

    async def begin(self, most_s: float) -> None:
        """Try once, for so long; what takes longer goes on by itself.

        Raises:
            HaltError: a person must act: another chain, a key that is none.
        """
        self._first = asyncio.create_task(self._try())
        done, _ = await asyncio.wait({self._first}, timeout=most_s)
        if done:
            self._first.result()

    async def open_soon(self) -> None:
        """Go on trying until it is open. Raises as `begin` does."""
        if self.is_here:
            return
        if self._first is not None:
            await self._first
        while self._found is None:
            await asyncio.sleep(self._again_s)
            await self._try()
        self.arrived.set()
        log.info("account_open", venue=self.venue)

    async def _try(self) -> None:
        try:
            self._found = await asyncio.to_thread(self._open)
        except (RetryableError, SkipError) as error:
            log.warning("account_not_open", venue=self.venue, reason=str(error))

    @property
    def _desk(self) -> "DexDesk":
        if self._found is None:
            raise VenueUnavailable(self.venue, "its node did not answer yet")
        return self._found

    async def place(self, order: Order) -> OrderReport:
        """See `OrderDesk.place`."""
        return await self._desk.place(order)

    async def cancel(self, order: Order, order_id: str) -> None:
        """See `OrderDesk.cancel`."""
        await self._desk.cancel(order, order_id)

    async def find(self, order: Order, order_id: str) -> OrderReport | None:
        """See `OrderDesk.find`."""
        return await self._desk.find(order, order_id)

    async def open_orders(self, pair: str) -> tuple[OrderReport, ...]:
        """See `OrderDesk.open_orders`."""
        return await self._desk.open_orders(pair)

    async def fills(self, pair: str, since: Nanos) -> tuple[Fill, ...]:
        """See `OrderDesk.fills`."""
        return await self._desk.fills(pair, since)

    async def balances(self) -> tuple[Balance, ...]:
        """See `AccountDesk.balances`."""
        return await self._desk.balances()

    async def rules(self, pair: str) -> MarketRules:
        """See `AccountDesk.rules`."""
        return await self._desk.rules(pair)

    async def book(self, pair: str, levels: int) -> VenueBook:
        """See `AccountDesk.book`."""
        return await self._desk.book(pair, levels)

    async def networks(self, currency: str) -> tuple[NetworkStatus, ...]:
        """See `AccountDesk.networks`."""
        return await self._desk.networks(currency)

    async def can_withdraw(self) -> bool | None:
        """See `AccountDesk.can_withdraw`."""
        return await self._desk.can_withdraw()

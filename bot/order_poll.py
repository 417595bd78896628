"""Asks about orders that nothing was heard of for a while: sockets fall silent, chains are mute."""

from collections.abc import Mapping

from bot.domain.errors import RetryableError, SkipError
from bot.domain.orders import OrderState
from bot.domain.units import NANOS_PER_S
from bot.domain.venues import CHAIN_VENUE
from bot.execution.exchange_connector import OrderDesk
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.feed import Clock
from bot.strategy.order_records import OrderRecord

_QUIET_S = 10.0
_CHAIN_QUIET_S = 1.0  # the chain says nothing by itself, and another leg may wait for it


class OrderPoll:
    """One look at a time; what is found goes the way of all news."""

    def __init__(
        self,
        desks: Mapping[str, OrderDesk],
        books: LedgerBooks,
        manager: OrderManager,
        clock: Clock,
    ) -> None:
        self._desks, self._books = desks, books
        self._manager, self._clock = manager, clock

    async def look(self) -> None:
        """Resolve what is unknown, ask for what is quiet; who does not answer is asked again."""
        await self._manager.resolve_unknown()
        ledger = self._books.ledger
        for name in ledger.unsettled:
            record = ledger.orders.get(name)
            if record is not None and record.order.venue in self._desks and self._is_quiet(record):
                try:
                    await self._ask(record)
                except (RetryableError, SkipError):
                    continue

    def _is_quiet(self, record: OrderRecord) -> bool:
        silent = self._clock.now() - max(record.heard_at, record.intended_at)
        quiet_s = _CHAIN_QUIET_S if record.order.venue == CHAIN_VENUE else _QUIET_S
        return record.state is not OrderState.UNKNOWN and silent > quiet_s * NANOS_PER_S

    async def _ask(self, record: OrderRecord) -> None:
        desk, order = self._desks[record.order.venue], record.order
        report = await desk.find(order, record.order_id)
        if report is not None:
            await self._manager.take(report)
        if self._books.ledger.orders[order.client_id].missing:
            for fill in await desk.fills(order.pair, record.intended_at):
                await self._manager.take(fill)

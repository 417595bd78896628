"""The hands of the emergency protocol: the ledger's books and the order manager."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.domain.ledger_events import Commanded
from bot.domain.orders import ClientId, Purpose
from bot.domain.trade_plans import Held
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.strategy.order_records import OrderRecord


class LedgerHands:
    """Implements `Hands`. Orders are cancelled side by side: a venue that hangs holds up none."""

    def __init__(
        self,
        books: LedgerBooks,
        manager: OrderManager,
        look: Callable[[str], Awaitable[None]],
    ) -> None:
        """`look` takes one look at a position; one that a command flattens is left by it."""
        self._books, self._manager, self._look = books, manager, look

    def held(self) -> tuple[Held, ...]:
        """Return every open position."""
        ledger = self._books.ledger
        return tuple(ledger.held(position) for position in ledger.open_positions)

    def write(self, *commands: Commanded) -> None:
        """Write commands down, all or none. Raises JournalUnusable."""
        self._books.write(*commands)

    async def cancel_entries(self, coin: str, venue: str) -> None:
        """Cancel entries of a coin at a venue; empty: of any.

        Raises:
            ExceptionGroup: those that failed; all others were cancelled.
        """
        names = [r.client_id for r in self._open_entries() if _is_of(r, coin, venue)]
        done = await asyncio.gather(*map(self._cancel, names), return_exceptions=True)
        failed = [one for one in done if isinstance(one, Exception)]
        if failed:
            raise ExceptionGroup(f"{len(failed)} of {len(names)} entries not cancelled", failed)

    async def leave(self, position: str) -> None:
        """Give orders that flatten a position, now."""
        await self._look(position)

    def _open_entries(self) -> list[OrderRecord]:
        return [
            record
            for record in self._books.ledger.orders.values()
            if record.order.purpose is Purpose.ENTRY and not record.state.is_final
        ]

    async def _cancel(self, name: ClientId) -> None:
        await self._manager.cancel(name)


def _is_of(record: OrderRecord, coin: str, venue: str) -> bool:
    order = record.order
    return coin in ("", order.base, order.quote) and venue in ("", order.venue)

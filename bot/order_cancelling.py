"""Cancels what rests, side by side: a venue that hangs or says no holds up nothing elsewhere."""

import asyncio
from collections.abc import Callable, Iterable

from bot.domain.errors import RetryableError, SkipError
from bot.domain.orders import ClientId, OrderState
from bot.execution.order_manager import OrderManager
from bot.strategy.order_records import OrderRecord

_PATIENCE_S = 0.4  # that leaving a position waits for its cancellations


class Cancelling:
    """Remembers what it asked for, so that nothing is asked twice at once."""

    def __init__(self, manager: OrderManager, tell: Callable[[str, str], None]) -> None:
        """`tell` hears of the position whose order could not be cancelled, and why."""
        self._manager, self._tell = manager, tell
        self._asked: dict[ClientId, asyncio.Task[None]] = {}

    async def cancel(self, records: Iterable[OrderRecord]) -> None:
        """Cancel all of them that rest; what takes longer than a moment goes on behind.

        Raises:
            HaltError: the journal cannot be written.
        """
        resting = [one for one in records if one.state is OrderState.OPEN]
        tasks = [self._begun(one) for one in resting]
        if not tasks:
            return
        done, _ = await asyncio.wait(tasks, timeout=_PATIENCE_S)
        for task in done:
            task.result()

    def _begun(self, record: OrderRecord) -> asyncio.Task[None]:
        name = record.client_id
        if name not in self._asked:
            task = self._asked[name] = asyncio.create_task(self._cancel(record))
            task.add_done_callback(lambda _: self._asked.pop(name))
        return self._asked[name]

    async def _cancel(self, record: OrderRecord) -> None:
        try:
            await self._manager.cancel(record.client_id)
        except (RetryableError, SkipError) as error:
            self._tell(record.order.position, str(error))

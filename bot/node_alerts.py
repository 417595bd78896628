"""Tells a person about nodes that lie or lag; what is heard comes from the thread that trades."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.control.alert import Alert, Severity
from bot.control.alert_options import AlertOptions, alert_urls
from bot.control.alerts import Notifier

if TYPE_CHECKING:
    from bot.execution.node_trust_guard import Trouble

Tell = Callable[[Alert], None]


@asynccontextmanager
async def node_alerts(
    options: AlertOptions, tell: Tell | None = None
) -> AsyncIterator[Callable[["Trouble"], None]]:
    """Yield who may be told of trouble from any thread.

    It goes to `tell`, on the event loop; where there is none, to the configured addresses.

    Raises:
        BadConfiguration: an address that is none.
    """
    loop = asyncio.get_running_loop()
    own = Notifier(alert_urls(os.environ), options) if tell is None else None
    chosen = own.tell if own is not None else tell
    sending = asyncio.create_task(own.run()) if own is not None else None

    def hear(trouble: "Trouble") -> None:
        if chosen is not None:
            loop.call_soon_threadsafe(chosen, alert_of(trouble))

    try:
        yield hear
        if own is not None:
            await own.flush()
    finally:
        if sending is not None:
            sending.cancel()


def alert_of(trouble: "Trouble") -> Alert:
    """Return what a person is told; what stops all trading is critical."""
    stops = trouble.is_blind or not trouble.node
    worse = Severity.CRITICAL if stops else Severity.WARNING
    return Alert(
        severity=Severity.WARNING if trouble.is_over else worse,
        subject=f"NODE {trouble.node}".strip() if trouble.node else "NODES DISAGREE",
        text=trouble.text,
        at=trouble.at,
    )

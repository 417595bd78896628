"""Tells people elsewhere, through apprise; never in the way of trading, never with its addresses.

Telling puts an alert into a queue and returns. What a service does with it, and how slowly, is seen
by nobody but the log.
"""

import asyncio
import logging
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from bot.control.alert import Alert, Severity
from bot.control.alert_options import ALERTS, AlertOptions
from bot.control.alert_pace import AlertPace
from bot.domain.errors import BadConfiguration
from bot.domain.units import Nanos

if TYPE_CHECKING:
    from apprise import Apprise

log = structlog.get_logger()
logging.getLogger("apprise").disabled = True  # it writes addresses, and with them tokens

_QUEUE = 100
_KINDS = {
    Severity.INFO: "info",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "failure",
}


class Notifier:
    """Sends alerts in the background while `run` runs; without addresses they are only logged."""

    def __init__(
        self,
        urls: Sequence[str],
        options: AlertOptions = AlertOptions(),  # noqa: B008 - frozen
        *,
        monotonic: Callable[[], Nanos] = lambda: Nanos(time.monotonic_ns()),
    ) -> None:
        """Take the addresses.

        Raises:
            BadConfiguration: apprise does not understand one; the text says which, not what.
        """
        self._services = [
            _service(url, number, options.timeout_s) for number, url in enumerate(urls, 1)
        ]
        self._timeout_s = options.timeout_s
        self._pace = AlertPace(options, monotonic)
        self._queue: deque[Alert] = deque(maxlen=_QUEUE)
        self._news, self._sent = asyncio.Event(), asyncio.Event()
        self._sent.set()
        self._failing: set[int] = set()

    def tell(self, alert: Alert) -> None:
        """Log an alert, and send it soon if it is time for that. Returns at once, never raises."""
        log.log(
            logging.INFO if alert.severity is Severity.INFO else logging.WARNING,
            "alert",
            severity=alert.severity.name.lower(),
            subject=alert.subject,
            text=alert.text,
        )
        wanted = self._pace.let_through(alert) if self._services else None
        if wanted is not None:
            self._queue.append(wanted)  # a full queue forgets the oldest: the newest say more
            self._news.set()
            self._sent.clear()

    async def run(self) -> None:
        """Send what is told, until cancelled."""
        threads = ThreadPoolExecutor(max(len(self._services), 1), thread_name_prefix="alerts")
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                while self._queue:
                    await self._send(self._queue.popleft(), threads)
                self._sent.set()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    async def flush(self, patience_s: float = 10.0) -> None:
        """Wait until all that was told is sent, while `run` runs; the last words before the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._sent.wait(), patience_s)

    async def _send(self, alert: Alert, threads: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        sent = [loop.run_in_executor(threads, _notify, one, alert) for one in self._services]
        _, late = await asyncio.wait(sent, timeout=2 * self._timeout_s)
        for number, one in enumerate(sent, 1):
            came = one not in late and one.exception() is None and one.result()
            self._note(number, came=came)
        for one in late:
            one.cancel()

    def _note(self, number: int, *, came: bool) -> None:
        """Log when a service begins to fail and when it is back, by its number."""
        if came == (number not in self._failing):
            return
        self._failing ^= {number}
        log.warning("alerts_arrive_again" if came else "alerts_do_not_arrive", service=number)


def _service(url: str, number: int, timeout_s: float) -> "Apprise":
    from apprise import Apprise  # noqa: PLC0415 - takes seconds, and not everybody wants alerts

    service = Apprise()
    with warnings.catch_warnings():  # of modules that apprise imports with its first address
        warnings.simplefilter("ignore", DeprecationWarning)
        is_known = service.add(url)
    if not is_known:
        raise BadConfiguration(f"address {number} in {ALERTS} is none that apprise understands")
    for server in service:
        server.socket_connect_timeout = server.socket_read_timeout = timeout_s
    return service


def _notify(service: "Apprise", alert: Alert) -> bool:
    title = f"repeg {alert.severity.name.lower()}: {alert.subject}"
    return bool(service.notify(alert.text, title, _KINDS[alert.severity]))

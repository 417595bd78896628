"""How often a person is told: not the same thing twice, and not more than can be read."""

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from bot.control.alert import Alert, Severity
from bot.control.alert_options import AlertOptions
from bot.domain.units import NANOS_PER_S, Nanos

_MINUTE = 60 * NANOS_PER_S
_REMEMBERED = 1_000  # subjects


class AlertPace:
    """Lets alerts through or keeps them back; what was kept back is counted in the next one."""

    def __init__(self, options: AlertOptions, monotonic: Callable[[], Nanos]) -> None:
        self._options, self._monotonic = options, monotonic
        self._said: dict[tuple[str, Severity], Nanos] = {}
        self._sent: deque[Nanos] = deque()
        self._kept_back = 0

    def let_through(self, alert: Alert) -> Alert | None:
        """Return the alert to be sent, or None where it is kept back."""
        now = self._monotonic()
        if alert.severity.value < self._options.least_severity.value:
            return None
        if self._is_repeated(alert, now) or self._is_too_much(alert, now):
            self._kept_back += 1
            return None
        self._said[alert.subject, alert.severity] = now
        if alert.severity is not Severity.CRITICAL:
            self._sent.append(now)
        kept, self._kept_back = self._kept_back, 0
        return replace(alert, text=f"{alert.text} ({kept} kept back)") if kept else alert

    def _is_repeated(self, alert: Alert, now: Nanos) -> bool:
        """Said at this severity within the time; worse or better news is news."""
        said = self._said.get((alert.subject, alert.severity))
        if len(self._said) > _REMEMBERED:
            self._said.clear()
        return said is not None and now - said < self._options.repeat_s * NANOS_PER_S

    def _is_too_much(self, alert: Alert, now: Nanos) -> bool:
        while self._sent and now - self._sent[0] >= _MINUTE:
            self._sent.popleft()
        full = len(self._sent) >= self._options.per_minute
        return full and alert.severity is not Severity.CRITICAL

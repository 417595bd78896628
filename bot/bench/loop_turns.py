"""Since when bytes may have waited that a turn of the event loop finds: a bound, never too late.

While the loop works nobody sees what comes. What a look at the sockets finds at once may have come
right after the look before it; what a look had to wait for came at its end.
"""

import time
from asyncio import AbstractEventLoop
from bisect import bisect_right
from typing import Any

from bot.domain.units import Nanos

_AT_ONCE = 1_000_000  # nanoseconds: a look that took longer has waited, unless it was not to


class LoopTurns:
    """Notes when a loop looked at its sockets; for measurements only."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        """Note the looks of `loop`, which must be one over a selector."""
        selector = loop._selector  # type: ignore[attr-defined] # noqa: SLF001 - nothing else tells
        self._look = selector.select
        self._ended = Nanos(time.time_ns())
        self._found, self._since = list[Nanos](), list[Nanos]()  # of looks that found something
        selector.select = self._select

    def since(self, read_at: Nanos) -> Nanos:
        """Return the earliest time at which bytes can have come that were read at `read_at`."""
        turn = bisect_right(self._found, read_at) - 1
        return self._since[turn] if turn >= 0 else read_at

    def _select(self, timeout: float | None) -> Any:
        began = time.time_ns()
        events = self._look(timeout)
        before, self._ended = self._ended, Nanos(time.time_ns())
        if events:
            has_waited = timeout != 0 and self._ended - began > _AT_ONCE
            self._found.append(self._ended)
            self._since.append(self._ended if has_waited else before)
        return events

"""What a loop that never sleeps does while nothing comes.

A processor's caches forget within a millisecond or two what they are not asked for, and code that
has left them takes nearly twice its time. So what was done last is done again, for nothing.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import cycle

_PAUSE = 250_000  # nanoseconds without news before the next act


async def stay_awake(acts: Sequence[Callable[[], None]], heard: Callable[[], int]) -> None:
    """Never sleep; one of `acts`, by turns, whenever for a while `heard` counts nothing new."""
    rehearsals = cycle(acts)
    known, since = heard(), time.monotonic_ns()
    while True:
        await asyncio.sleep(0)
        now = time.monotonic_ns()
        if heard() != known:
            known, since = heard(), now
        elif acts and now - since > _PAUSE:
            next(rehearsals)()
            since = time.monotonic_ns()

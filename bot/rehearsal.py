"""What a loop that never sleeps does while nothing comes.

A processor's caches forget within a millisecond or two what they are not asked for, and code that
has left them takes nearly twice its time. So what was done last is done again, for nothing; and the
garbage is collected that a decision would have to wait for.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

_PAUSE = 250_000  # nanoseconds without news before the next act
_YOUNG = 200  # times that only the youngest objects are looked at, before those that outlived it
_WHOLE_S = 600.0  # between two looks at everything, which take some hundredths of a second
_FLOOD = 100_000  # objects that nobody had the time to look at: collected as they come


async def stay_awake(acts: Sequence[Callable[[], None]], heard: Callable[[], int]) -> None:
    """Never sleep; one of `acts`, by turns, whenever for a while `heard` counts nothing new."""
    with _collecting_idly() as collect:
        idle_acts = cycle([*acts, collect])
        known, since = heard(), time.monotonic_ns()
        while True:
            await asyncio.sleep(0)
            now = time.monotonic_ns()
            if heard() != known:
                known, since = heard(), now
            elif now - since > _PAUSE:
                next(idle_acts)()
                since = time.monotonic_ns()


@contextmanager
def _collecting_idly() -> Iterator[Callable[[], None]]:
    """Yield what collects garbage; by itself Python does so only where that comes too seldom."""
    thresholds, count, whole_at = gc.get_threshold(), 0, time.monotonic() + _WHOLE_S

    def collect() -> None:
        nonlocal count, whole_at
        count += 1
        if time.monotonic() < whole_at:
            gc.collect(int(count % _YOUNG == 0))
        else:
            gc.collect()
            whole_at = time.monotonic() + _WHOLE_S

    gc.set_threshold(_FLOOD, *thresholds[1:])
    try:
        yield collect
    finally:
        gc.set_threshold(*thresholds)

"""For how long this process has been running: what people wait for at a start is all of it."""

import os
import time
from pathlib import Path

_IMPORTED_AT = time.monotonic()
_START_FIELD = 19  # of what follows the name in /proc/self/stat


def process_age_s() -> float:
    """Return seconds since the process was started; where nobody tells, since this was loaded."""
    try:
        told = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started_s = int(told[_START_FIELD]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started_s)
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - _IMPORTED_AT

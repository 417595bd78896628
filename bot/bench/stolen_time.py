"""How much of its processors a virtual machine did not get, where the system tells."""

import os
from pathlib import Path

_TICKS = Path("/proc/stat")
_STOLEN = 8  # field of the line about all processors, after its name


def stolen_s() -> float | None:
    """Return the seconds that the host took from all processors since it started; None: unknown."""
    try:
        fields = _TICKS.read_text(encoding="ascii").partition("\n")[0].split()
    except FileNotFoundError:  # not Linux
        return None
    return int(fields[_STOLEN]) / os.sysconf("SC_CLK_TCK")


def stolen_share(before_s: float | None, wall_s: float) -> dict[str, float]:
    """Return the share of one processor that was taken since then, as a figure, where it is known.

    `before_s`: what `stolen_s` told at the beginning, `wall_s` ago.
    """
    now_s = stolen_s()
    if before_s is None or now_s is None:
        return {}
    return {"stolen_share": round((now_s - before_s) / wall_s, 4)}

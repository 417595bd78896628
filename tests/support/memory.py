"""What this process takes of the machine."""

import resource
from pathlib import Path


def resident_bytes() -> int:
    """Return the memory that is in use now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()

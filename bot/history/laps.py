"""Where the time between a head and a bundle goes."""

import time

from bot.domain.units import Nanos


class Laps:
    """How long each part of the work on one head took."""

    def __init__(self, seen_at: Nanos) -> None:
        self.seen_at = self._last = seen_at
        self.parts: dict[str, Nanos] = {}

    def lap(self, part: str, *, until: Nanos | None = None) -> None:
        """End a part now, or when it is known to have ended; what is done twice adds up."""
        now = until or Nanos(time.monotonic_ns())
        self.parts[part] = Nanos(self.parts.get(part, 0) + now - self._last)
        self._last = now

    @property
    def total(self) -> Nanos:
        """From the head's arrival to the end of the last part."""
        return Nanos(self._last - self.seen_at)

    def until(self, part: str) -> Nanos:
        """From the head's arrival to the end of `part`; zero where it did not happen."""
        names = list(self.parts)
        done = names[: names.index(part) + 1] if part in names else []
        return Nanos(sum(self.parts[name] for name in done))

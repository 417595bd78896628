"""A venue's time, as far as we know it, and the numbers that its requests carry.

Our wall clock is read once: it may jump, and a request that is signed by a clock that is off is
refused, or good for longer than it should be.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.execution.venue_numbers import nanos_of_ms, nanos_of_s

_FIRST_LEAP_MS = 1_000

Question = tuple[str, tuple[str, ...]]  # path and API, as ccxt names them
_WAYS: Mapping[str, tuple[Question, Callable[[Any], Nanos], float]] = {  # and how exact it is
    "binance": (("time", ("public",)), lambda said: nanos_of_ms(said["serverTime"]), 0.0),
    "kraken": (("Time", ("public",)), lambda said: nanos_of_s(said["result"]["unixtime"]), 2.0),
    "coinbase": (
        ("brokerage/time", ("v3", "public")),
        lambda said: nanos_of_ms(said["epochMillis"]),
        0.0,
    ),
}


class RequestClock:
    """Of one line; goes on by the monotonic clock."""

    def __init__(self, venue: str) -> None:
        self._ahead = Nanos(time.time_ns() - time.monotonic_ns())
        self.question, self._read, self._exact_s = _WAYS[venue]
        self._must_grow = venue == "kraken"
        self._number = self._leap_ms = self._refused = 0

    def now(self) -> Nanos:
        """Return the venue's time."""
        return Nanos(time.monotonic_ns() + self._ahead)

    def number(self) -> int:
        """Return what a request is stamped with: milliseconds; at Kraken, more than ever before."""
        now_ms = self.now() // NANOS_PER_MS
        if not self._must_grow:
            return now_ms
        self._number = max(self._number + 1, now_ms + self._leap_ms)
        return self._number

    def number_refused(self) -> None:
        """Hear that the venue knew a higher number.

        The first time it was only overtaken on its way; after that, an earlier run was ahead.
        """
        self._refused += 1
        if self._refused > 1:
            self._leap_ms = max(4 * self._leap_ms, _FIRST_LEAP_MS)

    def number_taken(self) -> None:
        """Hear that a request was answered."""
        self._refused = 0

    def follow(self, answer: Any, asked_at: Nanos) -> float:
        """Follow the venue's answer; returns how many seconds it is ahead of what we thought.

        Raises:
            one of `MISSHAPEN`: the answer tells no time.
        """
        off_s = (self._read(answer) - (asked_at + self.now()) // 2) / NANOS_PER_S
        if abs(off_s) > self._exact_s:
            self._ahead = Nanos(self._ahead + round(off_s * NANOS_PER_S))
        return off_s

"""Microseconds per call of several ways to one answer, in batches that take turns."""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Protocol

_BATCHES = 7
_BATCH_S = 0.05
_TRIAL = 20  # calls that decide how many a batch has


class Way(Protocol):
    """Something that answers a question, again and again."""

    answer: int

    def seconds(self, count: int) -> float:
        """Return the processor time of `count` answers."""


class OwnWay:
    """A function of this process."""

    def __init__(self, ask: Callable[[], int]) -> None:
        self._ask, self.answer = ask, ask()

    def seconds(self, count: int) -> float:
        """Return processor time: nothing here waits, and other programs must not count."""
        ask = self._ask
        started = time.process_time()
        for _ in range(count):
            ask()
        return time.process_time() - started


def microseconds(ways: Mapping[str, Way]) -> dict[str, float]:
    """Return microseconds of each way: the batches take turns, so noise falls on all alike."""
    counts = {
        name: max(int(_BATCH_S / max(way.seconds(_TRIAL), 1e-9) * _TRIAL), _TRIAL)
        for name, way in ways.items()
    }
    batches: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_BATCHES):
        for name, way in ways.items():
            batches[name].append(way.seconds(counts[name]) / counts[name] * 1e6)
    return {name: median(times) for name, times in batches.items()}

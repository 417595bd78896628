"""Follows the composition of one pool for one of its coins.

The level of a share is no verdict (a pool three quarters full of a coin was benign more than once);
that it moves, how fast, and that it goes on moving is what comes before a depeg. So the alarm is
raised by a change point in the hourly flow or in the entropy, and only towards the coin.
"""

from collections import deque

import msgspec

from bot.domain.ticks import Composition
from bot.domain.units import NANOS_PER_S, Nanos
from bot.strategy.change_point import ChangePoint, ChangePointParameters
from bot.strategy.evidence import PoolSignal, entropy_of, share_of

_HOUR_NS = 3_600 * NANOS_PER_S


class PoolWatchParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How pool compositions are listened to."""

    sample_ns: Nanos = Nanos(_HOUR_NS)
    sure: float = 0.5  # probability of a fresh change that raises the alarm
    least_flow: float = 0.01  # growth of the share per sample, below which nothing is an alarm
    alarm_ns: Nanos = Nanos(24 * _HOUR_NS)  # how long an alarm stands
    change: ChangePointParameters = ChangePointParameters()

    def __post_init__(self) -> None:
        if self.sample_ns < 1 or not 0 < self.sure <= 1:
            raise ValueError("sample_ns must be at least 1, sure above 0 and at most 1")


class PoolWatch:
    """One coin in one pool; samples are taken on a fixed grid of event time."""

    def __init__(self, asset: str, parameters: PoolWatchParameters) -> None:
        self._asset = asset
        self._parameters = parameters
        self._changes = (ChangePoint(parameters.change), ChangePoint(parameters.change))
        self._newest: Composition | None = None
        self._hour: deque[tuple[Nanos, float]] = deque()
        self._slot = -1
        self._at_slot = (0.0, 0.0)  # share and entropy when the last sample was taken
        self._alarm_until = Nanos(-1)

    def hear(self, pool: Composition) -> None:
        """Take a composition; older than the newest is ignored."""
        if self._newest is not None and pool.at < self._newest.at:
            return
        slot = pool.at // self._parameters.sample_ns
        now = (share_of(pool, self._asset), entropy_of(pool))
        if self._slot >= 0 and slot > self._slot:
            self._sample(now, slots=slot - self._slot, at=pool.at)
        if slot > self._slot:
            self._slot, self._at_slot = slot, now
        self._newest = pool
        self._hour.append((pool.at, now[0]))
        # The value that held an hour ago stays: flow is told against it.
        while len(self._hour) > 1 and self._hour[1][0] <= pool.at - _HOUR_NS:
            self._hour.popleft()

    def signal(self, at: Nanos) -> PoolSignal | None:
        """Return how the pool leans at `at`; None before anything was heard."""
        if self._newest is None:
            return None
        share = self._hour[-1][1]
        fresh = self._newest.at > at - _HOUR_NS
        return PoolSignal(
            venue=self._newest.venue,
            share=share,
            entropy=entropy_of(self._newest),
            flow=share - self._hour[0][1] if fresh else 0.0,
            alarm=at < self._alarm_until,
        )

    def _sample(self, now: tuple[float, float], *, slots: int, at: Nanos) -> None:
        """A gap counts as one sample: what happened in it, per slot."""
        flow = (now[0] - self._at_slot[0]) / slots
        turn = (now[1] - self._at_slot[1]) / slots
        chances = [
            change.step(value) for change, value in zip(self._changes, (flow, turn), strict=True)
        ]
        if max(chances) >= self._parameters.sure and flow >= self._parameters.least_flow:
            self._alarm_until = Nanos(at + self._parameters.alarm_ns)

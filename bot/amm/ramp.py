"""Curve's amplification on its way from one value to another."""

import msgspec


class Ramp(msgspec.Struct, frozen=True):
    """A as the contract keeps it, with its extra digits; times in seconds."""

    initial: int
    future: int
    initial_time: int
    future_time: int

    def at(self, timestamp_s: int) -> int:
        """Return A in a block of `timestamp_s`, rounded towards where the ramp began.

        Source: `_A` of every Curve StableSwap contract since 3pool.
        """
        if timestamp_s >= self.future_time:
            return self.future
        passed, length = timestamp_s - self.initial_time, self.future_time - self.initial_time
        if self.future > self.initial:
            return self.initial + (self.future - self.initial) * passed // length
        return self.initial - (self.initial - self.future) * passed // length

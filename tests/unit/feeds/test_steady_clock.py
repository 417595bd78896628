"""A clock that does not leap with the machine's, and follows it otherwise."""

import time

import pytest

from bot.domain.units import NANOS_PER_S
from bot.feeds.steady_clock import SteadyClock

START = 1_800_000_000 * NANOS_PER_S


class Machine:
    def __init__(self) -> None:
        self.wall, self.steady = START, 77 * NANOS_PER_S
        self.clock = SteadyClock(lambda: self.wall, lambda: self.steady)

    def passes(self, seconds: float, by_the_wall: float | None = None) -> float:
        """Let time pass; return what the clock says of it since the start."""
        told = seconds if by_the_wall is None else by_the_wall
        self.steady += round(seconds * NANOS_PER_S)
        self.wall += round(told * NANOS_PER_S)
        return (self.clock.now() - START) / NANOS_PER_S


@pytest.mark.parametrize("leap_s", [300.0, -300.0, 3600.0, -3600.0])
def test_a_leap_is_not_followed_and_time_goes_on(leap_s: float) -> None:
    machine = Machine()
    assert machine.passes(10.0) == 10.0
    assert machine.passes(1.0, 1.0 + leap_s) == 11.0
    assert machine.passes(5.0) == 16.0
    assert machine.passes(1.0, 1.0 - leap_s) == 17.0  # and back


def test_a_clock_that_is_slewed_is_followed() -> None:
    machine = Machine()
    for _ in range(60):  # a second each minute, as a time server may
        machine.passes(1.0, 1.0 + 1 / 60)
    assert machine.passes(0.0) == pytest.approx(61.0)


def test_a_machine_that_slept_is_as_late_as_its_clock_says() -> None:
    machine = Machine()
    assert machine.passes(8 * 3600.0) == 8 * 3600.0


def test_it_tells_the_time_of_this_machine() -> None:
    clock = SteadyClock()
    assert abs(clock.now() - time.time_ns()) < NANOS_PER_S // 10
    assert abs(clock.monotonic() - time.monotonic_ns()) < NANOS_PER_S // 10

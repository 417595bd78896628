"""Laps add up to the whole."""

import time

from bot.domain.units import Nanos
from bot.history.laps import Laps


def test_laps_add_up_to_the_time_since_the_start() -> None:
    laps = Laps(Nanos(time.monotonic_ns() - 10_000))
    laps.lap("read")
    laps.lap("send")
    laps.lap("answer")
    assert sum(laps.parts.values()) == laps.total >= 10_000
    assert laps.until("answer") == laps.total
    assert laps.until("send") == laps.parts["read"] + laps.parts["send"]


def test_a_lap_can_have_ended_before_now() -> None:
    start = Nanos(time.monotonic_ns())
    laps = Laps(start)
    laps.lap("send", until=Nanos(start + 5))
    laps.lap("answer")
    assert laps.until("send") == 5


def test_what_did_not_happen_took_no_time() -> None:
    assert Laps(Nanos(0)).until("send") == 0

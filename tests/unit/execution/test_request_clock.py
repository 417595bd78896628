"""A venue's clock as we follow it, and numbers that only ever grow."""

import time
from typing import Any

import pytest

from bot.domain.units import NANOS_PER_MS, NANOS_PER_S
from bot.execution.request_clock import RequestClock


def told(venue: str, off_s: float) -> Any:
    at_ms = (time.time_ns() + round(off_s * NANOS_PER_S)) // NANOS_PER_MS
    if venue == "binance":
        return {"serverTime": at_ms}
    return {"result": {"unixtime": at_ms // 1_000}} if venue == "kraken" else {"epochMillis": at_ms}


@pytest.mark.parametrize("venue", ["binance", "kraken", "coinbase"])
@pytest.mark.parametrize("off_s", [300.0, -3_600.0])
def test_a_clock_follows_the_venue_and_says_how_far_off_it_was(venue: str, off_s: float) -> None:
    clock = RequestClock(venue)
    assert clock.follow(told(venue, off_s), clock.now()) == pytest.approx(off_s, abs=1.1)
    off_ns = clock.now() - time.time_ns() - round(off_s * NANOS_PER_S)
    assert abs(off_ns) < 1.1 * NANOS_PER_S


def test_whole_seconds_do_not_move_a_clock_that_is_as_exact() -> None:
    clock = RequestClock("kraken")
    before = clock.now() - time.monotonic_ns()
    clock.follow(told("kraken", 0.0), clock.now())
    assert abs(clock.now() - time.monotonic_ns() - before) < NANOS_PER_MS * 50


def test_an_answer_that_tells_no_time_moves_nothing() -> None:
    clock = RequestClock("binance")
    for answer in ({}, None, {"serverTime": "soon"}, []):
        with pytest.raises((LookupError, TypeError, ValueError)):
            clock.follow(answer, clock.now())
    assert abs(clock.now() - time.time_ns()) < NANOS_PER_S


def test_numbers_grow_however_close_the_requests_are() -> None:
    clock = RequestClock("kraken")
    numbers = [clock.number() for _ in range(1_000)]
    assert numbers == sorted(set(numbers))


def test_an_overtaken_number_leaps_nowhere_and_a_lost_hour_is_caught_up_with() -> None:
    clock = RequestClock("kraken")
    before = clock.number()
    clock.number_refused()
    assert clock.number() - before < 1_000
    clock.number_taken()
    for _ in range(9):  # fewer than a question is asked again for
        clock.number_refused()
    assert clock.number() - before > 3_600_000


def test_a_stamp_follows_a_clock_that_goes_back_where_it_is_no_number() -> None:
    clock = RequestClock("binance")
    before = clock.number()
    clock.follow(told("binance", -300.0), clock.now())
    assert before - clock.number() == pytest.approx(300_000, abs=1_000)

"""A breaker opens on what goes wrong, tries one entry after a while, and closes when that went."""

from math import nan

import pytest
from msgspec.structs import replace

from bot.control.breaker import Breaker, BreakerParameters, BreakerState
from bot.control.breakers import Breakers
from bot.domain.units import NANOS_PER_S, Nanos

PARAMETERS = BreakerParameters()


def at(seconds: float) -> Nanos:
    """Return a moment of a monotonic clock."""
    return Nanos(int(seconds * NANOS_PER_S))


def failing(count: int, parameters: BreakerParameters = PARAMETERS) -> Breaker:
    """Return a breaker after so many failures in a row at second 0."""
    breaker = Breaker(parameters)
    for _ in range(count):
        breaker.failed("timeout", at(0))
    return breaker


def test_five_failures_in_a_row_open_it_and_four_do_not() -> None:
    assert failing(4).why_stopped(at(1)) == ""
    reason = failing(5).why_stopped(at(1))
    assert reason == "5 failures in a row, the last: timeout; tried again in 59 s"


def test_a_success_between_begins_the_row_afresh() -> None:
    breaker = failing(4)
    breaker.succeeded(at(0))
    for _ in range(4):
        breaker.failed("timeout", at(0))
    assert breaker.state(at(0)) is BreakerState.CLOSED


@pytest.mark.parametrize(("failures", "state"), [(10, "closed"), (11, "open")])
def test_more_than_half_of_the_last_twenty_open_it(failures: int, state: str) -> None:
    breaker = Breaker(replace(PARAMETERS, failures=100))
    for number in range(20):
        if number % 20 < 20 - failures:
            breaker.succeeded(at(0))
        else:
            breaker.failed("timeout", at(0))
    assert breaker.state(at(1)).value == state


@pytest.mark.parametrize(
    ("beyond", "state"),
    [
        ((25, 25, 25), "closed"),
        ((25, 25, 25.1), "open"),
        ((99, 99), "closed"),
        ((-50, 60, 60), "closed"),
    ],
)
def test_fills_that_are_worse_than_estimated_on_average_open_it(
    beyond: tuple[float, ...], state: str
) -> None:
    breaker = Breaker(PARAMETERS)
    for bps in beyond:
        breaker.slipped(bps, at(0))
    assert breaker.state(at(1)).value == state


def test_slippage_that_is_no_number_is_a_failure() -> None:
    breaker = failing(4)
    breaker.slipped(nan, at(0))
    assert breaker.state(at(1)) is BreakerState.OPEN


def test_after_its_time_one_entry_is_tried_and_no_second_one_beside_it() -> None:
    breaker = failing(5)
    assert breaker.state(at(59.9)) is BreakerState.OPEN
    assert breaker.state(at(60)) is BreakerState.HALF_OPEN
    assert breaker.why_stopped(at(60)) == ""
    breaker.began(at(60))
    assert "on trial" in breaker.why_stopped(at(61))


def test_a_trial_that_went_well_closes_it() -> None:
    breaker = failing(5)
    breaker.began(at(60))
    breaker.succeeded(at(61))
    assert breaker.state(at(61)) is BreakerState.CLOSED
    breaker.failed("timeout", at(62))
    assert breaker.state(at(62)) is BreakerState.CLOSED


def test_questions_that_are_answered_do_not_close_it_without_a_trial() -> None:
    breaker = failing(5)
    breaker.succeeded(at(10))
    breaker.succeeded(at(60))
    assert breaker.state(at(61)) is BreakerState.HALF_OPEN


def test_each_trial_that_fails_doubles_the_time_up_to_the_longest() -> None:
    breaker, now, waits = failing(5), 0.0, []
    for _ in range(6):
        now += 10_000
        assert breaker.state(at(now)) is BreakerState.HALF_OPEN
        breaker.began(at(now))
        breaker.failed("timeout", at(now))
        waits.append(next(s for s in range(2_000) if breaker.state(at(now + s)).value != "open"))
    assert waits == [120, 240, 480, 900, 900, 900]


def test_a_trial_that_nobody_hears_of_again_makes_room_for_another() -> None:
    breaker = failing(5)
    breaker.began(at(60))
    assert breaker.why_stopped(at(119)) != ""
    assert breaker.why_stopped(at(120)) == ""


def test_one_venue_alone_stops_itself_and_not_all() -> None:
    breakers = Breakers(PARAMETERS)
    for second in range(20):
        breakers.failed("kraken", "timeout", at(second))
    assert breakers.why_stopped("kraken", at(20)).startswith("breaker of kraken: 20 failures")
    assert breakers.why_stopped("binance", at(20)) == ""


def test_two_venues_together_stop_all() -> None:
    breakers = Breakers(PARAMETERS)
    for venue in ("kraken", "binance"):
        for _ in range(5):
            breakers.failed(venue, "timeout", at(0))
    assert breakers.why_stopped("coinbase", at(1)).startswith("breaker of everything: 10 failures")
    breakers.began("coinbase", at(60))
    breakers.succeeded("coinbase", at(61))
    assert breakers.why_stopped("coinbase", at(61)) == ""
    for venue in ("kraken", "binance"):
        assert breakers.why_stopped(venue, at(59)).startswith(f"breaker of {venue}: ")


def test_the_days_loss_stops_all_for_the_rest_of_the_day() -> None:
    breakers = Breakers(PARAMETERS)
    breakers.lost("5,000 usd lost", at(0), rest_of_day_s=3_600)
    assert "5,000 usd lost" in breakers.why_stopped("kraken", at(3_599))
    assert breakers.why_stopped("kraken", at(3_600)) == ""


def test_bad_fills_at_one_venue_stop_entries_there() -> None:
    breakers = Breakers(PARAMETERS)
    for _ in range(3):
        breakers.slipped("kraken", 40, at(0))
    assert "40.0 bps worse" in breakers.why_stopped("kraken", at(1))
    assert breakers.why_stopped("binance", at(1)) == ""

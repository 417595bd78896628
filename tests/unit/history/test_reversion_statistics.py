import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.depegs import Breadth, Side
from bot.domain.past_depegs import Ending, PastDepeg
from bot.domain.units import Nanos
from bot.history.catalogue_rows import read_catalogue
from bot.history.reversion_statistics import Grouping, came_back, reversions, wilson

DAY = 24 * 3600 * 10**9
NOW = Nanos(2_000_000_000 * 10**9)
DEPEG = PastDepeg(
    id="one",
    asset="USDC",
    side=Side.DISCOUNT,
    breadth=Breadth.EVERYWHERE,
    start=Nanos(NOW - DAY),
    confirmed_at=Nanos(NOW - DAY + 1),
    magnitude_bps=50.0,
    hours=2.0,
    ending=Ending.RECOVERED,
)


def depeg(name: str, **changes: object) -> PastDepeg:
    return msgspec.structs.replace(DEPEG, id=name, **changes)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_gives_the_published_intervals(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000), st.data())
def test_a_bound_is_1_96_standard_errors_from_the_observed_rate(
    trials: int, data: st.DataObject
) -> None:
    successes = data.draw(st.integers(0, trials))
    for bound in wilson(successes, trials):
        if 0.0 < bound < 1.0:
            error = math.sqrt(bound * (1 - bound) / trials)
            assert abs(successes / trials - bound) == pytest.approx(1.959964 * error, rel=1e-5)


def test_groups_are_told_by_band_with_mean_and_median_of_those_that_came_back() -> None:
    found = reversions(
        [
            depeg("a", hours=1.0),
            depeg("b", hours=2.0),
            depeg("c", hours=9.0),
            depeg("d", hours=None),
            depeg("e", hours=None, ending=Ending.TERMINAL),
            depeg("f", magnitude_bps=4_000.0, ending=Ending.TERMINAL, hours=None),
            depeg("g", magnitude_bps=4_000.0, ending=Ending.UNKNOWN, hours=None),
        ],
        Grouping.MAGNITUDE,
        NOW,
    )
    moderate, extreme = found
    assert (moderate.group, extreme.group) == ("moderate", "extreme")
    assert (moderate.counted, moderate.recovered, moderate.timed) == (5, 4, 3)
    assert (moderate.mean_hours, moderate.median_hours) == (4.0, 2.0)
    assert moderate.rate == 0.8
    assert (moderate.low, moderate.high) == wilson(4, 5)
    assert (extreme.counted, extreme.recovered, extreme.unsettled) == (1, 0, 1)
    assert extreme.mean_hours is None


def test_an_event_seen_again_in_a_replay_counts_once() -> None:
    twin = depeg("USDC-1-discount", same_as="one")
    (found,) = reversions([DEPEG, twin], Grouping.COIN, NOW)
    assert found.counted == 1


def test_a_twin_counts_where_the_catalogue_is_left_out() -> None:
    (found,) = reversions([depeg("USDC-1-discount", same_as="one")], Grouping.COIN, NOW)
    assert found.counted == 1


def test_what_one_observer_alone_said_does_not_count() -> None:
    alone = depeg("alone", confirmed_at=None)
    (found,) = reversions([DEPEG, alone], Grouping.COIN, NOW)
    assert found.counted == 1


def test_what_is_not_back_after_90_days_has_not_come_back() -> None:
    young, old = (
        depeg("a", start=Nanos(NOW - days * DAY), ending=Ending.OPEN, hours=None)
        for days in (89, 91)
    )
    assert came_back(young, NOW) is None
    assert came_back(old, NOW) is False


def test_the_catalogue_says_that_open_redemption_separates() -> None:
    below = [past for past in read_catalogue() if past.side is Side.DISCOUNT]
    found = {group.group: group for group in reversions(below, Grouping.REDEMPTION, NOW)}
    assert (found["yes"].recovered, found["yes"].counted) == (19, 21)
    assert (found["no"].recovered, found["no"].counted) == (2, 19)
    assert found["yes"].low > found["no"].high

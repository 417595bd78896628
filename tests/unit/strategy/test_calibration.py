import math

import pytest

from bot.strategy.calibration import Forecast, calibrate, wilson


def _said(never: float, *, came: bool, base: float = 0.5, hours: float | None = None) -> Forecast:
    return Forecast(
        id="x",
        never=never,
        low=0.0,
        high=1.0,
        base=base,
        came=came,
        median_hours=20.0,
        late_hours=90.0,
        hours=hours,
    )


def test_scores_of_a_hand_computed_example() -> None:
    found = calibrate([_said(0.2, came=False), _said(0.9, came=True), _said(0.6, came=False)])
    assert found.brier == pytest.approx((0.04 + 0.01 + 0.36) / 3)
    assert found.brier_of_base == pytest.approx(0.25)
    assert found.skill == pytest.approx(1 - found.brier / 0.25)
    assert found.log_loss == pytest.approx(-(math.log(0.8) + math.log(0.9) + math.log(0.4)) / 3)
    assert found.log_loss_of_base == pytest.approx(math.log(2))
    assert (found.events, found.never) == (3, 1)


def test_saying_the_base_rate_has_no_skill() -> None:
    found = calibrate([_said(0.5, came=came) for came in (True, False, False)])
    assert found.skill == found.skill_low == found.skill_high == 0.0


def test_few_events_leave_the_skill_in_doubt_and_many_less() -> None:
    mixed = [_said(0.2, came=False), _said(0.3, came=True), _said(0.8, came=True)]
    few, many = calibrate(mixed), calibrate(mixed * 25)
    assert few.skill == pytest.approx(many.skill)
    assert few.skill_low < many.skill_low < many.skill < many.skill_high < few.skill_high


def test_the_table_holds_every_event_once_and_says_how_little_few_tell() -> None:
    said = [_said(chance, came=chance > 0.4) for chance in (0.0, 0.05, 0.1, 0.3, 0.5, 0.99, 1.0)]
    table = calibrate(said).reliability
    assert [line.events for line in table] == [2, 1, 1, 1, 2]
    assert table[-1].came == 1.0
    assert table[-1].came_low < 0.7


def test_times_are_scored_where_they_are_known() -> None:
    took = (5.0, 20.0, 21.0, 90.0, 91.0, None)
    found = calibrate([_said(0.2, came=False, hours=hours) for hours in took])
    assert (found.dated, found.by_median, found.by_late) == (5, 2, 4)


def test_an_interval_holds_the_share_and_narrows() -> None:
    # Wilson 1927 for 1 of 10 at 95 %: 0.0179 to 0.4042
    assert wilson(1, 10, 1.95996) == pytest.approx((0.0179, 0.4042), abs=1e-4)
    assert wilson(0, 5)[0] == pytest.approx(0.0)


def test_no_forecasts_have_no_score() -> None:
    with pytest.raises(ValueError, match="no forecasts"):
        calibrate([])

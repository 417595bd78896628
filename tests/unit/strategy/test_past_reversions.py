import msgspec
import pytest
from support.depeg_cases import utc

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Side
from bot.domain.past_depegs import Ending, Facts, PastDepeg
from bot.history.catalogue_rows import read_catalogue
from bot.strategy.outlook import HORIZON_H
from bot.strategy.past_reversions import returns_of


def _past(
    id_: str = "usdx-2022",
    *,
    start: str = "",
    end: str = "",
    ending: Ending = Ending.RECOVERED,
    hours: float | None = None,
) -> PastDepeg:
    first = {4: "-01-01", 7: "-01"}
    return PastDepeg(
        id=id_,
        asset="USDX",
        backing=Backing.FIAT,
        side=Side.DISCOUNT,
        breadth=Breadth.EVERYWHERE,
        start=utc(start + first.get(len(start), "")) if start else None,
        end=utc(end + first.get(len(end), "")) if end else None,
        hours=hours,
        ending=ending,
        facts=Facts(start=start, end=end),
    )


def _hours(past: PastDepeg) -> tuple[float, float | None]:
    (found,) = returns_of([past])
    return found.low_h, found.high_h


def test_dates_without_hours_bound_the_time_from_both_sides() -> None:
    assert _hours(_past(start="2022-06-13", end="2022-06-15")) == (24, 72)
    assert _hours(_past(start="2022-06-13T10:00", end="2022-06-15")) == (38, 62)
    assert _hours(_past(start="2022-06", end="2022-06-15")) == (0, 15 * 24)


def test_hours_to_the_minute_are_believed_within_a_fiftieth() -> None:
    low, high = _hours(_past(start="2023-03-10T22:02", hours=63.8))
    assert low == pytest.approx(62.5, abs=0.1)
    assert high == pytest.approx(65.1, abs=0.1)


def test_a_time_is_known_where_it_is_dated_to_within_two_days() -> None:
    def told(start: str, end: str) -> float | None:
        (found,) = returns_of([_past(start=start, end=end)])
        return found.hours

    assert told("2022-06-13", "2022-06-15") == 48
    assert told("2022-06", "2022-06-15") is None
    assert returns_of([_past()])[0].hours is None
    assert returns_of([_past(ending=Ending.TERMINAL)])[0].hours is None


def test_a_recovery_that_nobody_dated_is_one_within_the_horizon() -> None:
    assert _hours(_past()) == (0, HORIZON_H)


def test_an_end_that_is_bad_has_no_upper_bound_and_is_never() -> None:
    for ending in (Ending.TERMINAL, Ending.PARTIAL):
        (found,) = returns_of([_past(ending=ending)])
        assert found.high_h is None
        assert found.is_never


def test_back_later_than_the_horizon_is_never() -> None:
    (late,) = returns_of([_past(hours=HORIZON_H * 1.2)])
    assert late.is_never


def test_what_goes_on_or_is_told_twice_does_not_count() -> None:
    again = msgspec.structs.replace(_past("seen"), same_as="usdx-2022")
    unknown = [_past("a", ending=Ending.OPEN), _past("b", ending=Ending.UNKNOWN)]
    assert [one.id for one in returns_of([again, *unknown, _past()])] == ["usdx-2022"]


def test_events_within_days_of_each_other_hang_together() -> None:
    days = ("2022-05-07", "2022-05-10", "2022-05-12", "2022-05-16")
    found = returns_of([_past(day, start=day) for day in days])
    assert [one.episode for one in found] == [1, 1, 1, 2]
    undated = returns_of([_past("a"), _past("b")])
    assert undated[0].episode != undated[1].episode


def test_of_the_catalogue_one_event_has_no_known_ending() -> None:
    found = returns_of(read_catalogue())
    assert len(found) == 75
    assert sum(one.is_never for one in found) == 29
    march_2023 = {one.episode for one in found if "-2023-03" in one.id}
    assert len(march_2023) == 1

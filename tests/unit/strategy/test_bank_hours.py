import pytest
from support.depeg_cases import utc

from bot.strategy.bank_hours import banks_closed, hours_until_open


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2023-03-10T22:02", False),  # Friday 17:02 in New York: USDC begins to fall
        ("2023-03-10T23:59", False),
        ("2023-03-11T00:00", True),  # Friday 19:00
        ("2023-03-11T12:00", True),
        ("2023-03-13T00:59", True),  # Sunday 20:59, clocks went forward that morning
        ("2023-03-13T01:00", False),
        ("2023-01-17T01:00", True),  # Martin Luther King's day, evening of Monday
        ("2023-01-17T02:00", False),
        ("2023-11-10T15:00", False),  # Veterans Day is a Saturday: Friday is worked
        ("2022-12-26T15:00", True),  # Christmas is a Sunday: Monday is not
        ("2023-11-23T15:00", True),
        ("2023-05-29T15:00", True),
    ],
)
def test_dollars_move_when_fedwire_does(moment: str, *, closed: bool) -> None:
    assert banks_closed("USD", utc(moment)) is closed


@pytest.mark.parametrize(
    ("moment", "closed"),
    [
        ("2023-03-10T06:30", False),  # 07:30 in Frankfurt
        ("2023-03-10T05:59", True),
        ("2023-03-27T05:00", False),  # 07:00, summer since Sunday
        ("2023-03-27T16:00", True),
        ("2023-04-07T10:00", True),  # Good Friday
        ("2023-04-10T10:00", True),  # Easter Monday
        ("2024-04-01T10:00", True),
        ("2023-05-01T10:00", True),
        ("2023-07-04T10:00", False),
    ],
)
def test_euros_move_when_target_does(moment: str, *, closed: bool) -> None:
    assert banks_closed("EUR", utc(moment)) is closed


def test_a_weekend_is_waited_for_to_its_end() -> None:
    assert hours_until_open("USD", utc("2023-03-11T00:00")) == 49
    assert hours_until_open("USD", utc("2023-03-13T00:59")) == 1
    assert hours_until_open("USD", utc("2023-03-13T01:00")) == 0


def test_a_coin_never_rests() -> None:
    assert not banks_closed("USDC", utc("2023-03-11T12:00"))

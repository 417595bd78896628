"""When banks settle: an issuer's fiat rail rests while they do not.

Sources: Fedwire Funds Service (21:00 of the day before until 19:00 New York time, Monday to
Friday, without the holidays of the Federal Reserve Banks); TARGET closing days of the European
Central Bank (here 07:00 until 18:00 Frankfurt time). Clock changes follow the laws of 2007 (United
States) and 2002 (European Union). A holiday on a Saturday is not moved to Friday, as at the
Reserve Banks.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from bot.domain.units import NANOS_PER_S, Nanos

_DOLLAR_AHEAD_H = 3  # 21:00 becomes midnight: each settlement day is then a calendar day
_DOLLAR_CLOSES_H = 19 + _DOLLAR_AHEAD_H
_EURO_OPENS_H = 7
_EURO_CLOSES_H = 18
_HOUR_NS = 3_600 * NANOS_PER_S
_LONGEST_REST_H = 24 * 7
_HOURS_KEPT = 1_000  # answers: every decision asks for the hour that it is


def banks_closed(currency: str, at: Nanos) -> bool:
    """Whether money of a currency cannot move between banks; False for what is no fiat money."""
    return _is_closed(currency, at // _HOUR_NS)


@lru_cache(maxsize=_HOURS_KEPT)
def _is_closed(currency: str, hour: int) -> bool:
    """The same for a whole hour since the epoch: banks open and close on the hour."""
    moment = datetime.fromtimestamp(hour * 3_600, tz=UTC)
    if currency == "USD":
        ours = moment + timedelta(hours=_DOLLAR_AHEAD_H - (4 if _is_us_summer(moment) else 5))
        return not _is_us_workday(ours.date()) or ours.hour >= _DOLLAR_CLOSES_H
    if currency == "EUR":
        ours = moment + timedelta(hours=2 if _is_eu_summer(moment) else 1)
        in_hours = _EURO_OPENS_H <= ours.hour < _EURO_CLOSES_H
        return not _is_eu_workday(ours.date()) or not in_hours
    return False


def hours_until_open(currency: str, at: Nanos) -> int:
    """Return whole hours, rounded up, until banks settle; 0 while they do."""
    return _hours_closed(currency, at // _HOUR_NS)


@lru_cache(maxsize=_HOURS_KEPT)
def _hours_closed(currency: str, hour: int) -> int:
    for hours in range(_LONGEST_REST_H):
        if not _is_closed(currency, hour + hours):
            return hours
    return _LONGEST_REST_H


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth (from 1) such weekday (Monday is 0) of a month; below zero counts from its end."""
    if nth < 0:
        after = date(year + month // 12, month % 12 + 1, 1)
        return after - timedelta(days=(after.weekday() - weekday - 1) % 7 + 1 + 7 * (-nth - 1))
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _utc(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _is_us_summer(moment: datetime) -> bool:
    start = _utc(_nth_weekday(moment.year, 3, 6, 2), 7)  # 02:00 at five hours behind
    return start <= moment < _utc(_nth_weekday(moment.year, 11, 6, 1), 6)


def _is_eu_summer(moment: datetime) -> bool:
    start = _utc(_nth_weekday(moment.year, 3, 6, -1), 1)
    return start <= moment < _utc(_nth_weekday(moment.year, 10, 6, -1), 1)


def _is_us_workday(day: date) -> bool:
    fixed = {(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)}
    moving = {
        _nth_weekday(day.year, 1, 0, 3),
        _nth_weekday(day.year, 2, 0, 3),
        _nth_weekday(day.year, 5, 0, -1),
        _nth_weekday(day.year, 9, 0, 1),
        _nth_weekday(day.year, 10, 0, 2),
        _nth_weekday(day.year, 11, 3, 4),
    }
    eve = day - timedelta(days=1)  # a Sunday's holiday is kept on Monday
    kept_late = day.weekday() == 0 and (eve.month, eve.day) in fixed
    rests = (day.month, day.day) in fixed or day in moving or kept_late
    return day.weekday() < 5 and not rests


def _is_eu_workday(day: date) -> bool:
    easter = _easter(day.year)
    moving = {easter - timedelta(days=2), easter + timedelta(days=1)}
    fixed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return day.weekday() < 5 and day not in moving and (day.month, day.day) not in fixed


def _easter(year: int) -> date:
    """Western Easter of the Gregorian calendar.

    Source: the "anonymous" rule as in Meeus, Astronomical Algorithms, chapter 8.
    """
    century, rest = divmod(year, 100)
    golden = year % 19
    moon = (19 * golden + century - century // 4 - (8 * century + 13) // 25 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)

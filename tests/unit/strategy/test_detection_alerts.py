"""Nobody is woken for what is small or what one venue alone says."""

from support.asset_views import moment, view_of

from bot.domain.depegs import DepegChange, Severity, Turn
from bot.strategy.detection import DepegDetector
from bot.strategy.detection_alerts import is_alert


def life_of(*offs: float, venues: tuple[str, ...] = ("kraken", "binance")) -> list[DepegChange]:
    detector = DepegDetector()
    return [
        change
        for i, off in enumerate(offs)
        for change in detector.step(view_of(off, dict.fromkeys(venues, off)), moment(700 * i))
    ]


def told(changes: list[DepegChange], least: Severity = Severity.MODERATE) -> list[Turn]:
    return [change.turn for change in changes if is_alert(change, least)]


def test_a_minor_depeg_is_no_alert() -> None:
    changes = life_of(-19, -6, 0, 0)
    assert Turn.RESOLVED in [change.turn for change in changes]
    assert told(changes) == []


def test_a_depeg_that_grows_past_the_band_is_told_then_and_when_it_is_over() -> None:
    assert told(life_of(-19, -21, -40, -90, 0, 0)) == [Turn.SEVERER, Turn.RESOLVED]


def test_what_one_venue_alone_says_is_no_alert() -> None:
    assert told(life_of(-900, -900, 0, 0, venues=("kraken",))) == []


def test_who_wants_only_the_worst_hears_only_that() -> None:
    assert told(life_of(-21, -120, -600, -600), Severity.EXTREME) == [Turn.SEVERER]

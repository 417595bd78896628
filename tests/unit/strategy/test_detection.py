"""The life of a depeg, from views that a test makes up."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.asset_views import moment, view_of

from bot.domain.depegs import Breadth, DepegChange, Severity, Side, Status, Turn
from bot.domain.views import AssetView, NoView
from bot.strategy.detection import DepegDetector
from bot.strategy.detection_agreement import DetectionParameters

Step = tuple[float, AssetView | NoView]


def played(steps: Iterable[Step], detector: DepegDetector | None = None) -> list[DepegChange]:
    detector = detector or DepegDetector()
    return [change for at, view in steps for change in detector.step(view, moment(at))]


def path(*points: tuple[float, float]) -> list[Step]:
    return [(at, view_of(off)) for at, off in points]


def turns(changes: Iterable[DepegChange]) -> list[Turn]:
    return [change.turn for change in changes]


def nothing(asset: str = "USDC") -> NoView:
    return NoView(asset=asset, reason="all is stale", at=moment(0))


def test_a_deviation_below_the_lowest_band_is_no_depeg() -> None:
    assert played(path((0, -4.99), (3600, -4.99), (7200, 0))) == []


def test_a_crossing_that_holds_starts_a_depeg_at_the_moment_it_crossed() -> None:
    (started, confirmed) = played(path((0, 0), (60, -5), (70, -5)))
    assert (started.turn, confirmed.turn) == (Turn.STARTED, Turn.CONFIRMED)
    assert started.depeg.start == moment(60)
    assert started.at == moment(70)
    assert started.depeg.side is Side.DISCOUNT
    assert started.depeg.severity is Severity.MINOR


def test_a_crossing_that_does_not_hold_for_ten_seconds_starts_nothing() -> None:
    assert played(path((0, 0), (60, -300), (69.9, 0), (600, 0))) == []


def test_one_timestamp_alone_starts_nothing_however_often_it_is_told() -> None:
    assert played(path((60, -300), (60, -300), (60, -301))) == []


def test_a_crossing_must_hold_without_a_break() -> None:
    broken = path((0, -9), (6, 0), (7, -9), (16, 0), (60, 0))
    assert played(broken) == []
    assert turns(played(path((0, -9), (6, -8), (7, -9), (16, 0)))) == [Turn.STARTED, Turn.CONFIRMED]


def test_the_trough_is_the_worst_value_that_held_for_any_time() -> None:
    detector = DepegDetector()
    changes = played(path((0, -30), (60, -812.5), (61, -400), (61, -900), (61, -300), (90, -200)))
    assert changes[-1].depeg.trough_bps == pytest.approx(812.5)
    assert changes[-1].depeg.trough_at == moment(60)
    assert changes[-1].depeg.severity is Severity.EXTREME
    assert detector.active == ()


def test_what_held_for_no_time_is_not_there() -> None:
    usual = path((0, -30), (60, -40), (120, -50), (180, -50))
    noisy = path((0, -30), (60, 0), (60, -4000), (60, -40), (120, 500), (120, -50), (180, -50))
    assert played(noisy) == played(usual)


@pytest.mark.parametrize(
    ("off_bps", "severity"),
    [
        (-19.99, Severity.MINOR),
        (-20, Severity.MODERATE),
        (99.99, Severity.MODERATE),
        (100, Severity.SEVERE),
        (-499.99, Severity.SEVERE),
        (-500, Severity.EXTREME),
    ],
)
def test_severity_is_the_band_of_the_largest_magnitude(off_bps: float, severity: Severity) -> None:
    changes = played(path((0, off_bps), (60, off_bps / 2), (120, off_bps / 2)))
    assert changes[-1].depeg.severity is severity


def test_a_worse_band_is_a_turn_and_a_better_one_is_not() -> None:
    changes = played(path((0, -10), (60, -25), (120, -24), (180, -26), (240, -12), (300, -12)))
    assert turns(changes).count(Turn.SEVERER) == 1


def test_a_depeg_worsens_recovers_and_is_resolved_once() -> None:
    detector = DepegDetector()
    fall_and_rise = path((0, -10), (60, -100), (120, -200), (180, -150), (240, -20), (300, -1))
    changes = played([*fall_and_rise, (899, view_of(0)), (900, view_of(0))], detector)
    assert turns(changes) == [
        Turn.STARTED,
        Turn.CONFIRMED,
        Turn.SEVERER,
        Turn.WORSENING,
        Turn.RECOVERING,
        Turn.RESOLVED,
    ]
    over = changes[-1]
    assert (over.at, over.depeg.end) == (moment(900), moment(300))
    assert over.depeg.status is Status.RESOLVED
    assert detector.active == ()


def test_between_the_bands_a_depeg_neither_ends_nor_begins() -> None:
    low = path((0, -3), (3600, -3))
    assert played(low) == []
    lingering = path((0, -9), (60, -3), (7200, -3), (7260, -9), (7320, -9))
    assert Turn.RESOLVED not in turns(played(lingering))
    assert turns(played(lingering)).count(Turn.STARTED) == 1


def test_calm_must_last_before_it_is_over() -> None:
    changes = played(path((0, -9), (60, 0), (659, -9), (720, 0), (1319, 0)))
    assert Turn.RESOLVED not in turns(changes)
    assert played(path((0, -9), (60, 0), (660, -9)))[-1].turn is Turn.RESOLVED


def test_noise_around_one_level_makes_no_turns() -> None:
    noise = path(*((60.0 * i, -50.0 - 4 * (i % 2)) for i in range(100)))
    assert turns(played(noise)) == [Turn.STARTED, Turn.CONFIRMED]


def test_the_other_side_ends_a_depeg_before_it_begins_its_own() -> None:
    changes = played(path((0, -9), (60, 30), (120, 30)))
    assert [(c.turn, c.depeg.side) for c in changes[-3:]] == [
        (Turn.RESOLVED, Side.DISCOUNT),
        (Turn.STARTED, Side.PREMIUM),
        (Turn.CONFIRMED, Side.PREMIUM),
    ]
    assert changes[-3].depeg.end == moment(60)


def test_a_side_that_begins_ends_the_other_then_however_long_it_is_before_anybody_looks() -> None:
    late = played(path((0, -9), (60, 30), (7200, 30)))
    assert late == played(path((0, -9), (60, 30), (65, 30), (70, 30), (80, 30), (7200, 30)))
    assert [c.at for c in late if c.turn is Turn.RESOLVED] == [moment(70)]


def test_one_market_alone_is_followed_and_never_confirmed() -> None:
    changes = played([(0, view_of(-300, {"kraken": -300})), (60, view_of(-300, {"kraken": -300}))])
    assert turns(changes) == [Turn.STARTED]
    assert changes[0].depeg.confirmed_at is None
    assert changes[0].depeg.breadth is Breadth.VENUE_LOCAL


@pytest.mark.parametrize("consensus", [-1000, -500, 0])
def test_one_venue_of_several_never_makes_a_depeg_wherever_the_consensus_lies(
    consensus: float,
) -> None:
    alone = view_of(consensus, {"binanceus": -1000, "kraken": -1})
    assert played([(0, alone), (600, alone), (1200, alone)]) == []


def test_one_market_that_is_left_alone_starts_nothing_for_six_hours() -> None:
    two, one = view_of(0), view_of(-300, {"kraken": -300})
    assert played([(0, two), (60, one), (3600, one), (6 * 3600 + 60, one)]) == []
    later = played([(0, two), (60, one), (6 * 3600 + 61, one), (6 * 3600 + 120, one)])
    assert turns(later) == [Turn.STARTED]


def test_an_oracle_that_agrees_is_enough_where_other_markets_fell_silent() -> None:
    two, one = view_of(0), view_of(-300, {"kraken": -300, "chainlink": -250})
    assert turns(played([(0, two), (60, one), (120, one)])) == [Turn.STARTED, Turn.CONFIRMED]


def test_a_depeg_under_way_is_followed_by_the_market_that_is_left() -> None:
    alone = view_of(-700, {"kraken": -700})
    changes = played([(0, view_of(-300)), (60, alone), (120, alone)])
    assert changes[-1].depeg.severity is Severity.EXTREME


def test_two_pairs_of_one_venue_are_one_voice() -> None:
    seen = view_of(-300, {"kraken": -300, "binance": -1})
    twice = msgspec.structs.replace(seen, venues=(*seen.venues, seen.venues[0]))
    assert played([(0, twice), (600, twice)]) == []
    alone = msgspec.structs.replace(seen, venues=(seen.venues[0], seen.venues[0]))
    (started,) = played([(0, alone), (600, alone)])
    assert started.depeg.breadth is Breadth.VENUE_LOCAL


def test_where_a_second_venue_shows_less_the_depeg_is_as_large_as_that() -> None:
    split = view_of(-1000, {"binanceus": -1000, "kraken": -60})
    found = played([(0, split), (60, split)])[-1].depeg
    assert found.trough_bps == pytest.approx(60)
    assert found.severity is Severity.MODERATE
    assert set(found.venues) == {"binanceus", "kraken"}


@pytest.mark.parametrize(
    ("venues", "breadth", "confirmed"),
    [
        ({"kraken": -50}, Breadth.VENUE_LOCAL, False),
        ({"curve": -50}, Breadth.VENUE_LOCAL, False),
        ({"kraken": -50, "binance": -50}, Breadth.CEX_WIDE, True),
        ({"curve": -50, "uniswap": -50}, Breadth.ON_CHAIN, True),
        ({"kraken": -50, "curve": -50}, Breadth.EVERYWHERE, True),
        ({"kraken": -50, "chainlink": -50}, Breadth.CEX_WIDE, True),
        ({"kraken": -50, "circle": -50}, Breadth.VENUE_LOCAL, False),
        ({"kraken": -50, "chainlink": 0}, Breadth.VENUE_LOCAL, False),
        ({"curve": -50, "chainlink": -50}, Breadth.EVERYWHERE, True),
    ],
)
def test_breadth_is_who_shows_it(
    venues: dict[str, float], breadth: Breadth, *, confirmed: bool
) -> None:
    seen = view_of(-50, venues)
    depeg = played([(0, seen), (60, seen)])[-1].depeg
    assert (depeg.breadth, depeg.confirmed_at is not None) == (breadth, confirmed)


def test_a_second_observer_confirms_and_a_pool_makes_it_wider() -> None:
    steps: list[Step] = [
        (0, view_of(-50, {"kraken": -50})),
        (60, view_of(-50, {"kraken": -50, "binance": -50})),
        (120, view_of(-50, {"kraken": -50, "binance": -50, "curve": -50})),
        (180, view_of(-50, {"kraken": -50})),
        (240, view_of(-50, {"kraken": -50})),
    ]
    changes = played(steps)
    assert turns(changes) == [Turn.STARTED, Turn.CONFIRMED, Turn.WIDER]
    assert changes[1].depeg.confirmed_at == moment(60)
    assert changes[-1].depeg.breadth is Breadth.EVERYWHERE
    assert changes[-1].depeg.venues == ("kraken", "binance", "curve")


def test_a_price_that_is_not_known_starts_nothing_and_ends_nothing() -> None:
    assert played([(0, view_of(-9)), (5, nothing()), (6, view_of(-9)), (15, nothing())]) == []
    detector = DepegDetector()
    active = [*path((0, -9), (60, -9), (120, 0)), (180, nothing()), (7200, nothing())]
    assert Turn.RESOLVED not in turns(played(active, detector))
    assert len(detector.active) == 1


def test_calm_counts_anew_after_a_time_in_which_nothing_was_known() -> None:
    calm = view_of(0)
    steps: list[Step] = [*path((0, -9), (60, -9)), (120, calm), (420, nothing()), (480, calm)]
    assert Turn.RESOLVED not in turns(played([*steps, (1079, calm)]))
    assert turns(played([*steps, (1080, calm)]))[-1] is Turn.RESOLVED


def test_a_coin_is_off_its_own_par() -> None:
    in_band = view_of(400, asset="LUSD")
    assert played([(0, in_band), (600, in_band)]) == []


def test_an_ignored_asset_is_not_followed_until_it_is_watched_again() -> None:
    detector = DepegDetector()
    played(path((0, -9), (60, -9)), detector)
    detector.ignore("USDC")
    assert detector.active == ()
    assert played(path((120, -9), (600, -9)), detector) == []
    detector.watch("USDC")
    assert turns(played(path((700, -9), (800, -9)), detector)) == [Turn.STARTED, Turn.CONFIRMED]


def test_assets_do_not_touch_each_other() -> None:
    detector = DepegDetector()
    both = [(t, view_of(-9, asset=a)) for t in (0, 60) for a in ("USDC", "DAI")]
    assert [c.depeg.asset for c in played(both, detector)] == ["USDC", "USDC", "DAI", "DAI"]
    assert [d.asset for d in detector.active] == ["DAI", "USDC"]


def test_a_clock_that_goes_back_changes_nothing_that_has_held() -> None:
    assert played(path((60, 0), (0, -300), (59, -300), (60, 0), (600, 0))) == []


@pytest.mark.parametrize(
    "wrong",
    [{"hold_s": 0}, {"quiet_s": -1}, {"exit_bps": 5.1}, {"exit_bps": 0}, {"turn_share": 1}],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        DetectionParameters(**wrong)


OFFS = st.one_of(st.none(), st.integers(min_value=-700, max_value=700).map(float))
STEPS = st.lists(st.tuples(st.sampled_from([1, 5, 60, 300, 900]), OFFS), min_size=1, max_size=40)


def _timed(steps: list[tuple[int, float | None]]) -> list[Step]:
    at, found = 0, list[Step]()
    for gap, off in steps:
        at += gap
        found.append((at, nothing() if off is None else view_of(off / 10)))
    return found


@settings(max_examples=300)
@given(STEPS, st.lists(st.integers(min_value=1, max_value=8), min_size=1, max_size=5))
def test_telling_the_same_view_again_in_between_changes_no_event(
    steps: list[tuple[int, float | None]], cuts: list[int]
) -> None:
    once = _timed(steps)
    often: list[Step] = []
    for (at, view), (until, _) in zip(once, [*once[1:], once[-1]], strict=True):
        often.append((at, view))
        often += [(at + (until - at) * cut / 9, view) for cut in sorted(cuts)]
    assert played(often) == played(once)


@settings(max_examples=300)
@given(STEPS)
def test_a_life_is_well_formed_whatever_happens(steps: list[tuple[int, float | None]]) -> None:
    changes = played(_timed(steps))
    assert [c.at for c in changes] == sorted(c.at for c in changes)
    for id_ in {c.depeg.id for c in changes}:
        life = [c for c in changes if c.depeg.id == id_]
        assert life[0].turn is Turn.STARTED
        assert turns(life).count(Turn.STARTED) == 1
        assert Turn.RESOLVED not in turns(life[:-1])
        troughs = [c.depeg.trough_bps for c in life]
        assert troughs == sorted(troughs)
        assert troughs[0] >= 5

import tomllib
from pathlib import Path

import msgspec
import pytest
from support.asset_views import moment
from support.held_positions import BELIEF, exit_plan, wad

from bot.domain.coins import Par, coin_of
from bot.domain.depegs import Side
from bot.domain.trade_plans import PartialExit
from bot.domain.units import NANOS_PER_S, WAD, Wad
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for, reversion_of

_HOUR = 3_600 * NANOS_PER_S
_NOW = moment(0)


def test_a_discount_aims_almost_at_par_and_stops_when_it_is_three_times_as_deep() -> None:
    plan = exit_plan(0.94)
    assert plan.target_price == wad(0.94 + 0.97 * 0.06)
    assert plan.stop_price == wad(0.94 - 0.94 * 0.12)
    assert plan.partials[:2] == ExitParameters().partials
    assert plan.partials[-1].share == 1.0
    assert plan.partials[-1].reversion == pytest.approx(0.97)


def test_a_premium_is_its_mirror_and_may_double() -> None:
    plan = exit_plan(1.04)
    assert plan.target_price == wad(1.04 - 0.97 * 0.04)
    assert plan.stop_price == wad(1.04 + 1.04 * 0.04)
    assert reversion_of(plan, Wad(WAD), wad(1.02)) == pytest.approx(0.5)
    assert reversion_of(plan, Wad(WAD), wad(1.06)) == pytest.approx(-0.5)


@pytest.mark.parametrize(
    ("price", "distance_bps"),
    [(0.9930, 150.0), (0.9920, 160.0), (0.93, 1_400.0), (0.92, 1_500.0), (0.5, 1_500.0)],
)
def test_the_stop_is_neither_too_near_nor_too_far(price: float, distance_bps: float) -> None:
    stop = exit_plan(price).stop_price
    assert stop / WAD == pytest.approx(price * (1 - distance_bps / 1e4), abs=1e-9)


def test_a_short_way_ends_a_little_before_par() -> None:
    plan = exit_plan(0.9970)
    assert plan.target_price == wad(0.9997)
    assert plan.partials[-1].reversion == pytest.approx(0.9)
    tiny = exit_plan(0.9996)
    assert tiny.target_price == wad(0.9998)  # half of the way in any case
    assert [p.reversion for p in tiny.partials] == [0.5]


@pytest.mark.parametrize(("late_hours", "hours"), [(3.0, 12.0), (48.0, 48.0), (2_000.0, 336.0)])
def test_the_time_stop_is_when_nine_of_ten_are_back_within_bounds(
    late_hours: float, hours: float
) -> None:
    belief = msgspec.structs.replace(BELIEF, late_hours=late_hours)
    entry = Entry(side=Side.DISCOUNT, price=wad(0.94), par=Par())
    plan = exit_plan_for(entry, belief, ExitParameters(), _NOW)
    assert plan.stop_at == _NOW + hours * _HOUR


def test_coins_with_another_par_go_back_to_that() -> None:
    band = exit_plan(0.97, asset="LUSD")
    assert 0.97 < band.target_price / WAD < 0.985
    above = exit_plan(1.12, asset="LUSD")
    assert 1.1 < above.target_price / WAD < 1.12
    assert above.stop_price > wad(1.12)
    bond = exit_plan(0.85, asset="USD0++")
    assert 0.869 < bond.target_price / WAD < 0.87
    euro = exit_plan(0.98, asset="EURC")  # in euros
    assert euro.target_price == wad(0.9994)


@pytest.mark.parametrize(("side", "price"), [(Side.DISCOUNT, 1.01), (Side.PREMIUM, 0.99)])
def test_what_is_on_the_other_side_of_par_has_no_exit_plan(side: Side, price: float) -> None:
    with pytest.raises(ValueError, match="that is none"):
        exit_plan_for(Entry(side=side, price=wad(price), par=Par()), BELIEF, ExitParameters(), _NOW)


def test_inside_a_band_there_is_nothing_to_gain() -> None:
    par = coin_of("LUSD").par
    entry = Entry(side=Side.DISCOUNT, price=par.low, par=par)
    with pytest.raises(ValueError, match="that is none"):
        exit_plan_for(entry, BELIEF, ExitParameters(), _NOW)


@pytest.mark.parametrize(
    "partials",
    [
        (PartialExit(reversion=0.5, share=1.0),),
        (PartialExit(reversion=0.0, share=0.5),),
        (PartialExit(reversion=0.8, share=0.3), PartialExit(reversion=0.5, share=0.6)),
        (PartialExit(reversion=0.5, share=0.6), PartialExit(reversion=0.8, share=0.3)),
    ],
)
def test_partials_that_do_not_grow_are_refused(partials: tuple[PartialExit, ...]) -> None:
    with pytest.raises(ValueError, match="partials"):
        ExitParameters(partials=partials)


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="stop_least_bps"):
        ExitParameters(stop_least_bps=500.0, stop_most_bps=400.0)
    with pytest.raises(ValueError, match="stop_least_hours"):
        ExitParameters(stop_least_hours=500.0)


def test_settings_are_read_and_bounded() -> None:
    told = b'{"partials":[{"reversion":0.6,"share":0.5}],"rails":{"psm":"ethereum"}}'
    read = msgspec.json.decode(told, type=ExitParameters)
    assert read.partials == (PartialExit(reversion=0.6, share=0.5),)
    for wrong in (b'{"target":1.1}', b'{"gap":-0.1}', b'{"blind_s":0}', b'{"stops":1}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(wrong, type=ExitParameters)


def test_the_docs_name_every_setting_with_its_default() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "exits.md").read_text()
    told = tomllib.loads(docs.partition("```toml\n")[2].partition("```")[0])["exits"]
    assert set(told) == set(ExitParameters.__struct_fields__)
    assert msgspec.convert(told, ExitParameters) == ExitParameters()

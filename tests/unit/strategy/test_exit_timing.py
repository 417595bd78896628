import msgspec
import pytest
from support.asset_views import moment
from support.held_positions import entry_plan, exit_plan, wad

from bot.strategy.exit_plans import ExitParameters
from bot.strategy.exit_timing import ExitTiming
from bot.strategy.outlook import Outlook
from bot.strategy.trading_costs import TradingCosts

_FREE = TradingCosts(carry_bps_per_year=0.0)
_PLAIN = ExitParameters(gap=0.0)
_LIKELY = Outlook(cured=0.05, scale_h=10.0, shape=2.0, age_h=5.0)


def test_what_surely_comes_back_is_worth_the_whole_way_less_carry() -> None:
    sure = Outlook(cured=1e-12, scale_h=0.01, shape=3.0, age_h=0.0)
    plan = entry_plan(exit_plan(0.94))
    found = ExitTiming(_PLAIN, TradingCosts()).best_wait(plan, wad(0.96), sure, moment(0))
    whole = (0.9982 - 0.96) / 0.96 * 1e4
    assert found.gain_bps == pytest.approx(whole - 450 / 8_760, abs=0.01)
    assert found.hours == 1.0  # no longer than it takes


def test_what_never_comes_back_is_worth_nothing_to_wait_for() -> None:
    lost = Outlook(cured=1 - 1e-12, scale_h=10.0, shape=2.0, age_h=0.0)
    plan = entry_plan(exit_plan(0.94))
    found = ExitTiming(_PLAIN, _FREE).best_wait(plan, wad(0.94), lost, moment(0))
    stop = (0.94 - 0.8272) / 0.94 * 1e4
    assert found.gain_bps == pytest.approx(-stop * (1 - 0.5 ** (1 / 72)), abs=0.01)


def test_falls_that_no_trade_interrupts_cost_more() -> None:
    plan = entry_plan(exit_plan(0.94))
    gains = [
        ExitTiming(ExitParameters(gap=gap), _FREE)
        .best_wait(plan, wad(0.94), _LIKELY, moment(0))
        .gain_bps
        for gap in (0.0, 0.1, 1.0)
    ]
    assert gains[0] > gains[1] > gains[2]


def test_the_nearer_to_the_target_the_less_there_is_to_wait_for() -> None:
    plan = entry_plan(exit_plan(0.94))
    timing = ExitTiming(ExitParameters(), TradingCosts())
    prices = (0.94, 0.96, 0.98, 0.99, 0.997)
    gains = [timing.best_wait(plan, wad(p), _LIKELY, moment(0)).gain_bps for p in prices]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 0 > gains[-1]


def test_it_waits_no_longer_than_the_time_stop() -> None:
    plan = entry_plan(exit_plan(0.94))
    timing = ExitTiming(ExitParameters(), TradingCosts())
    slow = Outlook(cured=0.01, scale_h=60.0, shape=2.0, age_h=0.0)
    assert timing.best_wait(plan, wad(0.95), slow, moment(0)).hours == 48.0
    late = timing.best_wait(plan, wad(0.95), slow, moment(47 * 3_600))
    assert late.hours == 1.0
    past = timing.best_wait(plan, wad(0.95), slow, moment(50 * 3_600))
    assert (past.hours, past.gain_bps) == (0.0, 0.0)


def test_a_premium_has_no_terminal_loss() -> None:
    plan = entry_plan(exit_plan(1.04))
    some, all_of_it = (
        ExitTiming(ExitParameters(gap=gap), _FREE)
        .best_wait(plan, wad(1.04), _LIKELY, moment(0))
        .gain_bps
        for gap in (0.0, 1.0)
    )
    assert some == pytest.approx(all_of_it)
    assert some > 0


def test_chances_by_the_hour_add_up_to_the_chance_of_never() -> None:
    within = [_LIKELY.back_within(h) for h in (0.0, 1.0, 24.0, 90 * 24.0, 1e9)]
    assert within == sorted(within)
    assert within[0] == 0.0
    assert 1.0 - within[3] == pytest.approx(_LIKELY.never)
    young = msgspec.structs.replace(_LIKELY, age_h=0.0)
    assert young.back_within(1e12) == pytest.approx(0.95)
    assert young.back_within(10.0) == pytest.approx(0.475)

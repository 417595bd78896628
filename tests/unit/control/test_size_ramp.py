"""Sizes are earned step by step, lost by a bad run, and survive a restart."""

from math import nan
from typing import Any

import pytest
from msgspec.structs import replace
from support.risk_cases import NOW, usd

from bot.control.size_ramp import RampResult, SizeRamp
from bot.domain.ledger_events import Decided
from bot.domain.risk import RiskLimits
from bot.domain.units import Nanos, Wad

LIMITS = RiskLimits(ramp_trades=3)
DAY = 86_400 * 10**9


def a_result(number: int, **changes: Any) -> RampResult:
    """Return a position that made a dollar with the fills that were estimated."""
    result = RampResult(
        position=f"position{number:03d}", net_usd=usd(1), beyond_bps=0.0, traded_usd=usd(25_000)
    )
    return replace(result, **changes)


class Journal:
    """Writes down what the ramp decides, and gives it back to that ramp."""

    def __init__(self, limits: RiskLimits = LIMITS, *, is_live: bool = True) -> None:
        self.ramp, self.written = SizeRamp(limits, is_live=is_live), list[Decided]()
        self.closings = 0

    def close(self, count: int = 1, **changes: Any) -> None:
        """Close so many positions."""
        for _ in range(count):
            self.closings += 1
            self.write(self.ramp.closed(a_result(self.closings, **changes), NOW))

    def write(self, event: Decided | None) -> None:
        """Write an event down, if there is one."""
        if event is not None:
            self.written.append(event)
            self.ramp.apply(event)


def test_live_trading_starts_with_the_smallest_order() -> None:
    assert SizeRamp(LIMITS).earned() == usd(500)


def test_outside_of_live_trading_the_last_step_is_in_force_and_nothing_is_noted() -> None:
    journal = Journal(is_live=False)
    journal.close(10, net_usd=Wad(-usd(100)))
    assert journal.ramp.earned() == usd(25_000)
    assert not journal.written


def test_a_gain_before_fees_that_nobody_can_price_earns_nothing_and_a_loss_still_counts() -> None:
    journal = Journal()
    journal.close(3, is_whole=False)
    assert (journal.ramp.earned(), journal.ramp.state.good) == (usd(500), 0)
    journal.close(1, is_whole=False, net_usd=Wad(-usd(1)))
    assert journal.ramp.state.bad == 1


def test_three_acceptable_positions_earn_a_step_and_two_do_not() -> None:
    journal = Journal()
    journal.close(2)
    assert journal.ramp.earned() == usd(500)
    journal.close()
    assert journal.ramp.earned() == usd(2_500)
    assert journal.ramp.state.why == "3 good ones, net 3.00 usd"


def test_the_last_step_is_the_last() -> None:
    journal = Journal()
    journal.close(30)
    assert journal.ramp.earned() == usd(25_000)


BAD = [{"net_usd": Wad(-1)}, {"beyond_bps": 10.1}, {"beyond_bps": nan}, {"net_usd": nan}]


@pytest.mark.parametrize("changes", BAD, ids=str)
def test_a_loss_or_a_worse_fill_than_estimated_is_not_acceptable(changes: dict[str, Any]) -> None:
    journal = Journal()
    journal.close(2)
    journal.close(**changes)
    assert journal.ramp.step == 0
    assert journal.ramp.state.bad == 1


def test_slippage_up_to_the_limit_and_a_result_of_zero_are_acceptable() -> None:
    journal = Journal()
    journal.close(3, net_usd=Wad(0), beyond_bps=10.0)
    assert journal.ramp.step == 1


def test_a_step_is_not_earned_while_all_positions_of_it_together_lost() -> None:
    journal = Journal()
    journal.close(net_usd=Wad(-usd(10)))
    journal.close(9)
    assert journal.ramp.step == 0
    journal.close()
    assert journal.ramp.step == 1


def test_positions_of_less_than_half_a_step_earn_nothing() -> None:
    journal = Journal()
    journal.close(5, traded_usd=Wad(usd(250) - 1))
    assert journal.ramp.step == 0
    journal.close(3, traded_usd=usd(250))
    assert journal.ramp.step == 1


def test_a_position_of_which_nothing_was_entered_ends_no_bad_run() -> None:
    journal = Journal()
    journal.close(3)
    assert journal.ramp.step == 1
    for _ in range(3):
        journal.close(net_usd=Wad(-usd(1)))
        journal.close(net_usd=Wad(0), traded_usd=Wad(0))
    assert journal.ramp.step == 0


def test_three_bad_positions_in_a_row_lose_a_step_and_never_the_first() -> None:
    journal = Journal()
    journal.close(6)
    assert journal.ramp.step == 2
    journal.close(2, net_usd=Wad(-1))
    journal.close()
    journal.close(2, net_usd=Wad(-1))
    assert journal.ramp.step == 2
    journal.close(net_usd=Wad(-1))
    assert journal.ramp.step == 1
    journal.close(30, net_usd=Wad(-1))
    assert journal.ramp.earned() == usd(500)


def test_the_days_loss_loses_a_step_once_a_day() -> None:
    journal = Journal()
    journal.close(9)
    for _ in range(3):
        journal.write(journal.ramp.lost_the_day(NOW))
    assert journal.ramp.step == 2
    journal.write(journal.ramp.lost_the_day(Nanos(NOW + DAY)))
    assert journal.ramp.step == 1


def test_a_position_that_closes_twice_counts_once() -> None:
    ramp = SizeRamp(LIMITS)
    first = ramp.closed(a_result(1), NOW)
    assert first is not None
    ramp.apply(first)
    assert ramp.closed(a_result(1), NOW) is None


def test_nothing_is_earned_by_what_was_not_written_down() -> None:
    ramp = SizeRamp(LIMITS)
    for number in range(9):
        ramp.closed(a_result(number), NOW)
    assert ramp.step == 0


def test_a_restart_continues_where_the_journal_ends_even_if_only_its_end_is_kept() -> None:
    journal = Journal()
    journal.close(8)
    journal.close(net_usd=Wad(-usd(1)))
    for kept in (len(journal.written), 1):
        again = SizeRamp(LIMITS, journal.written[-kept:])
        assert again.state == journal.ramp.state
        assert again.step == 2
    assert SizeRamp(LIMITS, journal.written).closed(a_result(1), NOW) is None


def test_other_decisions_of_the_journal_are_left_out() -> None:
    other = Decided(what="refused", subject="x", detail="not json", at=NOW)
    assert SizeRamp(LIMITS, [other]).step == 0


def test_fewer_steps_in_the_settings_cap_what_was_earned() -> None:
    journal = Journal()
    journal.close(9)
    fewer = SizeRamp(replace(LIMITS, ramp_usd=(500.0, 1_000.0)), journal.written)
    assert fewer.earned() == usd(1_000)


def test_without_any_step_nothing_is_earned() -> None:
    assert SizeRamp(replace(LIMITS, ramp_usd=())).earned() is None

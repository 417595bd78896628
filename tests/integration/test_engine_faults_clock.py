"""The wall clock leaps while the whole engine holds a position, and before it starts."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from support.fault_stage import BACK, CHEAP, PAR, FaultStage
from support.moved_clock import MovedClock

from bot.domain.orders import OrderState

FORTNIGHT_S = 15 * 86_400  # longer than any time stop


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    return MovedClock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStage]:
    with FaultStage(tmp_path_factory.mktemp("faults")) as stage:
        stage.run.environment |= clock.environment
        yield stage.start()


def test_the_clock_of_a_process_is_moved(clock: MovedClock) -> None:
    clock.move(3600)
    told = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time(), time.time_ns() / 1e9)"],
        env=clock.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    clock.move(0)
    assert all(3590 < float(each) - time.time() < 3610 for each in told)


@pytest.mark.parametrize(
    "leap_s",
    [300, -3600, *(pytest.param(leap, marks=pytest.mark.deep) for leap in (-300, FORTNIGHT_S))],
)
def test_a_clock_that_leaps_ends_no_position_early_and_hinders_no_order(
    running: FaultStage, clock: MovedClock, leap_s: int
) -> None:
    stage = running
    told, faults = len(stage.run.events("clock_leapt")), len(clock_faults(stage))
    name = stage.enter().plan.position
    clock.move(leap_s)
    time.sleep(2.0)
    assert len(stage.run.events("clock_leapt")) == told + 1
    assert name in [one.plan.position for one in stage.held]
    stage.leave()
    stage.say(PAR)
    time.sleep(1.5)
    again = stage.enter(CHEAP).plan.position  # and trading goes on by a clock that is off
    clock.move(0)
    time.sleep(1.0)
    assert again in [one.plan.position for one in stage.held]
    stage.say(BACK)
    stage.until(lambda: not stage.held)
    stage.agrees()
    assert not [r for r in stage.orders() if r.state is OrderState.REJECTED]  # none came too late
    assert len(clock_faults(stage)) == faults
    reasons = {event["reason"] for event in stage.run.events("position_left")}
    assert "time stop" not in reasons
    stage.say(PAR)
    time.sleep(1.5)


def clock_faults(stage: FaultStage) -> list[str]:
    return [e["venue"] for e in stage.run.events("feed_fault") if "clock" in e["what"]]

"""What a campaign is made of, and what it says of a death that lost something."""

from collections import Counter

import pytest
from crash.bot_process import Start
from crash.campaign import Result, Wanted, schedule
from crash.moments import Phase, Struck
from crash.summary import line_of, slow_starts, table_of
from crash.trial import Death

WANTED = Wanted(kills=200, torn=20, starts=20, commands=10, seed=6)


def a_death(*wrong: str, seconds: float = 3.0, queued_s: float = 0.0) -> Death:
    return Death(
        number=1,
        phase=Phase.FILL,
        struck=Struck(seen="filled at binance", after_s=0.02),
        torn=(),
        start=Start(seconds=seconds, cpu_seconds=2.0, queued_s=queued_s),
        wrong=wrong,
    )


def a_result(*deaths: Death) -> Result:
    counts = {"orders": 1, "fills": 1, "positions": 1, "bundles": 1}
    return Result(wanted=WANTED, deaths=deaths, at_the_end=(), **counts)


def test_every_phase_is_struck_as_often_as_the_others() -> None:
    planned = list(schedule(WANTED))
    counts = Counter(phase for phase, _ in planned)
    assert counts.pop(Phase.START) == 20
    assert counts.pop(Phase.COMMAND) == 10
    assert set(counts.values()) == {40}
    assert sum(torn for _, torn in planned) == 20


def test_the_same_seed_plans_the_same_and_another_one_something_else() -> None:
    other = Wanted(kills=200, torn=20, starts=20, commands=10, seed=7)
    assert list(schedule(WANTED)) == list(schedule(WANTED))
    assert list(schedule(WANTED)) != list(schedule(other))


def test_a_difference_fails_the_campaign_and_is_told_with_its_phase_and_seed() -> None:
    bad = a_death("lost fill: 7")
    assert "fill    filled at binance + 20.0 ms" in line_of(bad)
    assert "WRONG: lost fill: 7" in line_of(bad)
    assert "FAILED, seed 6" in table_of(a_result(a_death(), bad))
    assert "every book agrees" in table_of(a_result(a_death()))


@pytest.mark.parametrize(("seconds", "queued_s", "slow"), [(4.9, 0, 0), (5.1, 0, 1), (8, 3.5, 0)])
def test_a_start_is_slow_beyond_five_seconds_of_its_own(
    seconds: float, queued_s: float, slow: int
) -> None:
    death = a_death(seconds=seconds, queued_s=queued_s)
    assert len(slow_starts(a_result(death))) == slow

"""The short form of `make crash`: the real process, killed in the middle of what it does."""

import time
from pathlib import Path

import pytest
from crash.campaign import Wanted, run_campaign
from crash.moments import Phase
from crash.summary import slow_starts, table_of

pytestmark = [pytest.mark.anvil, pytest.mark.slow, pytest.mark.timeout(600)]
WANTED = Wanted(kills=8, torn=2, starts=1, commands=1, seed=6)


def test_eight_deaths_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    began = time.monotonic()
    result = run_campaign(tmp_path, WANTED, lambda _: None)
    said = f"{table_of(result)}\nin {time.monotonic() - began:.0f} s"
    assert result.is_good, "\n".join([said, *map(repr, result.deaths)])
    assert slow_starts(result) == [], said
    assert {death.phase for death in result.deaths} == set(Phase)
    assert result.fills > 0
    assert result.bundles > 0

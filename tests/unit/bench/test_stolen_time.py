"""What the host of a virtual machine takes."""

from pathlib import Path

import pytest

from bot.bench import stolen_time
from bot.bench.stolen_time import stolen_s, stolen_share


def test_the_share_is_of_one_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = tmp_path / "stat"
    monkeypatch.setattr(stolen_time, "_TICKS", ticks)
    monkeypatch.setattr(stolen_time.os, "sysconf", lambda _: 100)
    ticks.write_text("cpu  1 2 3 4 5 6 7 800 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n")
    before = stolen_s()
    assert before == 8.0
    ticks.write_text("cpu  1 2 3 4 5 6 7 950 0 0\n")
    assert stolen_share(before, 60.0) == {"stolen_share": 0.025}


def test_where_the_system_does_not_tell_there_is_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stolen_time, "_TICKS", tmp_path / "none")
    assert stolen_s() is None
    assert stolen_share(None, 60.0) == {}

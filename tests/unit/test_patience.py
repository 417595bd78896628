"""Who waits longer than expected is told why; who does not is told nothing."""

import time

import pytest

from bot.commands import patience as told
from bot.commands.patience import patience


def test_a_long_wait_has_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(told, "_EXPECTED_S", 0.01)
    with patience("compiling"):
        time.sleep(0.2)
    assert capsys.readouterr().err == "compiling\n"


def test_a_short_wait_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with patience("compiling"):
        pass
    time.sleep(0.05)
    assert capsys.readouterr().err == ""

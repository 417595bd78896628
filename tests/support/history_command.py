"""`repeg history` in a folder of its own."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.config import HISTORY_URL


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder that the command works in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(HISTORY_URL, raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    """Return what ``repeg history`` with these arguments did."""
    return CliRunner(mix_stderr=False).invoke(main, ["history", *arguments])

"""The cached state: built the same every time, and never trusted blindly."""

from pathlib import Path

import pytest

from bot.cache_folder import cache_folder
from bot.sandbox.build import build_state
from bot.sandbox.mainnet import ensure_state
from bot.sandbox.progress import silent

pytestmark = pytest.mark.anvil


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own that shares the fetched packages and compiler output."""
    ensure_state()
    shared = cache_folder()
    for name in ("packages", "compiled"):
        (tmp_path / name).symlink_to(shared / name)
    monkeypatch.setenv("REPEG_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_two_builds_give_the_same_bytes() -> None:
    assert build_state(silent) == ensure_state().read_bytes()


def test_damaged_state_is_said_and_built_again(own_cache: Path) -> None:
    told: list[str] = []

    def hear(phase: str, step: str, done: int, total: int) -> None:
        del done, total
        told.append(f"{phase}: {step}")

    path = ensure_state()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert path.parent.parent == own_cache
    assert ensure_state(hear).read_bytes() == whole
    assert told[0] == "cache: the cached state is damaged, building it again"
    told.clear()
    ensure_state(hear)
    assert told == []

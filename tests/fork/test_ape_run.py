"""`ape run` from a shell: ape starts the fork, the script talks to that very fork."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from fork.ape_process import ApeProcess
from fork.conftest import NETWORK

from bot.chain.artifacts import PROJECT_ROOT
from bot.chain.rpc import RpcClient

pytestmark = [pytest.mark.fork, pytest.mark.anvil]
APE = Path(sys.executable).parent / "ape"
DEADLINE_S = 120


def ape_run(
    environment: dict[str, str], *arguments: str, network: str = NETWORK
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(APE), "run", *arguments, "--network", network],
        cwd=PROJECT_ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def test_ape_forks_the_upstream_and_monitor_reads_that_fork(
    environment: dict[str, str], upstream: str
) -> None:
    found = ape_run(environment, "monitor", "--blocks", "1", "--json")
    assert found.returncode == 0, found.stderr
    assert "Starting 'anvil' process" in found.stderr
    view = msgspec.json.decode(found.stdout)
    assert view["block"] >= int(RpcClient(upstream).call("eth_blockNumber"), 16)
    assert any(price["venue"].startswith("Curve") for price in view["prices"])


def test_ape_lists_the_scripts(ape: ApeProcess) -> None:
    found = ape.run("run", "--help")
    assert found.exit_code == 0
    for name in ("deploy", "monitor", "pause", "rotate", "simulate", "submit", "withdraw"):
        assert f"  {name} " in found.stdout


def test_a_node_that_is_not_there_is_an_error(ape: ApeProcess) -> None:
    found = ape.run("run", "monitor", "--network", "ethereum:mainnet:http://127.0.0.1:9")
    assert found.exit_code == 1
    assert "Traceback" not in found.stderr
    assert "127.0.0.1:9" in found.stderr


def test_a_network_without_a_node_behind_it_is_an_error(ape: ApeProcess) -> None:
    found = ape.run("run", "monitor", "--network", "ethereum:local:test")
    assert found.exit_code == 1
    assert "no HTTP node behind this network" in found.stderr


@pytest.mark.slow
def test_without_a_configured_node_none_is_chosen(environment: dict[str, str]) -> None:
    unset = environment | {"ETHEREUM_RPC_URL": ""}
    found = ape_run(unset, "monitor", "--blocks", "1", network="ethereum:mainnet:node")
    assert found.returncode != 0
    assert "Traceback" not in found.stderr + found.stdout

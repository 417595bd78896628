"""Processes: they start, they tell, they end, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from bot.chain.artifacts import PROJECT_ROOT
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.sandbox.anvil import Anvil, AnvilOptions
from bot.sandbox.errors import LocalChainFailed

pytestmark = pytest.mark.anvil

DEADLINE_S = 60.0
UP = [sys.executable, "-m", "bot", "sandbox", "up"]


def test_stopped_chain_is_gone_and_stays_so() -> None:
    anvil = Anvil(AnvilOptions())
    assert anvil.running
    anvil.stop()
    anvil.stop()
    assert not anvil.running


def test_taken_port_is_named_in_the_refusal() -> None:
    with Anvil(AnvilOptions()) as first, pytest.raises(BadConfiguration, match=f"{first.port}"):
        Anvil(AnvilOptions(port=first.port))


def test_anvil_that_ends_at_once_is_quoted() -> None:
    with pytest.raises(LocalChainFailed, match="--no-such-option"):
        Anvil(AnvilOptions(extra=("--no-such-option",)))


def test_anvil_ends_when_its_parent_is_killed() -> None:
    program = (
        "from bot.sandbox.anvil import *; import time;"
        "print(Anvil(AnvilOptions()).pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=PROJECT_ROOT
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert _lives(pid)
        parent.kill()
    _wait_for_end(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_up_announces_itself_in_json_and_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*UP, "--json", "--block-time", "0.3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=PROJECT_ROOT,
    ) as command:
        assert command.stdout is not None
        told = json.loads(command.stdout.readline())
        rpc = RpcClient(told["rpc_url"])
        rpc.require_chain(1)
        height = int(rpc.call("eth_blockNumber"), 16)
        deadline = time.monotonic() + DEADLINE_S
        while int(rpc.call("eth_blockNumber"), 16) == height and time.monotonic() < deadline:
            time.sleep(0.05)
        assert int(rpc.call("eth_blockNumber"), 16) > height
        assert told["relay_url"].startswith("http://127.0.0.1:")
        command.send_signal(number)
        assert command.wait(DEADLINE_S) == 0
    _wait_for_end(told["pid"])


def test_up_refuses_a_fork_of_another_chain() -> None:
    with Anvil(AnvilOptions(chain_id=5)) as other:
        said = subprocess.run(
            [*UP, "--fork-url", other.url],
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
            cwd=PROJECT_ROOT,
        )
    assert said.returncode == 1
    assert said.stdout == ""
    assert "serves chain 5, expected 1" in said.stderr


def _lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def _wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while _lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(pid)

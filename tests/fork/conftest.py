"""ape on `ethereum:mainnet-fork:foundry`, its data and its network settings kept to the tests.

The upstream is a local mainnet, or the RPC that FORK_RPC_URL names. Two kinds of fork: one that ape
starts itself, and one that runs already, with a block builder and its relay, for ape to connect to.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from fork.ape_process import ApeProcess, Ran

from bot.chain.artifacts import PROJECT_ROOT
from bot.config import OPERATOR_KEY, RELAY_KEY
from bot.sandbox.anvil import anvil_binary
from bot.sandbox.mainnet import start_local_mainnet
from bot.sandbox.progress import silent
from bot.sandbox.world import World, sandbox_account

NETWORK = "ethereum:mainnet-fork:foundry"
Script = Callable[..., Ran]


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """Endpoint of the chain that is forked."""
    given = os.environ.get("FORK_RPC_URL")
    if given:
        yield given
        return
    with start_local_mainnet() as anvil:
        yield anvil.url


@pytest.fixture(scope="session")
def environment(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What ape needs to know; nothing of it is the user's own."""
    return {
        "APE_DATA_FOLDER": str(tmp_path_factory.mktemp("ape")),
        "ETHEREUM_RPC_URL": upstream,
        "SOLCX_BINARY_PATH": str(PROJECT_ROOT / "tools" / "solc"),
        "PATH": f"{anvil_binary().parent}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="session")
def fork_world(upstream: str) -> Iterator[World]:
    """A fork that mines when told, with a relay and a funded operator."""
    with World(silent, fork_url=upstream, block_time_s=None) as world:
        yield world


@pytest.fixture(scope="session")
def ape(environment: dict[str, str]) -> Iterator[ApeProcess]:
    """ape's command line, imported once."""
    process = ApeProcess(PROJECT_ROOT, environment)
    yield process
    process.stop()


@pytest.fixture
def script(ape: ApeProcess, fork_world: World) -> Script:
    """Runs `ape run NAME ...` on the fork that `fork_world` is."""
    keys = {
        OPERATOR_KEY: sandbox_account("operator").key.hex(),
        RELAY_KEY: sandbox_account("relay identity").key.hex(),
        "APE_FOUNDRY_HOST": fork_world.anvil.url,
    }

    def run(name: str, *arguments: str, **variables: str) -> Ran:
        return ape.run("run", name, *arguments, "--network", NETWORK, **(keys | variables))

    return run


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def answer(found: Ran) -> dict[str, object]:
    """Return the JSON that a script printed, and make sure that it printed nothing else."""
    assert found.exit_code == 0, found.stderr
    decoded: dict[str, object] = msgspec.json.decode(found.stdout)
    return decoded

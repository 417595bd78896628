"""`repeg run`: trades block after block, stops when told, goes on when a feed ends."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from support.builders import count_rows

from bot.app import build_engine
from bot.commands.run import run, trade
from bot.config import OPERATOR_KEY, RELAY_KEY
from bot.domain.assets import USDC
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD
from bot.sandbox.faucet import shock
from bot.sandbox.progress import silent
from bot.sandbox.world import World, sandbox_account

pytestmark = pytest.mark.anvil
SHOCK = Raw(6_000_000 * 10**6)
START_DEADLINE_S = 60.0
STOP_DEADLINE_S = 15.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(silent, block_time_s=0.5) as world:
        yield world


def keys() -> dict[str, str]:
    return {
        OPERATOR_KEY: sandbox_account("operator").key.hex(),
        RELAY_KEY: sandbox_account("relay identity").key.hex(),
    }


def options(world: World, journal: Path) -> list[str]:
    return [
        *("--mode", "paper"),
        *("--rpc", world.anvil.url),
        *("--ws", world.anvil.ws_url),
        *("--relay", world.relay.url),
        *("--executor", world.executor),
        *("--journal", str(journal)),
    ]


def wait_for_a_decision(journal: Path) -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while count_rows(journal, "decisions") == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_gap_is_closed_within_a_few_blocks(world: World, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    engine = build_engine(world.config(str(journal)), world.operator, world.identity)
    shock(world.rpc, CURVE_SUSD, USDC, SHOCK)
    asyncio.run(trade(engine, 10))
    assert count_rows(journal, "bundles WHERE fate = 'included'") == 1


class CutLine:
    """A plain TCP line to a port of the loopback that can be cut."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: list[asyncio.StreamWriter] = []
        self.connections = 0

    async def serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._connected, "127.0.0.1", 0)

    def cut(self) -> None:
        while self._open:
            self._open.pop().transport.abort()

    async def _connected(self, near: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
        self.connections += 1
        far, away = await asyncio.open_connection("127.0.0.1", self._port)
        self._open += [to, away]
        async with asyncio.TaskGroup() as both:
            both.create_task(_pump(near, away))
            both.create_task(_pump(far, to))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    target.close()


async def _trade_over_a_line_that_is_cut(world: World, journal: Path, blocks: int) -> CutLine:
    line = CutLine(world.anvil.port)
    server = await line.serve()
    port = server.sockets[0].getsockname()[1]
    config = world.config(str(journal))
    node = msgspec.structs.replace(config.node, ws_url=f"ws://127.0.0.1:{port}")
    config = msgspec.structs.replace(config, node=node)
    engine = await asyncio.to_thread(build_engine, config, world.operator, world.identity)
    trading = asyncio.create_task(trade(engine, blocks))
    await asyncio.to_thread(wait_for_a_decision, journal)
    line.cut()
    await trading
    line.cut()
    server.close()
    await server.wait_closed()
    return line


def test_a_head_feed_that_ends_is_opened_again(world: World, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    line = asyncio.run(_trade_over_a_line_that_is_cut(world, journal, blocks=4))
    assert line.connections == 2
    assert count_rows(journal, "decisions") == 4


def test_an_interrupt_stops_it_cleanly(world: World, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run", *options(world, journal)],
        env=os.environ | keys(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for_a_decision(journal)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=STOP_DEADLINE_S)
    assert process.returncode == 0, said
    assert "engine_stopped" in said
    assert "Traceback" not in said


def test_monitor_plans_and_writes_nothing_and_needs_no_key(world: World, tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    shock(world.rpc, CURVE_SUSD, USDC, SHOCK)
    said = run_for_blocks(world, journal, "monitor", {OPERATOR_KEY: "", RELAY_KEY: ""})
    assert "bundle_not_sent" in said
    assert "simulated=False" in said
    assert not journal.exists()


def test_shadow_simulates_what_it_would_send_and_sends_nothing(
    world: World, tmp_path: Path
) -> None:
    journal = tmp_path / "journal.sqlite"
    shock(world.rpc, CURVE_SUSD, USDC, SHOCK)
    said = run_for_blocks(world, journal, "shadow", {OPERATOR_KEY: "", RELAY_KEY: ""})
    assert "bundle_not_sent" in said
    assert "simulated=True" in said
    assert not journal.exists()


def run_for_blocks(world: World, journal: Path, mode: str, environment: dict[str, str]) -> str:
    settings = journal.with_suffix(".toml")
    settings.write_text("streams = []\n")
    command = [*options(world, journal), "--mode", mode, "--blocks", "3", "--config", str(settings)]
    done = subprocess.run(
        [sys.executable, "-m", "bot", "run", *command],
        env=os.environ | environment | {"REPEG_STATE_DIR": str(journal.parent)},
        capture_output=True,
        text=True,
        check=True,
        timeout=START_DEADLINE_S,
    )
    return done.stderr


@pytest.mark.parametrize("where", ["--rpc", "--relay"])
def test_paper_refuses_a_node_or_a_relay_that_is_not_on_this_machine(
    world: World, tmp_path: Path, where: str
) -> None:
    journal = tmp_path / "journal.sqlite"
    abroad = [*options(world, journal), where, "https://example.com"]
    found = CliRunner().invoke(run, abroad, env=keys())
    assert "paper stays on this machine" in str(found.exception)
    assert not journal.exists()


def test_a_missing_key_or_node_is_one_line_and_nothing_is_written(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "journal.sqlite"
    found = CliRunner().invoke(run, options(world, journal), env={OPERATOR_KEY: "", RELAY_KEY: ""})
    assert OPERATOR_KEY in str(found.exception)
    for name, value in keys().items():
        monkeypatch.setenv(name, value)
    nowhere = [*options(world, journal), "--rpc", "http://127.0.0.1:9"]
    assert "cannot be reached" in str(CliRunner().invoke(run, nowhere).exception)
    assert not journal.exists()

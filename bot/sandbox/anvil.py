"""One anvil process on the loopback, stopped by its own pid, gone when its parent is gone."""

import os
import platform
import re
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import msgspec

from bot.chain.artifacts import PROJECT_ROOT
from bot.chain.rpc import RpcClient
from bot.domain.errors import BadConfiguration
from bot.domain.venues import MAINNET_CHAIN_ID
from bot.sandbox.errors import LocalChainFailed

HOST = "127.0.0.1"
BLOCK_GAS_LIMIT = 60_000_000  # mainnet's since November 2025
HARDFORK = "osaka"  # mainnet's since December 2025; a fork takes its upstream's
READY_DEADLINE_S = 60.0  # a fork first reads its block from the upstream
STOP_DEADLINE_S = 10.0
POLL_S = 0.002
LOG_READ_BYTES = 65_536
LISTENING = re.compile(r"Listening on 127\.0\.0\.1:(\d+)")
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

# Waits until its standard input closes, which happens even if the parent is killed outright.
WATCHDOG = 'cat >/dev/null; kill "$1" 2>/dev/null'


class AnvilOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How one chain runs. Without `block_time_s` and `no_mining` every transaction is a block."""

    state_path: Path | None = None  # as `ensure_state` leaves it
    fork_url: str | None = None
    port: int | None = None  # None: a free one
    chain_id: int = MAINNET_CHAIN_ID
    block_time_s: float | None = None
    no_mining: bool = False
    order_fifo: bool = False  # otherwise the highest fee is mined first
    extra: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.state_path is not None and self.fork_url is not None:
            raise BadConfiguration("a chain starts from a state or from a fork, not from both")
        if self.no_mining and self.block_time_s is not None:
            raise BadConfiguration("a chain without mining has no block time")


class Anvil:
    """A running anvil; use as a context manager, or call `stop`."""

    def __init__(self, options: AnvilOptions) -> None:
        """Start and wait until it answers.

        Raises:
            BadConfiguration: the binary is not installed, or the port is taken.
            NodeUnreachable: the upstream of a fork does not answer.
            WrongChain: the upstream of a fork serves another chain.
            LocalChainFailed: it ended, or did not answer in time.
        """
        if options.fork_url is not None:
            _check_upstream(options.fork_url, options.chain_id)
        self.options = options
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(
            [str(anvil_binary()), *_arguments(options)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._watchdog = _watch(self._process.pid)
        with ExitStack() as failed:
            failed.callback(self.stop)
            self.port = self._announced_port()
            self._settle()
            failed.pop_all()

    @property
    def url(self) -> str:
        """The JSON-RPC endpoint."""
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The same over WebSocket, with subscriptions."""
        return f"ws://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of anvil itself."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process; a second call does nothing."""
        if self._watchdog.poll() is None:
            self._watchdog.kill()
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_DEADLINE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _announced_port(self) -> int:
        """Wait for anvil's own word: another process may answer on a port it could not take."""
        deadline = time.monotonic() + READY_DEADLINE_S
        while time.monotonic() < deadline:
            ended = self._process.poll() is not None
            said = os.pread(self._log.fileno(), LOG_READ_BYTES, 0).decode(errors="replace")
            found = LISTENING.search(said)
            if found is not None:
                return int(found[1])
            if ended:
                self._explain_end(said.strip())
            time.sleep(POLL_S)
        raise LocalChainFailed(f"anvil did not listen within {READY_DEADLINE_S:.0f} s")

    def _settle(self) -> None:
        rpc = RpcClient(self.url)
        rpc.require_chain(self.options.chain_id)
        rpc.call("anvil_setLoggingEnabled", *[False])  # it would name every call, for ever
        rpc.close()

    def _explain_end(self, said: str) -> None:
        if "in use" in said:
            raise BadConfiguration(f"port {self.options.port} is taken; choose another one")
        code = self._process.returncode
        raise LocalChainFailed(f"anvil ended with code {code}, saying: {said[-600:] or 'nothing'}")


def anvil_binary() -> Path:
    """Return the pinned binary of this machine's kind.

    Raises:
        BadConfiguration: it is not installed.
    """
    system = platform.system().lower()
    machine = ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())
    package = f"@foundry-rs/anvil-{system}-{machine}"
    path = PROJECT_ROOT / "node_modules" / package / "bin" / "anvil"
    if not path.is_file():
        raise BadConfiguration(f"anvil is not installed ({package}); run: make setup")
    return path


def _check_upstream(url: str, chain_id: int) -> None:
    upstream = RpcClient(url)
    try:
        upstream.require_chain(chain_id)  # anvil itself would claim any id it is told
    finally:
        upstream.close()


def _arguments(options: AnvilOptions) -> list[str]:
    chosen: list[tuple[bool, list[str]]] = [
        (options.state_path is not None, ["--load-state", str(options.state_path)]),
        # No disk cache: it is keyed by chain id and height, and a local upstream has both wrong.
        (options.fork_url is None, ["--hardfork", HARDFORK]),
        (
            options.fork_url is not None,
            ["--fork-url", f"{options.fork_url}", "--no-storage-caching"],
        ),
        (options.block_time_s is not None, ["--block-time", f"{options.block_time_s}"]),
        (options.no_mining, ["--no-mining"]),
        (options.order_fifo, ["--order", "fifo"]),
    ]
    fixed = ["--host", HOST, "--port", f"{options.port or 0}", "--chain-id", f"{options.chain_id}"]
    gas = ["--gas-limit", f"{BLOCK_GAS_LIMIT}"]
    return [
        *fixed,
        *gas,
        *(part for used, parts in chosen if used for part in parts),
        *options.extra,
    ]


def _watch(pid: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["sh", "-c", WATCHDOG, "repeg-watchdog", f"{pid}"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )

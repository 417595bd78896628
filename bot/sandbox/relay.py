"""Starts the local relay in its own process, so that it does not share the bot's interpreter."""

import os
import select
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import IO, Any, Self

import msgspec
import urllib3

from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import BadConfiguration, NodeUnreachable, RetryableError
from bot.sandbox.block_builder import BuiltBlock
from bot.sandbox.bundle_pool import BundleOutcome
from bot.sandbox.relay_options import Faults, RelayOptions

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 5.0
_ADMIN_TIMEOUT_S = 60.0
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no variable that may hold a key


class RelayFailed(RetryableError):
    """The relay's process ended, or one of its levers did not work."""


class Relay:
    """A running local relay and block builder."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.url = url
        self._process = process
        self._pool = urllib3.PoolManager(maxsize=2, retries=False, timeout=_ADMIN_TIMEOUT_S)

    def build(self) -> BuiltBlock:
        """Mine one block now and return what became of its bundles.

        Raises:
            RelayFailed: no block was built.
        """
        return msgspec.convert(self._admin("POST", "build"), BuiltBlock)

    def outcomes(self, after: int = 0) -> list[BundleOutcome]:
        """Return all bundle outcomes so far, in order, without the first `after`.

        Raises:
            RelayFailed: the relay did not answer.
        """
        return msgspec.convert(self._admin("GET", f"outcomes?after={after}"), list[BundleOutcome])

    def misbehave(self, faults: Faults) -> None:
        """Fail as told from the next request on; `Faults()` ends it.

        Raises:
            RelayFailed: the relay did not answer.
        """
        self._admin("POST", "faults", msgspec.json.encode(faults))

    def stop(self) -> None:
        """End the process; it stops by itself when this process dies."""
        self._pool.clear()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _admin(self, verb: str, path: str, body: bytes | None = None) -> Any:
        try:
            response = self._pool.request(verb, f"{self.url}/admin/{path}", body=body)
        except urllib3.exceptions.HTTPError as error:
            raise RelayFailed(f"local relay {self.url}: {error}") from error
        answer = msgspec.json.decode(response.data)
        if response.status != 200:
            raise RelayFailed(f"local relay {self.url}: {answer['error']}")
        return answer


def start_relay(node_url: str, options: RelayOptions | None = None) -> Relay:
    """Start the relay on the anvil at `node_url`, which must run --no-mining --order fifo.

    Raises:
        NodeUnreachable: no node there.
        BadConfiguration: not such an anvil, or the port is taken.
        RelayFailed: the process did not come up.
    """
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "bot.sandbox.relay_process", "--with-parent"),
            *("--node", node_url),
            *("--options", msgspec.json.encode(options or RelayOptions()).decode()),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | {"PYTHONPATH": str(PROJECT_ROOT)},
        start_new_session=True,  # Ctrl-C is ours to handle
    )
    relay = Relay(process, "")
    with ExitStack() as failed:
        failed.callback(relay.stop)
        relay.url = _announced_url(process, node_url)
        failed.pop_all()
    return relay


def _announced_url(process: subprocess.Popen[bytes], node_url: str) -> str:
    if process.stdout is None:
        raise RelayFailed("the local relay has no output")
    line = _first_line(process.stdout)
    if not line:
        raise RelayFailed("the local relay did not start; its error is on standard error")
    said: dict[str, str] = msgspec.json.decode(line)
    if "unreachable" in said:
        raise NodeUnreachable(node_url, said["unreachable"])
    if "error" in said:
        raise BadConfiguration(said["error"])
    return said["url"]


def _first_line(stream: IO[bytes]) -> bytes:
    deadline = time.monotonic() + _START_TIMEOUT_S
    line = b""
    while not line.endswith(b"\n"):
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([stream], [], [], wait)[0]:
            return b""
        part = os.read(stream.fileno(), 4096)
        if not part:
            return b""
        line += part
    return line

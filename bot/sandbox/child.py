"""A server of the sandbox in a process of its own, which ends with ours."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Self

import msgspec
import urllib3

from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import RetryableError

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 5.0
_LEVER_TIMEOUT_S = 60.0
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")  # no variable that may hold a key


class ChildFailed(RetryableError):
    """The process did not come up, ended, or did not answer."""


class Child:
    """A module of ours that serves HTTP; its first line on standard output says how it came up."""

    def __init__(self, module: str, arguments: Sequence[str] = (), said: bytes = b"") -> None:
        """Start it, and tell it `said`: what is not for everybody to read in its arguments.

        Raises:
            ChildFailed: it did not come up; its error is on standard error.
        """
        self._pool = urllib3.PoolManager(maxsize=2, retries=False, timeout=_LEVER_TIMEOUT_S)
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=inherited | {"PYTHONPATH": str(PROJECT_ROOT)},
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        with ExitStack() as failed:
            failed.callback(self.stop)
            self.announced: dict[str, str] = self._announced(module, said)
            failed.pop_all()

    @property
    def process_id(self) -> int:
        """Of the server."""
        return self._process.pid

    @property
    def is_up(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    def ask(self, verb: str, path: str, body: bytes | None = None) -> urllib3.BaseHTTPResponse:
        """Return the server's answer to a lever.

        Raises:
            ChildFailed: there is none.
        """
        url = self.announced["url"]
        try:
            return self._pool.request(verb, f"{url}/{path}", body=body)
        except urllib3.exceptions.HTTPError as error:
            raise ChildFailed(f"{url}: {error}") from error

    def kill(self) -> None:
        """End the process as a crash would; `stop` is still to be called."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End the process; it stops by itself when this process dies."""
        self._pool.clear()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _announced(self, module: str, said: bytes) -> dict[str, str]:
        if self._process.stdin is None or self._process.stdout is None:
            raise ChildFailed(f"{module} has no pipes")
        with suppress(BrokenPipeError):  # then it has no first line either
            self._process.stdin.write(said)
            self._process.stdin.flush()
        line = _first_line(self._process.stdout.fileno())
        if not line:
            raise ChildFailed(f"{module} did not start; its error is on standard error")
        announced: dict[str, str] = msgspec.json.decode(line)
        return announced


def _first_line(stream: int) -> bytes:
    deadline = time.monotonic() + _START_TIMEOUT_S
    line = b""
    while not line.endswith(b"\n"):
        wait = deadline - time.monotonic()
        if wait <= 0 or not select.select([stream], [], [], wait)[0]:
            return b""
        part = os.read(stream, 4096)
        if not part:
            return b""
        line += part
    return line

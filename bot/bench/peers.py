"""Others' implementations, each in a process and an environment of its own.

They are made by `make peers` alone. Each program in `tools/peers` answers one JSON object a line.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from bot.chain.artifacts import PROJECT_ROOT
from bot.domain.errors import HaltError
from bot.sandbox.node_tools import node_command

_FOLDER = PROJECT_ROOT / ".venv-peers"
_PROGRAMS = PROJECT_ROOT / "tools" / "peers"
_FOREVER_S = 60.0


class PeersAbsent(HaltError):
    """The peers' environment was never made, or a program in it ended."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no peers to compare with: {why}; run: make peers")


class Answers(msgspec.Struct, frozen=True):
    """What the peers of one program quote; and of those that cannot, why."""

    answers: dict[str, dict[str, int]]  # by peer and question
    problems: dict[str, str]


def python_program(name: str) -> list[str]:
    """Return how a Python program of `tools/peers` is started.

    Raises:
        PeersAbsent: there is no environment for it.
    """
    return [str(_ready("bin/python")), str(_PROGRAMS / name)]


def node_program(name: str) -> list[str]:
    """Return how a Node program of `tools/peers` is started, in `node_folder`.

    Raises:
        PeersAbsent: there is no environment for it.
    """
    _ready("node/node_modules/@uniswap/v3-sdk")
    return [*node_command("node"), str(_PROGRAMS / name)]


def node_folder() -> Path:
    """Return where Node finds the peers' packages."""
    return _FOLDER / "node"


def peers_packages() -> Path:
    """Return where the peers' Python packages are.

    Raises:
        PeersAbsent: there is no environment for them.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return _ready(f"lib/{version}/site-packages")


class Peers:
    """One program; use as a context manager."""

    def __init__(self, command: list[str], folder: Path = PROJECT_ROOT) -> None:
        """Start it."""
        self._name = Path(command[-1]).name
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process = subprocess.Popen(  # noqa: S603 - a program of this repository
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    def prepare(self, question: dict[str, Any]) -> Answers:
        """Give it the pools and sizes; return what it quotes.

        Raises:
            PeersAbsent: it ended.
        """
        return msgspec.convert(self.ask(question), Answers, strict=False)

    def seconds(self, peer: str, question: str, count: int) -> float:
        """Return the processor time that `peer` takes for a question, `count` times.

        Raises:
            PeersAbsent: it ended.
        """
        return float(self.ask({"peer": peer, "question": question, "count": count}))

    def ask(self, request: dict[str, Any]) -> Any:
        """Return its answer to one line.

        Raises:
            PeersAbsent: it ended.
        """
        pipe_in, pipe_out = self._process.stdin, self._process.stdout
        if pipe_in is None or pipe_out is None:
            raise PeersAbsent(f"{self._name} has no pipes")
        try:
            pipe_in.write(msgspec.json.encode(request) + b"\n")
            pipe_in.flush()
        except BrokenPipeError as error:
            raise self._ended() from error
        for line in pipe_out:
            if line[:1] in b"{0123456789":  # and not what a library prints
                return msgspec.json.decode(line)
        raise self._ended()

    def _ended(self) -> PeersAbsent:
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return PeersAbsent(f"{self._name} ended, saying: {lines[-1] if lines else 'nothing'}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_FOREVER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._complaints.close()


def _ready(inside: str) -> Path:
    path = _FOLDER / inside
    if not (_FOLDER / ".ready").exists() or not path.exists():
        raise PeersAbsent(f"{_FOLDER.name} is not there")
    return path

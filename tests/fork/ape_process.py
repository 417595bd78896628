"""ape's command line in a process that stays: its import is paid once, its leaks stay in there.

One JSON object per line: in goes what stands behind `ape` and the variables to add, out comes what
the command printed and its exit code.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Ran(msgspec.Struct, frozen=True):
    """How one command ended."""

    exit_code: int
    stdout: str
    stderr: str


class ApeProcess:
    """The parent's end."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str, **variables: str) -> Ran:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode([arguments, variables]) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Ran)

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextlib.contextmanager
def _with_variables(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve() -> None:
    from ape._cli import cli  # noqa: PLC0415 - only in the child
    from click.testing import CliRunner  # noqa: PLC0415 - only in the child

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing else may speak on the line of answers
    for line in sys.stdin:
        arguments, variables = json.loads(line)
        with _with_variables(variables):
            ran = CliRunner(mix_stderr=False).invoke(cli, arguments, prog_name="ape")
        traceback = ""
        if ran.exception is not None and not isinstance(ran.exception, SystemExit):
            traceback = f"Traceback: {ran.exception!r}"
        found = [ran.exit_code, ran.stdout, ran.stderr + traceback]
        answers.write(json.dumps(dict(zip(Ran.__struct_fields__, found, strict=True))) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve()

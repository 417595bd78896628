"""A PostgreSQL server of a test's own: another data folder, a free port, no privileges."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

HOST = "127.0.0.1"
_FOLDERS = "/usr/lib/postgresql"
_PATIENCE_S = 30.0


def postgres_programs() -> Path:
    """Return the folder of the newest `initdb` and `postgres`; skip the test without them."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    folders = sorted(Path(_FOLDERS).glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not folders:
        pytest.skip("no PostgreSQL server here: install the Debian package postgresql")
    return folders[-1]


@contextmanager
def postgres_server() -> Iterator[str]:
    """Serve for the length of a with-block; yields the URL of an empty database."""
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="repeg-postgres-"))
    who = _unprivileged(folder)
    data, port = folder / "data", _free_port()
    init = [programs / "initdb", "-D", data, "-U", "repeg", "-A", "trust", "-E", "UTF8", "-N"]
    subprocess.run(init, check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
    serve = [programs / "postgres", "-D", data, "-k", folder, "-h", HOST, "-p", f"{port}", "-F"]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(serve, stdout=log, stderr=log, cwd=folder, **who)
    try:
        _wait_until_ready(programs, port, server)
        yield f"postgresql://repeg@{HOST}:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # fast: drops clients, leaves nothing behind
        server.wait(_PATIENCE_S)
        log.close()
        shutil.rmtree(folder)


def empty_database(url: str) -> str:
    """Make a database beside that of `url`; return its own URL."""
    name = f"db{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{url.rpartition('/')[0]}/{name}"


def _unprivileged(folder: Path) -> dict[str, int]:
    """Hand the folder to somebody else where we are root: the server refuses to be."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(programs: Path, port: int, server: "subprocess.Popen[bytes]") -> None:
    ask = [programs / "pg_isready", "-q", "-h", HOST, "-p", f"{port}", "-U", "repeg"]
    until = time.monotonic() + _PATIENCE_S
    while subprocess.run(ask, check=False).returncode != 0:
        assert server.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.05)

"""One process per account, told within a second, and let go of however the holder dies."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.domain.errors import AccountLocked, BadConfiguration, HaltError
from bot.execution.account_lock import AccountLock, account_name, state_folder

HOLDER = """
import sys, time
from pathlib import Path
from bot.execution.account_lock import AccountLock
lock = AccountLock(sys.argv[1], Path(sys.argv[2]))
print("held", flush=True)
time.sleep(600)
"""


def holder(account: str, folder: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, account, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_within_a_second_and_told_who_has_it(tmp_path: Path) -> None:
    process = holder("binance-1", tmp_path)
    try:
        start = time.monotonic()
        with pytest.raises(AccountLocked, match=f"in use by process {process.pid}") as caught:
            AccountLock("binance-1", tmp_path)
        assert time.monotonic() - start < 1
        assert isinstance(caught.value, HaltError)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_lock_dies_with_its_holder_however_that_dies(tmp_path: Path) -> None:
    process = holder("binance-1", tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    with AccountLock("binance-1", tmp_path) as lock:
        assert lock.path.read_text() == str(os.getpid())


def test_two_started_together_have_one_winner(tmp_path: Path) -> None:
    script = HOLDER.replace("time.sleep(600)", "sys.stdin.read()")
    start = [sys.executable, "-c", script, "binance-1", str(tmp_path)]
    both = [
        subprocess.Popen(
            start,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        # The loser ends by itself, with a trace; the winner waits for its input to close.
        while all(one.poll() is None for one in both):
            time.sleep(0.01)
        loser, winner = sorted(both, key=lambda one: one.poll() is None)
        assert winner.poll() is None
        told = loser.communicate(timeout=10)
        assert "AccountLocked: account binance-1 is in use by process" in told[1]
        assert winner.communicate(timeout=10)[0] == "held\n"
    finally:
        for one in both:
            one.kill()
            one.wait()


def test_the_same_process_cannot_have_it_twice(tmp_path: Path) -> None:
    lock = AccountLock("binance-1", tmp_path)
    with pytest.raises(AccountLocked, match=f"process {os.getpid()}"):
        AccountLock("binance-1", tmp_path)
    lock.release()
    lock.release()
    AccountLock("binance-1", tmp_path).release()


def test_another_account_is_another_lock(tmp_path: Path) -> None:
    with AccountLock("binance-1", tmp_path), AccountLock("binance-2", tmp_path):
        pass


def test_its_file_is_private_and_its_name_cannot_leave_the_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with AccountLock("../../etc/binance 1", tmp_path / "state") as lock:
            assert lock.path.parent == tmp_path / "state"
            assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
            assert stat.S_IMODE(lock.path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_a_child_does_not_keep_the_lock_of_its_parent(tmp_path: Path) -> None:
    lock = AccountLock("binance-1", tmp_path)
    child = subprocess.Popen(["sleep", "60"])
    try:
        lock.release()
        AccountLock("binance-1", tmp_path).release()
    finally:
        child.kill()
        child.wait()


def test_an_account_is_named_by_its_key_without_showing_it() -> None:
    name = account_name("kraken", "planted-key-1234")
    assert name == account_name("kraken", "planted-key-1234")
    assert name != account_name("binance", "planted-key-1234")
    assert name.startswith("kraken-")
    assert "planted" not in name


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadConfiguration, match="set REPEG_STATE_DIR"):
        AccountLock("binance-1", tmp_path / "file")


def test_the_folder_is_the_user_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPEG_STATE_DIR", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/someone/state")
    assert state_folder() == Path("/home/someone/state/repeg")
    monkeypatch.setenv("REPEG_STATE_DIR", "/var/lib/repeg")
    assert state_folder() == Path("/var/lib/repeg")

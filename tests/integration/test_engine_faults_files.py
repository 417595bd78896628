"""A journal that cannot be written or trusted, and one that two want: over whole processes."""

import os
import random
import shutil
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.fault_stage import BACK, FaultStage
from support.quick_venues import keys_of

END_S = 20.0
PLANTED = {
    "REPEG_OPERATOR_KEY": "0x" + "ab12" * 16,
    "REPEG_RELAY_KEY": "0x" + "cd34" * 16,
    "REPEG_WALLET_KEY": "0x" + "ef56" * 16,
    "REPEG_COINBASE_KEY": "planted-coinbase-key-77",
    "REPEG_COINBASE_SECRET": "planted-coinbase-secret-88",
    "REPEG_ALERTS": "json://planted-user:planted-word@127.0.0.1:9/",
    "REPEG_HISTORY_URL": "postgresql://repeg:planted-database-word@127.0.0.1:9/repeg",
}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FaultStage]:
    folder = tmp_path / "run"
    folder.mkdir()
    with FaultStage(folder) as stage:
        stage.run.environment["REPEG_STATE_DIR"] = str(tmp_path / "state")
        yield stage


def ended(stage: FaultStage) -> str:
    """Wait until the engine has ended by itself; return its last line."""
    process = stage.run.process
    assert process.wait(END_S) == 1, stage.run.said[-3000:]
    assert "Traceback" not in stage.run.said, stage.run.said.partition("Traceback")[2][:6000]
    last = stage.run.said.splitlines()[-1]
    assert last.startswith("repeg: ")
    return last


def refused(stage: FaultStage) -> str:
    """Start it where it must not start; return the one line that it says."""
    seconds = time.monotonic()
    done = stage.run.repeg("run", "--mode", "paper")
    assert done.returncode == 1
    assert time.monotonic() - seconds < END_S
    said = [line for line in done.stderr.splitlines() if not line.startswith("preparing")]
    assert len(said) == 1, done.stderr
    return said[0]


def sent(stage: FaultStage) -> int:
    return sum(len(stage.exchange.account(venue).orders) for venue in ("binance", "kraken"))


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a disk of its own needs root")
    options = f"size={kilobytes}k"
    command = [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk of its own here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_sent_that_is_not_written_and_room_is_all_it_takes(
    tmp_path: Path,
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, 4_000), FaultStage(disk) as stage:
        stage.start()
        held = stage.enter()
        stage.agrees()
        before, ballast = sent(stage), disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            fill(ballast)
        stage.say(BACK)
        last = process_end(stage)
        assert sent(stage) == before
        assert "make room on the disk and start again" in last or last == ""
        ballast.unlink()
        stage.start()
        assert [one.plan.position for one in stage.held] in ([held.plan.position], [])
        stage.until(lambda: not stage.held)
        stage.agrees()


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as filled:
        while True:
            filled.write(bytes(4096))


def process_end(stage: FaultStage) -> str:
    """Wait for an end by itself; its last words may not have fitted on the disk."""
    assert stage.run.process.wait(END_S) == 1
    said = [line for line in stage.run.said.splitlines() if line.startswith("repeg: ")]
    return said[-1] if said else ""


@pytest.mark.slow
def test_a_journal_with_one_wrong_byte_is_refused_and_a_copy_brings_everything_back(
    stage: FaultStage,
) -> None:
    stage.start()
    name = stage.enter().plan.position
    stage.agrees()
    assert stage.run.stop() == 0
    file, copy = stage.run.orders, stage.run.folder / "copy.sqlite"
    shutil.copyfile(file, copy)
    count, chance = sent(stage), random.Random(7)  # noqa: S311 - seeded
    whole = bytearray(file.read_bytes())
    where = payload_at(whole, chance)
    whole[where] ^= 1 + chance.randrange(255)
    file.write_bytes(whole)
    line = refused(stage)
    assert "restore a copy or an export, and compare with the venue" in line
    assert sent(stage) == count
    assert name in stage.run.repeg("positions").stderr + line or "damaged" in line
    shutil.copyfile(copy, file)
    stage.start()
    assert name in [one.plan.position for one in stage.held]
    stage.leave()
    stage.agrees()


def payload_at(whole: bytearray, chance: random.Random) -> int:
    """Return a place inside what was written, not in a page's free room."""
    used = [n for n, byte in enumerate(whole) if byte and n > 4096]
    return chance.choice(used)


@pytest.mark.slow
def test_a_journal_that_turns_unwritable_ends_the_run_before_anything_is_sent(
    stage: FaultStage,
) -> None:
    stage.start()
    folder = stage.run.orders.parent
    name = stage.enter().plan.position
    stage.agrees()
    assert stage.run.stop() == 0
    count = sent(stage)
    with read_only(folder):
        assert "writable for this user" in refused(stage)
    assert sent(stage) == count
    stage.start()
    assert name in [one.plan.position for one in stage.held]


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A mount that is read-only binds root, too."""
    bound = ["mount", "--bind", str(folder), str(folder)]
    if os.geteuid() != 0 or subprocess.run(bound, capture_output=True, check=False).returncode:
        pytest.skip("a mount of its own needs root")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_journal_that_is_altered_under_a_running_engine_ends_it_with_one_line(
    stage: FaultStage,
) -> None:
    stage.start()
    stage.enter()
    alter(stage.run.orders)
    count = sent(stage)
    stage.say(BACK)
    assert "restore a copy" in ended(stage)
    assert sent(stage) == count


def alter(path: Path) -> None:
    """Change the number of rows as a second writer without the rules would."""
    with sqlite3.connect(path, timeout=5) as connection:
        connection.execute("UPDATE order_events_head SET count = count + 1")
    connection.close()


@pytest.mark.slow
def test_a_second_process_on_the_account_is_refused_within_a_second(stage: FaultStage) -> None:
    stage.start()
    other = stage.run.folder / "other.toml"
    text = stage.run.config.read_text()
    other.write_text(text.replace("repeg.sqlite", "another.sqlite"))
    done = subprocess.run(
        ["repeg", "run", "--mode", "paper", "--config", str(other)],
        env=stage.run.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "is in use by process" in done.stderr
    assert str(stage.run.process.pid) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_no_secret_is_told_or_written_even_when_something_was_not_foreseen(
    tmp_path: Path,
) -> None:
    with FaultStage(tmp_path) as stage:
        stage.run.environment |= PLANTED
        stage.start()
        stage.enter()
        stage.leave()
        arguments = Path(f"/proc/{stage.run.process.pid}/cmdline").read_bytes()
        assert stage.run.stop() == 0
        written = [p for p in tmp_path.rglob("*") if p.is_file() and p != stage.run.config]
        secrets = planted(stage)
        for text in (arguments, *(path.read_bytes() for path in written)):
            assert not [secret for secret in secrets if secret.encode() in text]
        ours = [path for path in written if path.name != "said.log"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in ours} == {0o600}
        crashed = subprocess.run(
            ["python", "-c", CRASH, "run", "--mode", "paper", "--config", str(stage.run.config)],
            env=stage.run.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "nobody thought of that" in crashed.stderr
        assert not [one for one in secrets if one in crashed.stderr + crashed.stdout]


# The whole command, with an error in the middle that none of its own parts raises.
CRASH = """
import bot.position_app
async def fails(self, desks):
    credentials = self._outside.credentials
    raise ZeroDivisionError("nobody thought of that")
bot.position_app.PositionSide._say_what_may_be_lost = fails
from bot.cli import main
main()
"""


def planted(stage: FaultStage) -> list[str]:
    given = keys_of(stage.exchange) | PLANTED | {"part": "planted-word"}
    return [part for value in given.values() for part in (value, value.removeprefix("0x"))]

"""What a listener hands over is in the history when it is done, and a failure is not silent."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bot.domain.depegs import Breadth, Depeg, DepegChange, Severity, Side, Status, Turn
from bot.domain.errors import RepegError
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.history.depeg_history import DepegHistory
from bot.history.turn_writer import TurnWriter

START = Nanos(1_790_000_000 * NANOS_PER_S)
DEPEG = Depeg(
    asset="USDC",
    side=Side.DISCOUNT,
    start=START,
    confirmed_at=START,
    off_bps=-150.0,
    trough_bps=150.0,
    trough_price=Wad(WAD * 985 // 1_000),
    trough_at=START,
    severity=Severity.SEVERE,
    breadth=Breadth.CEX_WIDE,
    status=Status.ACTIVE,
    venues=("kraken", "binance"),
)
CHANGE = DepegChange(turn=Turn.CONFIRMED, depeg=DEPEG, at=START)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[DepegHistory]:
    opened = DepegHistory.open(str(tmp_path / "history.sqlite"))
    yield opened
    opened.close()


def test_turns_and_steps_are_written_before_the_writer_is_left(history: DepegHistory) -> None:
    later = Nanos(START + 60 * NANOS_PER_S)
    with TurnWriter(history) as kept:
        kept.turn(CHANGE)
        kept.step(msgspec.structs.replace(DEPEG, off_bps=-120.0), later)
    found = history.find(DEPEG.id)
    assert found is not None
    assert [(point.at, point.off_bps) for point in found.path][-1] == (later, -120.0)
    assert found.magnitude_bps == 150.0


def test_what_cannot_be_written_is_said_when_the_writer_is_left(
    history: DepegHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: DepegChange) -> None:
        raise RepegError("disk full")

    monkeypatch.setattr(history, "follow", fail)
    writer = TurnWriter(history)
    with pytest.raises(RepegError, match="disk full"), writer:
        writer.turn(CHANGE)


def test_without_a_history_nothing_is_kept_and_nothing_fails() -> None:
    with TurnWriter(None) as kept:
        kept.turn(CHANGE)
        kept.step(DEPEG, START)

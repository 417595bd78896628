"""What the gate cannot find out, and a venue that hangs while others are to be left."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.trading_room import TradingRoom
from support.fault_stage import CHEAP, FaultStage

from bot.domain.ledger_events import Commanded, Decided
from bot.domain.orders import OrderState, Purpose
from bot.domain.units import NANOS_PER_S
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.sandbox.exchange.mishap import MishapKind


@pytest.mark.parametrize("error", [ZeroDivisionError("no price"), KeyError("USDC"), OSError("x")])
def test_an_engine_whose_facts_fail_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails(*_: object) -> None:
        raise error

    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        monkeypatch.setattr("bot.risk_facts.RiskFacts.__call__", fails)
        await asyncio.sleep(0.5)
        room.say("0.97")
        await asyncio.sleep(2.0)
        assert room.desk.orders == []
        told = [e.detail for e in room.journal.events() if isinstance(e, Decided)]
        assert any("the gate itself failed" in detail for detail in told)
        monkeypatch.undo()
        await room.until(lambda: room.held > 0)  # by itself, once they are told again

    TradingRoom(tmp_path).play(story)


@pytest.mark.parametrize("question", ["book", "rules"])
def test_an_engine_whose_venue_tells_too_little_sends_nothing(
    tmp_path: Path, question: str
) -> None:
    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        room.desk.silent.add(question)
        await asyncio.sleep(0.5)
        room.say("0.97")
        await asyncio.sleep(1.5)
        assert room.desk.orders == []

    TradingRoom(tmp_path).play(story)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FaultStage]:
    with FaultStage(tmp_path) as stage:
        yield stage


@pytest.mark.slow
def test_a_venue_that_hangs_keeps_nobody_from_leaving_elsewhere_within_a_second(
    stage: FaultStage,
) -> None:
    stage.start()
    stage.say("0.9720", {"kraken": ("USDC/USD", "USDC/USDT")})
    stage.say(CHEAP, {"binance": ("USDC/USDT",)})
    stage.until(lambda: any("binance" in one.at_venues for one in stage.held))
    stage.goes_wrong(MishapKind.HANG, "kraken", amount=60.0)
    time.sleep(1.0)
    done = stage.run.repeg("flatten", "--yes", "--wait", "15")
    kept = OrderJournal(stage.run.orders, Use.READ)
    events = kept.events()
    kept.close()
    (told,) = [e for e in events if isinstance(e, Commanded) and e.command == "flatten"][:1]
    left = [r for r in stage.orders(Purpose.FLATTEN) if r.order.venue == "binance"]
    assert left, done.stdout + stage.run.said[-3000:]
    assert all(r.state is OrderState.FILLED for r in left)
    # A fifth of a second to hear of it, 0.8 at most for what the hanging venue may still tell.
    assert (left[0].intended_at - told.at) / NANOS_PER_S < 1.0

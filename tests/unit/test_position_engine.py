"""The position engine enters, leaves and stops as told; what it cannot explain freezes it."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.trading_room import TradingRoom

from bot.config import load_config
from bot.domain.errors import BadConfiguration
from bot.domain.ledger_events import Commanded
from bot.domain.orders import OrderState, Purpose
from bot.domain.ticks import Fault, FaultKind, Restored
from bot.domain.units import Nanos
from bot.engine_status import read_status, status_file
from bot.execution.account_options import Credentials
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.modes import Mode
from bot.position_app import build_positions
from bot.position_assembly import Outside
from bot.position_engine import PositionEngine

CHEAP, PAR = "0.97", "0.9999"


def command(room: TradingRoom, *words: str) -> None:
    """Command as another process does: through the file."""
    kept = OrderJournal(room.path, Use.APPEND)
    at = Nanos(time.time_ns())
    kept.append(*(Commanded(command=word, by="operator", at=at) for word in words))
    kept.close()


async def entered(room: TradingRoom) -> None:
    await room.until(lambda: room.engine.is_ready)
    await asyncio.sleep(0.5)
    room.say(CHEAP)
    await room.until(lambda: room.held > 0)


def test_a_depeg_is_entered_once_and_left_when_the_price_is_back(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        await asyncio.sleep(0.5)
        ledger = room.books.ledger
        assert len(ledger.positions) == 1
        room.say(PAR)
        await room.until(lambda: not ledger.open_positions)
        held = ledger.held(ledger.positions[0])
        assert held.left == 0
        assert held.cash["USDT"] > 0
        await asyncio.sleep(0.5)
        assert len(ledger.positions) == 1

    TradingRoom(tmp_path).play(story)


def test_a_depeg_that_goes_on_is_not_entered_beside_its_position_after_a_restart(
    tmp_path: Path,
) -> None:
    async def again(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        await asyncio.sleep(1.5)
        assert room.monitor.watch.watch.active
        assert len(room.books.ledger.positions) == 1

    room = TradingRoom(tmp_path)
    room.play(entered)
    TradingRoom(tmp_path, desk=room.desk).play(again)


def test_an_exit_that_is_refused_at_every_look_is_written_down_once(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        command(room, "freeze")
        await room.until(lambda: room.books.ledger.is_frozen)
        room.say(PAR)
        await room.until(lambda: bool(room.books.ledger.decided("refused")))
        await asyncio.sleep(0.5)
        assert len(room.books.ledger.decided("refused")) == 1

    TradingRoom(tmp_path).play(story)


def test_who_only_leaves_enters_nothing_however_cheap(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        await asyncio.sleep(0.5)
        room.say(CHEAP)
        await room.until(lambda: bool(room.books.ledger.decided("no entry")))
        said = room.books.ledger.decided("no entry")
        assert "this process only leaves" in said[-1].detail
        assert room.desk.orders == []

    TradingRoom(tmp_path, Mode.LIVE, only_leaves=True).play(story)


def test_paper_takes_no_account_of_the_world_whoever_asks_for_it(tmp_path: Path) -> None:
    config = load_config(
        None, journal=str(tmp_path / "repeg.sqlite"), accounts=[{"venue": "binance"}]
    )
    keys = {"binance": Credentials("key", "secret")}
    with ExitStack() as opened, pytest.raises(BadConfiguration, match="stays on this machine"):
        build_positions(config, Outside(mode=Mode.PAPER, credentials=keys), opened)


def test_nothing_is_sent_before_the_books_agree(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        room.say(CHEAP)
        await asyncio.sleep(1.5)
        assert not room.engine.is_ready
        assert room.desk.orders == []
        room.desk.silent.clear()
        await room.until(lambda: room.held > 0)

    room = TradingRoom(tmp_path)
    room.desk.silent.add("open_orders")
    room.play(story)


def test_a_coin_that_is_not_in_the_books_stops_trading(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        room.desk.money["USDC"] = 0  # somebody took it
        await room.until(lambda: not room.engine.is_ready, 20.0)
        await room.until(lambda: room.books.ledger.commands.is_frozen)

    TradingRoom(tmp_path).play(story)


def test_a_command_of_another_process_is_obeyed_within_a_second(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        command(room, "freeze", "flatten")
        assert await room.until(lambda: not room.books.ledger.open_positions) < 1.0
        await asyncio.sleep(0.5)
        orders = room.books.ledger.orders.values()
        assert [r.order.purpose for r in orders] == [Purpose.ENTRY, Purpose.FLATTEN]

    TradingRoom(tmp_path).play(story)


def test_a_pause_from_before_the_start_holds(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        room.say(CHEAP)
        await asyncio.sleep(1.5)
        assert room.desk.orders == []
        command(room, "resume")
        await room.until(lambda: room.held > 0)

    room = TradingRoom(tmp_path)
    command(room, "pause")
    room.books.refresh()
    room.play(story)


def test_what_was_not_foreseen_freezes_trading_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)

        async def fail() -> None:
            raise ZeroDivisionError("nobody thought of that")

        monkeypatch.setattr(room.engine._parts.entries, "run", fail)
        await room.until(lambda: room.books.ledger.commands.is_frozen)
        command(room, "flatten")
        await room.until(lambda: not room.books.ledger.open_positions)

    TradingRoom(tmp_path).play(story)


def test_an_end_cancels_what_rests_and_leaves_what_is_held(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        name = room.books.ledger.open_positions[0]
        record = next(iter(room.books.ledger.orders.values()))
        resting = room.desk.orders[-1]
        assert resting.state is OrderState.FILLED
        assert record.filled == room.held
        assert await room.engine.close() == (name,)
        assert room.held > 0

    TradingRoom(tmp_path).play(story)


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_runs_the_same_engine_and_monitor_has_no_desk(
    mode: Mode, tmp_path: Path
) -> None:
    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        room.say(CHEAP)
        await asyncio.sleep(1.5)
        assert bool(room.desk.orders) is (mode is not Mode.MONITOR)

    room = TradingRoom(tmp_path, mode)
    assert type(room.engine) is PositionEngine
    room.play(story)


def test_who_looks_on_is_told_what_the_engine_knows(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        file = status_file(room.path)

        def told() -> bool:
            status = read_status(file, Nanos(time.time_ns()))
            return status is not None and status.at_risk_usd > 0 and bool(status.positions)

        await room.until(told)
        status = read_status(file, Nanos(time.time_ns()))
        assert status is not None
        assert (status.mode, status.is_ready) == ("paper", True)
        assert status.equity_usd == pytest.approx(100_000, rel=0.01)
        assert status.at_risk_usd > 0
        assert status.positions[0].price == pytest.approx(0.97, abs=0.001)
        assert read_status(file, Nanos(status.at + 10 * 10**9)) is None

    TradingRoom(tmp_path).play(story)


@pytest.mark.parametrize("pair", ["", "USDC/USDT"])
def test_a_venue_whose_feed_is_lost_gets_no_entry_until_it_speaks_again(
    pair: str, tmp_path: Path
) -> None:
    async def story(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        emergency, now = room.engine._parts.emergency, Nanos(time.time_ns())
        lost = Fault(venue="binance", pair=pair, what=FaultKind.DISCONNECTED, at=now)
        emergency.hear_message(lost)
        await room.until(lambda: "out of reach" in emergency.stopped("USDC", "binance"))
        room.say(CHEAP)
        await asyncio.sleep(1.5)
        assert room.desk.orders == []
        emergency.hear_message(Restored(venue="binance", pair="USDC/USDT", at=now))
        await room.until(lambda: room.held > 0)

    TradingRoom(tmp_path).play(story)


def test_the_day_s_loss_ends_entries(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        emergency = room.engine._parts.emergency
        assert emergency.stopped("USDC", "binance") == ""
        room.say("0.5")  # of some 20,000 dollars
        await room.until(lambda: "day's loss" in emergency.stopped("USDC", "binance"))

    TradingRoom(tmp_path).play(story)

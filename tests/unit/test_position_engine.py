"""The position engine enters, leaves and stops as told; what it cannot explain freezes it."""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from fakes.order_desk import OpenGate, Trouble
from fakes.trading_room import TradingRoom
from msgspec.structs import replace

from bot.config import RELAY_KEY, WALLET_KEY, load_config
from bot.domain.errors import BadConfiguration
from bot.domain.ledger_events import Commanded
from bot.domain.orders import OrderState, Purpose, TimeInForce
from bot.domain.ticks import Fault, FaultKind, Restored
from bot.domain.units import WAD, Nanos, Wad
from bot.engine_status import read_status, status_file
from bot.execution.account_options import Credentials
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.history.position_report import report_of
from bot.late_desk import LateDesk
from bot.modes import Mode
from bot.position_app import PositionSide, build_positions
from bot.position_assembly import Outside
from bot.position_engine import PositionEngine
from bot.report_keeper import dollars_of
from bot.strategy.entry_memory import DEPEG_OVER

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


def test_a_depeg_that_was_left_is_not_entered_again_after_a_restart_until_the_coin_was_back(
    tmp_path: Path,
) -> None:
    brief = {"detection": {"hold_s": 0.3, "quiet_s": 1.0}}

    async def left(room: TradingRoom) -> None:
        await entered(room)
        (name,) = room.books.ledger.open_positions
        at = Nanos(time.time_ns())
        room.books.write(Commanded(command="flatten", subject=name, by="operator", at=at))
        await room.until(lambda: not room.books.ledger.open_positions)

    async def again(room: TradingRoom) -> None:
        await room.until(lambda: room.engine.is_ready)
        await room.until(lambda: bool(room.monitor.watch.watch.active))
        await asyncio.sleep(1.0)
        assert len(room.books.ledger.positions) == 1
        room.say("1.0")
        await room.until(lambda: bool(room.books.ledger.decided(DEPEG_OVER)))
        room.say(CHEAP)
        await room.until(lambda: len(room.books.ledger.positions) == 2)

    room = TradingRoom(tmp_path, settings=brief)
    room.play(left)
    TradingRoom(tmp_path, desk=room.desk, settings=brief).play(again)


def test_the_best_depeg_gets_capital_first_and_the_next_what_every_cap_leaves(
    tmp_path: Path,
) -> None:
    caps = {"max_terminal_loss": 0.09, "max_coin_usd": 6_000.0}  # 9,000 dollars in all
    settings = {"risk": caps, "evidence": {"hit_shares": {"USDC": 0.0, "USDP": 0.0}}}

    async def story(room: TradingRoom) -> None:
        for venue, pair in (("binance", "USDP/USDT"), ("kraken", "USDP/USD")):
            room.prices[venue, pair] = "1.0"
        await room.until(lambda: room.engine.is_ready)
        await asyncio.sleep(1.0)
        command(room, "pause")
        await room.until(lambda: room.books.ledger.commands.is_paused)
        room.say("0.975")
        for venue, pair in (("binance", "USDP/USDT"), ("kraken", "USDP/USD")):
            room.prices[venue, pair] = "0.96"
        await room.until(lambda: len(room.monitor.watch.watch.active) == 2)
        command(room, "resume")
        await room.until(lambda: len(room.books.ledger.positions) == 2)
        plans = [room.books.ledger.held(name).plan for name in room.books.ledger.positions]
        assert [plan.asset for plan in plans] == ["USDP", "USDC"]
        best, next_best = (plan.size.usd / WAD for plan in plans)
        assert best == pytest.approx(6_000, rel=0.01)
        assert next_best == pytest.approx(3_000, rel=0.05)
        await asyncio.sleep(0.5)
        exposure = room.engine._parts.teller._parts.facts.exposure()
        assert exposure.at_risk_usd <= 9_001 * WAD

    TradingRoom(tmp_path, settings=settings, pairs=("USDC/USDT", "USDP/USDT")).play(story)


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


@pytest.mark.parametrize("listed", [True, False])
def test_a_fee_in_another_coin_is_priced_by_the_venue_s_own_market_or_told_to_be_left_out(
    listed: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    async def story(room: TradingRoom) -> None:
        room.desk.fee_in = "BNB", WAD // 100
        if listed:
            room.prices["binance", "BNB/USDT"] = "600"
        await entered(room)
        prices = room.engine._parts.prices
        if listed:
            await room.until(lambda: prices.last("BNB") is not None)
        else:
            others = room.engine._parts.others
            await room.until(lambda: "BNB" in others._not_before)
        room.say(PAR)
        await room.until(lambda: not room.books.ledger.open_positions)
        (name,) = room.books.ledger.positions
        dollars = dollars_of(room.books.ledger, name)
        report = report_of(room.books.ledger, name, dollars, Nanos(time.time_ns()))
        trades = len(room.books.ledger.fills)
        paid = report.fees_usd
        assert paid is not None
        assert paid == pytest.approx(6 * trades * WAD if listed else 0, rel=0.01)
        assert report.unpriced_fees == ({} if listed else {"BNB": trades * WAD // 100})
        assert report.result_usd is not None

    TradingRoom(tmp_path).play(story)


def test_a_coin_that_is_not_in_the_books_stops_trading(tmp_path: Path) -> None:
    async def story(room: TradingRoom) -> None:
        await entered(room)
        room.desk.money["USDC"] = 0  # somebody took it
        await room.until(lambda: not room.engine.is_ready, 20.0)
        await room.until(lambda: room.books.ledger.commands.is_paused)
        assert not room.books.ledger.commands.is_frozen

    TradingRoom(tmp_path).play(story)


@pytest.mark.parametrize("word", ["exit", "flatten"])
def test_books_that_disagree_at_one_venue_hold_up_no_exit_elsewhere(
    word: str, tmp_path: Path
) -> None:
    async def story(room: TradingRoom) -> None:
        here, there = room.desk, room.second
        assert there is not None
        await entered(room)
        await room.until(lambda: here.money["USDC"] > 0 and there.money["USDC"] > 0)
        taken, here.money["USDC"] = here.money["USDC"], 0  # somebody took it
        await room.until(lambda: not room.engine.is_ready, 20.0)
        given = len(here.orders)
        if word == "exit":
            room.say(PAR)
        else:
            command(room, "freeze", "flatten")
        await room.until(lambda: there.money["USDC"] == 0, 20.0)
        await asyncio.sleep(0.5)
        assert len(here.orders) == given  # neither an entry nor an exit
        assert room.held == taken
        reasons = room.engine._parts.emergency.reasons()
        assert any("binance" in one and "do not agree" in one for one in reasons)
        here.money["USDC"] = taken  # and brought it back
        await room.until(lambda: not room.books.ledger.open_positions, 20.0)
        assert here.money["USDC"] == 0

    both = {"max_terminal_loss": 0.2, "max_venue_usd": 5_000.0}
    quick = {"orders": {"pause_s": 0.01, "asks": 2}, "risk": both}
    TradingRoom(tmp_path, second="kraken", settings=quick).play(story)


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.HANGS_BEFORE])
def test_an_order_that_cannot_be_cancelled_holds_up_no_exit_elsewhere(
    trouble: Trouble, tmp_path: Path
) -> None:
    async def story(room: TradingRoom) -> None:
        here, there = room.desk, room.second
        assert there is not None
        await entered(room)
        await room.until(lambda: here.money["USDC"] > 0 and there.money["USDC"] > 0)
        here.trouble["cancel"].extend([trouble] * 1_000)
        record = next(iter(room.books.ledger.orders.values()))
        (name,) = room.books.ledger.open_positions
        entry = replace(
            record.order,
            client_id=room.books.ledger.next_id(name, Purpose.ENTRY),
            venue="binance",
            pair="USDC/USDT",
            time_in_force=TimeInForce.GTC,
            price=Wad(WAD // 2),  # it rests
            amount=Wad(100 * WAD),
        )
        room.engine._parts.manager._gate = OpenGate()
        given = await room.engine._parts.manager.submit(entry)
        assert getattr(given, "state", None) is OrderState.OPEN
        command(room, "flatten")
        assert await room.until(lambda: there.money["USDC"] == 0) < 2.0
        await room.until(lambda: here.money["USDC"] == 0)

    both = {"max_terminal_loss": 0.2, "max_venue_usd": 5_000.0}
    TradingRoom(tmp_path, second="kraken", settings={"risk": both}).play(story)


def test_a_venue_that_does_not_answer_at_the_start_holds_up_no_exit_elsewhere(
    tmp_path: Path,
) -> None:
    async def again(room: TradingRoom) -> None:
        assert room.second is not None
        room.second.silent.add("open_orders")
        room.say(PAR)
        await room.until(lambda: not room.books.ledger.open_positions, 20.0)
        assert not room.engine.is_ready
        assert not room.second.orders

    room = TradingRoom(tmp_path)
    room.play(entered)
    TradingRoom(tmp_path, desk=room.desk, second="kraken").play(again)


def test_an_account_that_cannot_be_opened_yet_holds_up_nothing_and_is_taken_in_later(
    tmp_path: Path,
) -> None:
    async def story(room: TradingRoom) -> None:
        late, emergency = room.late, room.engine._parts.emergency
        assert isinstance(late, LateDesk)
        await entered(room)
        assert room.engine.is_ready
        assert not late.is_here
        assert "could not be opened" in emergency.stopped("USDC", "kraken")
        room.node_is_up = True
        await late.open_soon()
        agreed = room.engine._parts.manager
        await room.until(lambda: agreed.agreed == {"binance", "kraken"})
        await room.until(lambda: not emergency.stopped("USDC", "kraken"))

    seldom = {"trading": {"look_s": 0.05, "pause_s": 0.1, "poll_s": 0.2, "reconcile_s": 600.0}}
    TradingRoom(tmp_path, second="kraken", late=True, settings=seldom).play(story)


def test_with_its_node_down_the_position_side_starts_without_the_chain_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPEG_STATE_DIR", str(tmp_path / "state"))
    for name in (WALLET_KEY, RELAY_KEY):
        monkeypatch.setenv(name, "0x" + "11" * 32)
    closed = "http://127.0.0.1:9"
    config = load_config(
        None,
        journal=str(tmp_path / "repeg.sqlite"),
        streams=[],
        wallet={"trade": True},
        node={"http_url": closed},
        relay={"url": closed},
    )

    async def story(side: PositionSide) -> None:
        running = asyncio.create_task(side.run())
        until = time.monotonic() + 30
        while side.engine is None or not side.engine.is_ready:
            assert not running.done(), running.exception()
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        emergency = side.engine._parts.emergency
        while "could not be opened" not in emergency.stopped("USDC", "ethereum"):
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await side.close()

    with ExitStack() as opened:
        side = build_positions(config, Outside(mode=Mode.PAPER, credentials={}), opened)
        asyncio.run(story(side))


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
            looked = status is not None and status.positions and status.positions[0].decision
            return status is not None and status.at_risk_usd > 0 and bool(looked)

        await room.until(told)
        status = read_status(file, Nanos(time.time_ns()))
        assert status is not None
        assert (status.mode, status.is_ready) == ("paper", True)
        assert status.equity_usd == pytest.approx(100_000, rel=0.01)
        assert status.at_risk_usd > 0
        (progress,) = status.positions
        assert progress.price == pytest.approx(0.97, abs=0.001)
        assert (progress.next_reversion, progress.left_share) == (0.5, 1.0)
        assert progress.gain_usd == pytest.approx(0, abs=50)
        assert progress.decision.startswith("stays: ")
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

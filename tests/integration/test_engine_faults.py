"""Venues that fail while the whole engine holds a position: `repeg run` against the exchange."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from support.fault_stage import BACK, CHEAP, PAR, FaultStage

from bot.domain.orders import Purpose
from bot.domain.trade_plans import Held
from bot.domain.units import WAD
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.mishap import MishapKind
from bot.sandbox.exchange.spot_market import MarketState

THIN = LadderShape(size=Decimal(150), growth=Decimal("1.05"))  # an order takes many levels


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultStage]:
    folder = tmp_path_factory.mktemp("faults")
    with FaultStage(folder, shape=THIN) as stage:
        yield stage.start()


@pytest.fixture
def stage(running: FaultStage) -> Iterator[FaultStage]:
    """The engine, flat, at calm venues; and afterwards, too."""
    yield running
    running.calm()
    running.leave()
    time.sleep(1.2)  # until the depeg is over
    running.agrees()


@contextmanager
def cut_at_trades(stage: FaultStage, venue: str, for_s: float) -> Iterator[list[str]]:
    """Take a venue away at each trade, sockets and requests; yields the orders it was cut in."""
    cut: list[str] = []
    known = stage.exchange.acts(0)
    last, over = (known[-1].number if known else 0), threading.Event()

    def watch(after: int) -> None:
        while not over.is_set():
            for act in stage.exchange.acts(after, 0.2):
                after = act.number
                if act.is_fill and act.venue == venue and act.client_id not in cut:
                    cut.append(act.client_id)
                    stage.goes_wrong(MishapKind.DOWN, venue, for_s=for_s)

    watcher = threading.Thread(target=watch, args=(last,))
    watcher.start()
    try:
        yield cut
    finally:
        over.set()
        watcher.join()


def test_a_venue_that_is_cut_in_the_middle_of_fills_loses_no_trade(stage: FaultStage) -> None:
    with cut_at_trades(stage, "kraken", 2.0) as cut:
        held = stage.enter()
        stage.agrees()
        stage.leave()
    assert len(cut) >= 2  # an entry and an exit
    stage.agrees()
    closed = stage.run.ledger().held(held.plan.position)
    assert closed.closed_at is not None
    assert closed.left < WAD  # less than an order may be


def test_sockets_alone_that_are_cut_again_and_again_lose_no_trade(stage: FaultStage) -> None:
    stage.say(CHEAP)
    until = time.monotonic() + 3.0
    while time.monotonic() < until:
        stage.goes_wrong(MishapKind.DISCONNECT)
        time.sleep(0.1)
    stage.until(lambda: bool(stage.held))
    stage.agrees()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("venue", "kind"),
    [
        ("binance", MishapKind.BANNED),
        ("kraken", MishapKind.LIMITED),
        pytest.param("binance", MishapKind.LIMITED, marks=pytest.mark.deep),
        pytest.param("kraken", MishapKind.BANNED, marks=pytest.mark.deep),
    ],
)
def test_who_is_told_to_wait_is_silent_within_a_second_and_loses_no_order(
    stage: FaultStage, venue: str, kind: MishapKind
) -> None:
    name = entered_at(stage, venue).plan.position
    stage.goes_wrong(kind, venue, for_s=3.0, amount=2.0)
    stage.say(BACK)  # an exit is due at once, and is answered so
    time.sleep(1.0)
    before = stage.exchange.venue(venue).requests
    time.sleep(1.5)
    assert stage.exchange.venue(venue).requests - before <= 3
    assert stage.until(lambda: not stage.held) < 15.0
    stage.agrees()
    stage.until(lambda: stage.run.ledger().held(name).closed_at is not None, 10.0)
    stage.say(PAR)
    time.sleep(1.5)
    stage.enter()  # and trading goes on


def test_a_market_that_is_halted_is_left_by_another_pair_or_waited_for(stage: FaultStage) -> None:
    name = entered_at(stage, "kraken").plan.position
    for pair in ("USDC/USD", "USDC/USDT"):
        stage.set_market("kraken", pair, state=MarketState.HALTED)
    stage.say(BACK)
    stage.until(lambda: "cannot leave" in told_of(stage, name))
    assert sold(stage, name) == 0
    stage.set_market("kraken", "USDC/USD")  # this pair trades again, the other one does not
    assert stage.until(lambda: not stage.held) < 10.0
    exits = [r for r in stage.orders(Purpose.EXIT) if r.order.position == name and r.filled]
    assert {r.order.pair for r in exits} == {"USDC/USD"}


def test_nothing_is_entered_at_a_venue_whose_markets_are_halted(stage: FaultStage) -> None:
    for pair in ("USDC/USD", "USDC/USDT"):
        stage.set_market("kraken", pair, state=MarketState.HALTED)
    held = stage.enter()
    assert set(held.at_venues) == {"binance"}


def test_withdrawals_that_are_suspended_stop_entries_there_are_told_and_exits_go_on(
    stage: FaultStage,
) -> None:
    name = entered_at(stage, "kraken").plan.position
    networks = stage.exchange.options.venues[1].networks["USDC"]
    shut = [replace(one, withdrawals_open=False) for one in networks]
    stage.exchange.set_networks("kraken", "USDC", shut)
    stage.until(lambda: bool(emergencies(stage, "SHUT_IN")), 10.0)
    told = [e for e in stage.run.events("alert") if "withdrawals are suspended" in e["subject"]]
    assert told[0]["severity"] == "critical"
    assert "networks is open" in told[0]["text"]
    stage.leave()
    exits = [r for r in stage.orders(Purpose.EXIT) if r.order.position == name and r.filled]
    assert {r.order.venue for r in exits} == {"kraken"}
    time.sleep(1.5)
    stage.say(PAR)
    time.sleep(1.5)
    assert set(stage.enter().at_venues) == {"binance"}


def test_a_larger_lot_in_the_middle_of_a_position_is_kept_to_and_what_is_left_is_named(
    stage: FaultStage,
) -> None:
    name = entered_at(stage, "binance").plan.position
    lot = Decimal(100)
    stage.set_market("binance", "USDC/USDT", step=lot, min_size=lot)
    stage.say(BACK)
    stage.until(lambda: stage.run.ledger().held(name).closed_at is not None)
    exits = [r for r in stage.orders(Purpose.EXIT) if r.order.position == name and r.filled]
    assert exits
    assert all(r.order.amount % (100 * WAD) == 0 for r in exits)
    left = stage.run.ledger().held(name).left
    assert 0 < left < 100 * WAD
    assert f" {Decimal(left).scaleb(-18):.8f} USDC" in reason_of(stage, name)
    assert "USDC at binance" in reason_of(stage, name)


def test_a_smallest_value_above_what_is_held_leaves_all_of_it_as_dust_and_says_so(
    stage: FaultStage,
) -> None:
    name = entered_at(stage, "binance").plan.position
    stage.set_market("binance", "USDC/USDT", min_value=Decimal(50_000))
    stage.say(BACK)
    stage.until(lambda: stage.run.ledger().held(name).closed_at is not None)
    assert stage.run.ledger().held(name).left > 0
    assert not [r for r in stage.orders(Purpose.EXIT) if r.order.position == name and r.filled]
    assert "what is left cannot be sold" in reason_of(stage, name)


@pytest.mark.parametrize("off_s", [300.0, -3600.0])
def test_a_venue_whose_clock_is_off_is_followed_and_no_order_is_lost(
    stage: FaultStage, off_s: float
) -> None:
    held = entered_at(stage, "kraken")
    stage.goes_wrong(MishapKind.SKEW, "kraken", amount=off_s)
    time.sleep(1.0)
    assert [one.plan.position for one in stage.held] == [held.plan.position]  # no stop by its clock
    stage.say(BACK)
    assert stage.until(lambda: not stage.held) < 10.0
    stage.agrees()


def entered_at(stage: FaultStage, venue: str) -> Held:
    """Let a position be held at one venue alone."""
    others = {"binance": ("USDC/USDT",), "kraken": ("USDC/USD", "USDC/USDT")}
    shut = {name: pairs for name, pairs in others.items() if name != venue}
    for name, pairs in shut.items():
        for pair in pairs:
            stage.set_market(name, pair, state=MarketState.HALTED)
    held = stage.enter()
    for name, pairs in shut.items():
        for pair in pairs:
            stage.set_market(name, pair)
    assert set(held.at_venues) == {venue}
    return held


def reason_of(stage: FaultStage, position: str) -> str:
    closed = [e for e in stage.run.events("position_closed") if e["position"] == position]
    return str(closed[-1]["reason"])


def sold(stage: FaultStage, position: str) -> int:
    held = stage.run.ledger().held(position)
    return held.bought - held.left


def told_of(stage: FaultStage, position: str) -> list[str]:
    looks = stage.run.events("position_looked_at")
    return [look["what"] for look in looks if look["position"] == position]


def emergencies(stage: FaultStage, condition: str) -> list[dict[str, Any]]:
    return [e for e in stage.run.events("emergency") if e.get("condition") == condition]

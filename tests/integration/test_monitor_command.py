"""`repeg monitor` over sockets: a price that falls on two exchanges is told, and kept."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from bot.cli import main
from bot.commands.monitor_screen import screen
from bot.config import load_config
from bot.domain.ticks import SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.feed import SystemClock
from bot.history.depeg_history import DepegHistory
from bot.monitor import Monitor
from bot.monitor_app import build_monitor
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange

FALLEN = "0.9600"
LATEST_S = 40.0
PAIRS = {"binance": ("USDC/USDT",), "kraken": ("USDC/USD", "USDT/USD"), "coinbase": ("USDT/USD",)}


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    with start_exchange() as running:
        yield running


def settings(folder: Path, url: str) -> Path:
    streams = [
        f'[[streams]]\nvenue = "{venue}"\npairs = {json.dumps(pairs)}\n'
        f'[streams.options]\nurl = "{url}"\n'
        for venue, pairs in PAIRS.items()
    ]
    file = folder / "repeg.toml"
    file.write_text("\n".join(streams))
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["monitor", *arguments])


def until_connected(exchange: LocalExchange) -> None:
    """Wait for a socket at every venue, and for what it says first."""
    patience = time.monotonic() + LATEST_S
    while not all(venue.sockets for venue in exchange.state().venues.values()):
        assert time.monotonic() < patience
        time.sleep(0.1)
    time.sleep(2.0)


def test_a_fall_on_two_exchanges_is_told_as_an_alert_and_kept(
    exchange: LocalExchange, tmp_path: Path
) -> None:
    database = tmp_path / "history.sqlite"
    command = [sys.executable, "-m", "bot", "monitor", "--json", "--database", str(database)]
    config = settings(tmp_path, exchange.url)
    with subprocess.Popen([*command, "--config", str(config)], stdout=subprocess.PIPE) as running:
        time.sleep(8.0)  # until all sockets are heard
        for venue, pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
            exchange.set_price(venue, pair, FALLEN)
        assert running.stdout is not None
        os.set_blocking(running.stdout.fileno(), False)
        said, patience = b"", time.monotonic() + LATEST_S
        while b'"confirmed"' not in said and time.monotonic() < patience:
            said += running.stdout.read() or b""
            time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        running.wait(10.0)
    turns = [json.loads(line) for line in said.splitlines()]
    assert {turn["asset"] for turn in turns} == {"USDC"}
    assert [(turn["turn"], turn["alert"]) for turn in turns[:2]] == [
        ("started", False),
        ("confirmed", True),
    ]
    assert turns[1]["severity"] == "severe"
    assert set(turns[1]["venues"]) == {"binance", "kraken"}
    assert running.returncode == 0
    history = DepegHistory.open(str(database))
    kept = history.find(turns[0]["id"])
    history.close()
    assert kept is not None
    assert abs((kept.magnitude_bps or 0.0) - 400.0) < 5.0


def test_an_exchange_that_nobody_knows_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    file, database = tmp_path / "repeg.toml", tmp_path / "history.sqlite"
    file.write_text('[[streams]]\nvenue = "mtgox"\npairs = ["USDC/USD"]\n')
    found = run("--config", str(file), "--database", str(database))
    assert (found.exit_code, database.exists()) == (1, False)
    assert "mtgox" in found.output


@pytest.mark.parametrize(
    "url", ["postgres:/127.0.0.1/history", "sqlite://folder/history", "postgresql://127.0.0.1:1/x"]
)
def test_a_history_that_cannot_be_opened_ends_it_with_exit_code_1(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run("--for", "0.2", "--database", url)
    assert found.exit_code == 1
    assert "repeg: " in found.output
    assert list(tmp_path.iterdir()) == []


def test_a_node_without_http_is_refused() -> None:
    found = run("--rpc", "ws://127.0.0.1:1")
    assert found.exit_code == 1
    assert "HTTP" in found.output


def test_the_screen_shows_price_deviation_sources_and_depeg() -> None:
    clock = SystemClock()
    monitor = build_monitor(load_config(None), clock)
    start = clock.now()
    for step in range(30):
        for venue in ("kraken", "coinbase"):
            monitor.watch.hear(tick(venue, Nanos(start + step * NANOS_PER_S)))
    console = Console(record=True, width=160)
    console.print(screen(monitor, clock.now()))
    shown = console.export_text()
    assert "0.970000" in shown
    assert "-300.0 bps" in shown
    assert "coinbase, kraken" in shown
    assert "CEX-wide" in shown


class Told:
    """A dollar, and a third of a second later 1 % less; the clocks of the venues say when."""

    def __init__(self, clock: SystemClock, first: int) -> None:
        self._clock, self._first = clock, first

    async def __aiter__(self) -> AsyncIterator[Tick]:
        now = self._clock.now()
        for at, price in ((self._first, WAD), (now, WAD * 99 // 100)):
            for venue in ("kraken", "coinbase"):
                told = tick(venue, Nanos(at))
                yield msgspec.structs.replace(told, bid=price, ask=price, seen_at=now)
            await asyncio.sleep(0.6)


@pytest.mark.parametrize(
    ("minutes", "moved"), [(90, ["-100.0 bps", "-100.0 bps"]), (50, ["-100.0 bps"])]
)
def test_the_screen_tells_how_far_a_price_came_within_an_hour_that_was_watched(
    minutes: int, moved: list[str]
) -> None:
    clock = SystemClock()
    watch = build_monitor(load_config(None), clock).watch
    monitor = Monitor([Told(clock, clock.now() - minutes * 60 * NANOS_PER_S)], watch, clock)

    async def listen() -> None:
        async for _ in monitor.changes():
            pass

    asyncio.run(listen())
    console = Console(record=True, width=160)
    console.print(screen(monitor, clock.now()))
    (shown,) = (row for row in console.export_text().splitlines() if " DAI " in row)
    assert re.findall(r"[+-]\d+\.\d bps", shown) == moved


def tick(venue: str, at: Nanos) -> Tick:
    price = Wad(97 * WAD // 100)
    return Tick(
        venue=venue,
        kind=SourceKind.CEX,
        asset="DAI",
        currency="USD",
        bid=price,
        ask=price,
        at=at,
        seen_at=at,
    )

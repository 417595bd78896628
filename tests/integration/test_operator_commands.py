"""A person beside a running engine: looks, pauses, resumes, and pulls the kill switch."""

import json
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.paper_runs import PaperRun

from bot.domain.ledger_events import Commanded, PositionClosed
from bot.domain.orders import Purpose
from bot.domain.units import NANOS_PER_S
from bot.history.journal_export import checked_export
from bot.history.journal_file import Use
from bot.history.order_journal import OrderJournal
from bot.sandbox.exchange.exchange_options import BINANCE, KRAKEN
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange

pytestmark = pytest.mark.slow

CHEAP = "0.9700"
LOGINS = {venue.venue: venue.logins[0] for venue in (BINANCE, KRAKEN)}
PLANTED = {
    "REPEG_OPERATOR_KEY": "0x" + "ab12" * 16,
    "REPEG_RELAY_KEY": "0x" + "cd34" * 16,
    "REPEG_WALLET_KEY": "0x" + "ef56" * 16,
    "REPEG_COINBASE_KEY": "planted-coinbase-key-77",
    "REPEG_COINBASE_SECRET": "planted-coinbase-secret-88",
    "REPEG_ALERTS": "json://planted-user:planted-word@127.0.0.1:9/",
    "REPEG_HISTORY_URL": "postgresql://repeg:planted-database-word@127.0.0.1:9/repeg",
}
SETTINGS = """
[costs]
loss_if_never_bps = 200.0
[evidence]
hit_shares = {{ USDC = 0.0 }}
[trading]
look_s = 0.2
pause_s = 0.2
[risk]
max_venue_usd = 1000000.0
max_terminal_loss = 0.01

[[accounts]]
venue = "binance"
url = "{url}"
pairs = ["USDC/USDT"]

[[streams]]
venue = "kraken"
pairs = ["USDC/USD", "USDT/USD"]
[streams.options]
url = "{url}"

[[streams]]
venue = "binance"
pairs = ["USDC/USDT"]
[streams.options]
url = "{url}"
"""


def keys() -> dict[str, str]:
    found = dict(PLANTED)
    for venue, login in LOGINS.items():
        found[f"REPEG_{venue.upper()}_KEY"] = login.key
        found[f"REPEG_{venue.upper()}_SECRET"] = login.secret
    return found


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    """One of its own for each: a new journal takes over what it finds, and what was left stays."""
    with start_exchange() as running:
        yield running


@pytest.fixture
def run(exchange: LocalExchange, tmp_path: Path) -> Iterator[PaperRun]:
    """An engine that holds a position."""
    for venue, pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
        exchange.set_price(venue, pair, "1.0000")
    paper = PaperRun(tmp_path, SETTINGS.format(url=exchange.url))
    paper.environment |= keys()
    with paper:
        paper.until_said("trading_ready")
        time.sleep(3.0)  # until the books are heard
        for venue, pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
            exchange.set_price(venue, pair, CHEAP)
        paper.until(lambda: any(held_of(paper)), 60.0)
        yield paper


def test_a_shadow_decides_and_writes_down_and_orders_nothing(
    exchange: LocalExchange, tmp_path: Path
) -> None:
    for venue, pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
        exchange.set_price(venue, pair, CHEAP)
    before = len(exchange.account("binance").orders)
    shadow = PaperRun(tmp_path, SETTINGS.format(url=exchange.url), mode="shadow")
    shadow.environment |= keys()
    with shadow:
        shadow.until_said("trading_ready")
        shadow.until(lambda: any(held_of(shadow)), 90.0)
        assert shadow.stop() == 0
    assert [r.state.value for r in shadow.ledger().orders.values()] == ["filled"]
    assert len(exchange.account("binance").orders) == before


def held_of(run: PaperRun) -> list[Any]:
    ledger = run.ledger()
    held = [ledger.held(name) for name in ledger.open_positions]
    return [one for one in held if one.left > 0]


def risk_told(run: PaperRun) -> dict[str, Any]:
    shown = run.repeg("positions", "--json")
    assert shown.returncode == 0, shown.stderr
    told: dict[str, Any] = json.loads(shown.stdout.splitlines()[0])
    return told


def test_flatten_from_another_process_leaves_everything_within_a_second(run: PaperRun) -> None:
    done = run.repeg("flatten", "--yes")
    assert done.returncode == 0, done.stderr + run.said[-3000:]
    assert "flat after" in done.stdout
    kept = OrderJournal(run.orders, Use.READ)
    events = list(kept.events())
    kept.close()
    (commanded,) = [e for e in events if isinstance(e, Commanded) and e.command == "freeze"][:1]
    closed = [e for e in events if isinstance(e, PositionClosed) and e.at >= commanded.at]
    assert (max(e.at for e in closed) - commanded.at) / NANOS_PER_S < 1.0
    ledger = run.ledger()
    assert ledger.commands.is_frozen
    assert all(ledger.held(name).closed_at is not None for name in ledger.positions)
    assert risk_told(run)["frozen"] is True
    count = len(run.ledger().orders)
    time.sleep(2.0)
    assert len(run.ledger().orders) == count  # frozen: nothing is entered any more


def test_pause_is_obeyed_while_exits_go_on_and_resume_ends_it(
    run: PaperRun, exchange: LocalExchange
) -> None:
    assert run.repeg("pause").stdout == "paper: paused; `repeg resume` ends it\n"
    told = risk_told(run)
    assert told["paused"] is True
    assert told["engine"]["is_ready"] is True
    assert told["engine"]["equity_usd"] > 0
    for venue, pair in (("kraken", "USDC/USD"), ("binance", "USDC/USDT")):
        exchange.set_price(venue, pair, "0.9998")
    run.until(lambda: not held_of(run), 30.0)
    left = [r for r in run.ledger().orders.values() if r.order.purpose is Purpose.EXIT]
    assert left
    assert run.repeg("resume").returncode == 0
    assert risk_told(run)["paused"] is False


def test_an_interrupt_leaves_positions_and_says_so_and_the_next_start_knows_them(
    run: PaperRun,
) -> None:
    (held,) = held_of(run)
    name = held.plan.position
    assert run.repeg("pause").returncode == 0
    assert run.stop() == 0
    assert f"still open: {name}" in run.said
    assert "no engine is running: from its next start on" in run.repeg("pause").stdout
    shown = run.repeg("positions", "--json").stdout.splitlines()
    assert json.loads(shown[0])["engine"] is None
    assert name in [one["position"] for one in map(json.loads, shown[1:]) if one["is_open"]]
    run.start()
    run.until(lambda: len(run.events("trading_ready")) == 2, 30.0)
    again = run.events("trading_ready")[1]
    assert (again["paused"], again["open_positions"]) == (True, 1)
    assert again["engine_s"] < 5.0


def test_flatten_without_an_engine_does_it_itself(run: PaperRun) -> None:
    (held,) = held_of(run)
    assert run.repeg("pause").returncode == 0
    assert run.stop() == 0
    done = run.repeg("flatten", held.plan.position, "--yes")
    assert done.returncode == 0, done.stderr
    assert "flat after" in done.stdout
    assert run.ledger().held(held.plan.position).closed_at is not None


def test_a_second_engine_on_the_same_account_is_refused_at_once(run: PaperRun) -> None:
    began = time.monotonic()
    second = run.repeg("run", "--mode", "paper")
    assert second.returncode == 1
    assert "is in use by process" in second.stderr
    assert time.monotonic() - began < 20.0


def test_orders_are_exported_with_checksums_that_hold(run: PaperRun, tmp_path: Path) -> None:
    target = tmp_path / "export.jsonl"
    done = run.repeg("orders", "--export", str(target))
    assert done.returncode == 0, done.stderr
    rows = checked_export(target)
    assert f"{len(rows)} events, checksum {rows[-1].checksum}" in done.stdout
    shown = [json.loads(line) for line in run.repeg("orders", "--json").stdout.splitlines()]
    assert shown[0]["state"] == "filled"


def test_no_planted_key_is_told_or_written_and_files_are_for_their_owner_only(
    run: PaperRun,
) -> None:
    run.repeg("flatten", "--yes")
    arguments = Path(f"/proc/{run.process.pid}/cmdline").read_bytes()
    assert run.stop() == 0
    broken = run.environment | {"REPEG_BINANCE_SECRET": "planted-and-wrong-secret"}
    wrong = subprocess.run(
        ["repeg", "run", "--mode", "paper", "--config", str(run.config), "--for", "5"],
        env=broken,
        capture_output=True,
        timeout=60,
        check=False,
    )
    written = [path for path in run.folder.rglob("*") if path.is_file() and path != run.config]
    told = [arguments, wrong.stdout, wrong.stderr, *(path.read_bytes() for path in written)]
    secrets = [
        part
        for value in (*keys().values(), "planted-and-wrong-secret", "planted-word")
        for part in (value, value.removeprefix("0x"))
    ]
    for text in told:
        assert not [secret for secret in secrets if secret.encode() in text]
    ours = [path for path in written if path.name != "said.log"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in ours} == {0o600}

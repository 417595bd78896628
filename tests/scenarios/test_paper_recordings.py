"""March 2023 and May 2022 played through the local exchange, with the whole engine on paper."""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from support.paper_runs import PaperRun, recording
from support.recorded_prices import (
    Row,
    deviation_minutes,
    exchange_minutes,
    kraken_minutes,
    redemptions,
)

from bot.domain.orders import Purpose
from bot.domain.units import WAD
from bot.history.position_report import report_of
from bot.report_keeper import dollars_of

pytestmark = pytest.mark.slow

MARCH = ("2023-03-10 18:00", "2023-03-13 18:00")
ANNOUNCED = "2023-03-12T22:29"  # a minute before deposits were said to be whole
CIRCLE = {MARCH[0]: 1.0, "2023-03-11 03:30": 0.0, "2023-03-12 22:30": 1.0}
UST_DAYS = ("2022-05-09 06:00", "2022-05-10 06:00")  # from 0.99 to 0.62
# By default 16 % of such coins never come back and cost 80 %: nothing is entered then. Who takes
# the announcement at its word, that nothing of the backing is lost, sets what is lost so.
BELIEVED = """
[costs]
loss_if_never_bps = 500.0
[evidence]
hit_shares = { USDC = 0.0 }
"""
FAST = """
[trading]
look_s = 0.1
pause_s = 0.1
poll_s = 0.5
reconcile_s = 20.0
[exits]
wait_hurdle_bps = 0.0
"""


def usdc_of_march(data: Path) -> Iterator[Row]:
    pairs = [("kraken", "USDC/USD"), ("kraken", "USDT/USD"), ("coinbase", "USDT/USD")]
    yield from chain(*(exchange_minutes(data, venue, pair, *MARCH) for venue, pair in pairs))
    yield from kraken_minutes(data, "USDC/USDT", *MARCH)
    thin = exchange_minutes(data, "binance.us", "USDC/USDT", *MARCH)  # stands for Binance
    yield from (Row(r.time, "binance", r.asset, r.price) for r in thin)
    yield from redemptions("USDC", "circle", CIRCLE)


def played(rows: Iterable[Row], folder: Path, settings: str, *, since: str, speed: int) -> PaperRun:
    file = recording(folder, rows)
    how = ("--prices", str(file), "--since", since, "--speed", str(speed))
    return PaperRun(folder, settings, *how)


def test_usdc_of_march_2023_is_entered_left_in_parts_and_ends_flat_with_a_profit(
    data_dir: Path, tmp_path: Path
) -> None:
    paper = '[[accounts]]\nvenue = "binance"\n[paper.balances]\nUSDT = 1000000.0\n'
    run = played(
        usdc_of_march(data_dir), tmp_path, BELIEVED + FAST + paper, since=ANNOUNCED, speed=360
    )
    with run:
        run.until_said("position_opened")
        run.until(lambda: bool(bought_and_closed(run)))
        assert run.stop() == 0
    ledger = run.ledger()
    (name,) = bought_and_closed(run)[:1]
    held, report = ledger.held(name), report_of(ledger, name, dollars_of(ledger, name), 0)
    exits = [r for r in ledger.orders_of(name) if r.order.purpose is not Purpose.ENTRY and r.fills]
    assert len(exits) >= 2
    assert held.left < WAD
    assert report.result_usd is not None
    assert report.result_usd > 0
    assert report.taken_of_best is not None
    assert 0 < report.taken_of_best <= 1.2
    (told,) = [r for r in run.events("position_report") if r["position"] == name]
    assert told["taken_of_best"] == pytest.approx(report.taken_of_best)


def bought_and_closed(run: PaperRun) -> list[str]:
    ledger = run.ledger()
    held = [ledger.held(name) for name in ledger.positions]
    return [
        one.plan.position
        for one in held
        if one.plan.asset == "USDC" and one.bought and one.closed_at is not None
    ]


def test_ust_of_may_2022_is_never_held(data_dir: Path, tmp_path: Path) -> None:
    books = deviation_minutes(data_dir, "UST_Terra", "UST/binance", *UST_DAYS)
    rows = [Row(r.time, "binance", "UST/USDT", r.price) for r in books]
    rows += [Row(r.time, "coinbase", "UST/USD", r.price) for r in rows]
    rows += [Row(r.time, "coinbase", "USDT/USD", 1.0) for r in rows if r.venue == "binance"]
    run = played(rows, tmp_path, BELIEVED + FAST, since="2022-05-09T12:00", speed=1440)
    with run:
        run.until_said("recording_ended", 280.0)
        run.process.wait(60)
    ledger = run.ledger()
    assert all(ledger.held(name).bought == 0 for name in ledger.positions)
    assert ledger.orders == {}

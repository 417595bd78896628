"""`repeg positions`: what is held, how far it is, and what the risk side says."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bot.commands.history_options import JSON
from bot.commands.journal_options import chosen, journal_options
from bot.commands.position_figures import (
    PositionFigures,
    RiskFigures,
    figures_of,
    fundings_of,
    risk_of,
)
from bot.domain.errors import BadConfiguration
from bot.domain.units import Nanos
from bot.engine_status import PositionStatus, read_status, status_file
from bot.history.journal_file import Use
from bot.history.journal_rows import Entry
from bot.history.order_journal import OrderJournal
from bot.history.position_report import report_of
from bot.history.report_rows import ORDER_COLUMNS, order_rows, summary_rows
from bot.history.report_rows import as_json as told_report
from bot.modes import Mode
from bot.report_keeper import dollars_of
from bot.strategy.ledger import Ledger

_REFRESH_S = 1.0


@click.command()
@journal_options
@click.option("--watch", is_flag=True, help="Look again every second, until Ctrl-C.")
@click.option("--report", "name", metavar="POSITION", help="How one went, order by order.")
@JSON
def positions(
    path: Path | None, journal: str | None, word: str | None, name: str | None, **how: bool
) -> None:
    """Show positions, and the state of risk: beside a running engine, and without one.

    With --json a line for the state of risk, then one for every position.
    """
    watch, as_json = how["watch"], how["as_json"]
    _, mode, file = chosen(path, journal, word)
    kept = OrderJournal(file, Use.READ)
    ledger = Ledger()
    try:
        _fold(ledger, kept.entries())
        if name is not None:
            _report(ledger, name, as_json=as_json)
            return
        if not watch:
            _show(ledger, mode, file, as_json=as_json)
            return
        _keep_showing((kept, ledger), mode, file, as_json=as_json)
    except KeyboardInterrupt:
        return
    finally:
        kept.close()


def _report(ledger: Ledger, name: str, *, as_json: bool) -> None:
    if name not in ledger.positions:
        raise BadConfiguration(f"no position is called {name!r}")
    report = report_of(ledger, name, dollars_of(ledger, name), Nanos(time.time_ns()))
    if as_json:
        click.echo(msgspec.json.encode(told_report(report)).decode())
        return
    console, table = Console(), Table(*ORDER_COLUMNS, box=None)
    for what, figure in summary_rows(report):
        console.print(f"{what:>10}  {figure}", highlight=False)
    for row in order_rows(report):
        table.add_row(*row)
    console.print(table)


def _fold(ledger: Ledger, entries: Iterable[Entry]) -> None:
    for entry in entries:
        ledger.apply(entry.event)


def _keep_showing(
    books: tuple[OrderJournal, Ledger], mode: Mode, file: Path, *, as_json: bool
) -> None:
    kept, ledger = books
    if as_json or not Console().is_terminal:
        while True:
            _show(ledger, mode, file, as_json=as_json)
            time.sleep(_REFRESH_S)
            _fold(ledger, kept.news())
    with Live(auto_refresh=False, screen=True) as live:
        while True:
            live.update(_screen(ledger, mode, file), refresh=True)
            time.sleep(_REFRESH_S)
            _fold(ledger, kept.news())


def _show(ledger: Ledger, mode: Mode, file: Path, *, as_json: bool) -> None:
    if not as_json:
        Console().print(_screen(ledger, mode, file))
        return
    status = read_status(status_file(file), Nanos(time.time_ns()))
    click.echo(msgspec.json.encode(risk_of(ledger, mode, status)).decode())
    for figures in figures_of(ledger, status):
        click.echo(msgspec.json.encode(figures).decode())


def _screen(ledger: Ledger, mode: Mode, file: Path) -> RenderableType:
    status = read_status(status_file(file), Nanos(time.time_ns()))
    fundings = [Text(f"funding of {said}") for said in fundings_of(ledger)]
    risk = _risk_lines(risk_of(ledger, mode, status))
    return Group(*risk, _table(figures_of(ledger, status)), *fundings)


def _risk_lines(risk: RiskFigures) -> Iterator[Text]:
    state = "frozen: only leaving" if risk.frozen else "paused" if risk.paused else "open"
    engine = risk.engine
    if engine is None:
        yield Text(f"{risk.mode}, no engine is running; entries {state}", style="bold")
        return
    ready = "ready" if engine.is_ready else "not ready"
    yield Text(f"{risk.mode}, process {engine.pid}, {ready}; entries {state}", style="bold")
    equity = "not known" if engine.equity_usd is None else f"{engine.equity_usd:,.2f}"
    ramp = "not known" if engine.ramp_usd is None else f"{engine.ramp_usd:,.0f}"
    yield Text(
        f"equity {equity} usd, today {engine.day_result_usd:+,.2f}, entered today"
        f" {engine.day_entries_usd:,.2f}, at risk {engine.at_risk_usd:,.2f},"
        f" open legs {engine.open_legs}, largest order {ramp} {engine.ramp_step}".rstrip()
    )
    for reason in engine.stopped:
        yield Text(f"stopped: {reason}", style="red")


def _table(shown: Iterator[PositionFigures]) -> RenderableType:
    table = Table(box=None)
    for name in ("position", "coin", "bought", "left", "entry", "now", "back", "gain usd", ""):
        table.add_column(name, no_wrap=bool(name))
    for one in shown:
        now = one.now
        table.add_row(
            one.position,
            f"{one.asset} {one.side}",
            _short(one.bought, 2),
            _short(one.left, 2),
            _short(one.entry_price, 5),
            "" if now is None or now.price is None else f"{now.price:.5f}",
            "" if now is None or now.reversion is None else f"{now.reversion:.0%}",
            "" if now is None or now.gain_usd is None else f"{now.gain_usd:+,.2f}",
            f"closed {one.closed_at}" if one.closed_at else _words(now),
        )
    return table if table.row_count else Text("no position")


def _words(now: PositionStatus | None) -> str:
    if now is None or not now.without_fees_in:
        return "" if now is None else now.decision
    return f"{now.decision} (gain without the fees in {', '.join(now.without_fees_in)})"


def _short(exact: str, places: int) -> str:
    """Return an exact decimal cut to some places: for people."""
    whole, _, rest = exact.partition(".")
    return f"{whole}.{rest.ljust(places, '0')[:places]}"

"""What `repeg monitor` shows: coins, depegs and what to make of them, faults."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.domain.depegs import Depeg, Severity
from bot.domain.units import BPS, NANOS_PER_S, WAD, Nanos, Wad
from bot.domain.views import AssetView, NoView
from bot.market.price_history import PriceHistory
from bot.monitor import Monitor
from bot.strategy.judged_watch import DepegRecord

_COLOURS = {
    None: "green",
    Severity.MINOR: "yellow",
    Severity.MODERATE: "dark_orange",
    Severity.SEVERE: "red",
    Severity.EXTREME: "bold red",
}
_HOUR = Nanos(3_600 * NANOS_PER_S)


def screen(monitor: Monitor, now: Nanos) -> RenderableType:
    """Return everything as it is now."""
    watch = monitor.watch
    views = watch.watch.views
    return Group(
        Text(f"{_clock(now)}  {monitor.heard:,} messages heard", style="dim"),
        _coins((views[asset] for asset in sorted(views)), monitor.history, now),
        _depegs([record for record in watch.records if record.depeg.end is None]),
    )


def line(depeg: Depeg) -> str:
    """Return one depeg in one line."""
    return (
        f"{depeg.asset} {depeg.side.value} {abs(depeg.off_bps):.1f} bps,"
        f" worst {depeg.trough_bps:.1f} bps ({depeg.severity.name.lower()}),"
        f" {depeg.breadth.value}, {depeg.status.value}: {', '.join(depeg.venues)}"
    )


def _coins(views: Iterable[AssetView | NoView], history: PriceHistory, now: Nanos) -> Table:
    table = Table(box=None)
    for name in ("coin", "price", "off par", "in 1 h", "depth", "sources", "left out"):
        table.add_column(name, overflow="fold")
    for view in views:
        if isinstance(view, NoView):
            table.add_row(view.asset, "", "", "", "", "", view.reason, style="dim")
            continue
        colour = _COLOURS[Severity.of(abs(view.off_bps))]
        table.add_row(
            view.asset,
            f"{view.price / WAD:.6f}",
            Text(f"{view.off_bps:+.1f} bps", style=colour),
            _moved(view, history.consensus_at(view.asset, Nanos(now - _HOUR))),
            f"{view.depth // WAD:,}" if view.depth else "",
            ", ".join(one.venue for one in view.venues),
            "; ".join(f"{one.venue}: {one.reason}" for one in view.excluded),
        )
    return table


def _moved(view: AssetView, before: Wad | None) -> str:
    return "" if not before else f"{(view.price - before) * BPS / before:+.1f} bps"


def _depegs(records: Iterable[DepegRecord]) -> RenderableType:
    table = Table(box=None)
    for name in ("depeg", "since", "class", "never", "vetoes", "ways"):
        table.add_column(name, overflow="fold")
    for record in records:
        verdict = record.verdict
        told = Text(line(record.depeg), style=_COLOURS[record.depeg.severity])
        if verdict is None:
            table.add_row(told, _clock(record.depeg.start), "", "", "", "")
            continue
        table.add_row(
            told,
            _clock(record.depeg.start),
            verdict.depeg_class.value,
            f"{100 * verdict.never:.0f} %",
            ", ".join(veto.name.lower() for veto in verdict.vetoes),
            ", ".join(way.value for way in verdict.ways) or "none",
        )
    return table if table.row_count else Text("no depeg", style="green")


def _clock(at: Nanos) -> str:
    return datetime.fromtimestamp(at // NANOS_PER_S, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")

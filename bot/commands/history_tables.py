"""Depegs of the past as people and as machines read them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from rich.table import Table

from bot.domain.past_depegs import Ending, PastDepeg
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.history.reversion_statistics import Reversions
from bot.history.similarity import Similar

_COLOURS = {
    Ending.RECOVERED: "green",
    Ending.PARTIAL: "yellow",
    Ending.TERMINAL: "red",
    Ending.OPEN: "cyan",
    Ending.UNKNOWN: "dim",
}


def as_time(moment: Nanos | None) -> str | None:
    """Return a moment in ISO 8601, UTC, to the second."""
    if moment is None:
        return None
    return f"{datetime.fromtimestamp(moment // NANOS_PER_S, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"


def figures(depeg: PastDepeg, *, with_path: bool = False) -> dict[str, Any]:
    """Return a depeg for machines: null is unknown, prices are decimal texts."""
    found: dict[str, Any] = msgspec.to_builtins(depeg)
    for name in ("start", "trough_at", "end", "confirmed_at"):
        found[name] = as_time(found[name])
    if depeg.trough_price is not None:
        found["trough_price"] = f"{(Decimal(depeg.trough_price) / WAD).normalize():f}"
    found["severity"] = None if depeg.severity is None else depeg.severity.name.lower()
    found["minutes_below"] = dict(depeg.minutes_below)
    found["path"] = [[as_time(point.at), point.off_bps] for point in depeg.path]
    if not with_path:
        del found["path"]
    return found


def depeg_table(depegs: Iterable[PastDepeg]) -> Table:
    """Return a line per depeg."""
    table = Table(box=None)
    for column in ("id", "began", "coin", "side", "bps", "hours", "breadth", "redeem", "ending"):
        table.add_column(column, justify="right" if column in ("bps", "hours") else "left")
    for depeg in depegs:
        table.add_row(*_cells(depeg))
    return table


def _cells(depeg: PastDepeg) -> Iterator[str]:
    yield depeg.id
    yield depeg.facts.start or depeg.facts.trough or (as_time(depeg.began) or "")[:16]
    yield depeg.name or depeg.asset
    yield depeg.side.value
    yield _number(depeg.magnitude_bps, 0)
    yield _number(depeg.hours, 1)
    yield depeg.breadth.value
    yield depeg.redeemable.value
    yield f"[{_COLOURS[depeg.ending]}]{depeg.ending.value}[/]"


def fact_table(depeg: PastDepeg) -> Table:
    """Return all that is known of one depeg."""
    table = Table(box=None, show_header=False)
    facts = figures(depeg)
    facts.update(facts.pop("facts"))
    facts["path"] = f"{len(depeg.path)} points" if depeg.path else None
    facts["venues"] = ", ".join(depeg.venues)
    facts["minutes_below"] = ", ".join(f"{m} below {p}" for p, m in depeg.minutes_below)
    for name, value in facts.items():
        if value not in (None, ""):
            table.add_row(name.replace("_", " "), str(value))
    return table


def reversion_table(groups: Iterable[Reversions], by: str) -> Table:
    """Return a line per group."""
    table = Table(box=None)
    table.add_column(by)
    for column in ("depegs", "came back", "rate", "95 %", "timed", "mean h", "median h", "open"):
        table.add_column(column, justify="right")
    for group in groups:
        table.add_row(
            group.group,
            str(group.counted),
            str(group.recovered),
            "" if group.rate is None else f"{100 * group.rate:.0f} %",
            f"{100 * group.low:.0f}-{100 * group.high:.0f} %",
            str(group.timed),
            _number(group.mean_hours, 1),
            _number(group.median_hours, 1),
            str(group.unsettled),
        )
    return table


def similar_table(found: Iterable[Similar]) -> Table:
    """Return a line per similar depeg, the nearest first."""
    table = Table(box=None)
    for column in ("distance", "shape", "id", "bps", "hours", "ending", "differs in"):
        table.add_column(column)
    for one in found:
        depeg = one.depeg
        table.add_row(
            f"{one.distance:.2f}",
            _number(one.shape, 2),
            depeg.id,
            _number(depeg.magnitude_bps, 0),
            _number(depeg.hours, 1),
            f"[{_COLOURS[depeg.ending]}]{depeg.ending.value}[/]",
            ", ".join(one.unlike),
        )
    return table


def similar_figures(one: Similar) -> dict[str, Any]:
    """Return a similar depeg for machines."""
    return {
        "distance": one.distance,
        "shape_distance": one.shape,
        "alike": one.alike,
        "unlike": one.unlike,
        "depeg": figures(one.depeg),
    }


def _number(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"

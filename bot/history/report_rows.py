"""Reports of positions as machines and as tables take them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from bot.domain.units import NANOS_PER_S, WAD, Nanos, human
from bot.history.position_report import OrderLine, PositionReport

ORDER_COLUMNS = ("order", "why", "venue", "side", "filled", "price", "slip bps", "fee $")
_UNKNOWN = "?"
_TIMES = ("opened_at", "closed_at", "at")
_FIGURES = ("hours_held", "taken_of_best", "taken_of_par", "slippage_bps", "expected_slippage_bps")


def as_json(report: PositionReport) -> dict[str, Any]:
    """Return a report for machines: times in UTC, wads as decimal texts, null for the unknown."""
    found: dict[str, Any] = msgspec.to_builtins(report)
    return _told({**found, "orders": [_told(line) for line in found["orders"]]})


def summary_rows(report: PositionReport) -> Iterator[tuple[str, str]]:
    """Yield a name and a figure at a time, for people."""
    yield "position", f"{report.position} {report.asset} {report.side.value}"
    yield "held", f"{report.hours_held:.1f} hours" + ("" if report.closed_at else ", still open")
    yield "entered", f"{_price(report.entry_price)}, decided at {_price(report.decided_price)}"
    yield "left", f"{_price(report.exit_price)}, best {_price(report.best_price)}"
    yield "bought", f"{human(report.bought, 18)}, of it left {human(report.left, 18, 6)}"
    yield "fees", _usd(report.fees_usd)
    yield "result", f"{_usd(report.result_usd)} net of fees"
    for currency, fee in report.unpriced_fees.items():
        yield "", f"without the fees of {human(fee, 18, 8)} {currency}: nobody knows its price"
    yield "taken", f"{_share(report.taken_of_best)} of the move to the best price"
    yield "", f"{_share(report.taken_of_par)} of the move to par"


def order_rows(report: PositionReport) -> Iterator[tuple[str, ...]]:
    """Yield the cells of each order, by `ORDER_COLUMNS`; in brackets what was expected."""
    for line in report.orders:
        yield tuple(_cells(line))


def _cells(line: OrderLine) -> Iterator[str]:
    slip, expected = line.slippage_bps, line.expected_slippage_bps
    yield line.client_id
    yield f"{line.reason}: {line.detail}" if line.detail else line.reason
    yield f"{line.venue} {line.pair}"
    yield line.side.value
    yield f"{human(line.filled, 18)} of {human(line.amount, 18)}"
    yield f"{_price(line.price)} ({_price(line.expected_price)})"
    yield " ".join((_bps(slip), f"({_bps(expected)})"))
    yield f"{_usd(line.fee_usd)} ({_usd(line.expected_fee_usd)})"


def _told(found: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in found.items()}


def _value(name: str, value: Any) -> Any:
    if value is None or name in _FIGURES:
        return value
    if name in _TIMES:
        return _time(value)
    if isinstance(value, dict):
        return _told(value)
    if isinstance(value, int):
        return f"{(Decimal(value) / WAD).normalize():f}"
    return value


def _time(at: Nanos) -> str:
    return f"{datetime.fromtimestamp(at // NANOS_PER_S, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"


def _price(price: int | None) -> str:
    return _UNKNOWN if price is None else human(price, 18, 5)


def _usd(amount: int | None) -> str:
    return _UNKNOWN if amount is None else human(amount, 18)


def _share(share: float | None) -> str:
    return _UNKNOWN if share is None else f"{share:.0%}"


def _bps(bps: float | None) -> str:
    return _UNKNOWN if bps is None else f"{bps:.1f}"

"""What a running engine knows beyond its journal, for who looks on: a small file beside it.

The journal is the truth about orders and positions; this is a courtesy, replaced once a second.
"""

import os
from pathlib import Path

import msgspec

from bot.domain.units import Nanos


class PositionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One open position at the prices of now."""

    position: str
    price: float | None = None  # par currency per 1.0 coin
    reversion: float | None = None  # 0 at the entry, 1 at par
    next_reversion: float | None = None  # where the next part is due; None: all are
    left_share: float | None = None  # of what was bought
    gain_usd: float | None = None  # so far, net of fees, with what is left at the price of now
    fees_usd: float | None = None  # of all orders so far
    without_fees_in: tuple[str, ...] = ()  # currencies whose worth nobody knows
    hours_held: float | None = None
    hours_left: float | None = None  # until its time stop
    decision: str = ""


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The engine at `at`; None: not known."""

    mode: str
    pid: int
    at: Nanos  # by the machine's clock
    is_ready: bool  # reconciled, and trading unless paused or frozen
    equity_usd: float | None = None
    day_result_usd: float = 0.0
    day_entries_usd: float = 0.0
    at_risk_usd: float = 0.0
    open_legs: int = 0
    ramp_step: str = ""
    ramp_usd: float | None = None  # the largest order that is allowed now
    stopped: tuple[str, ...] = ()  # what forbids entries now, in words
    positions: tuple[PositionStatus, ...] = ()


def status_file(orders: Path) -> Path:
    """Return where the engine of a journal of orders tells how it is."""
    return orders.with_name(f"{orders.stem}-status.json")


def write_status(path: Path, status: EngineStatus) -> None:
    """Replace the file, for its owner's eyes only; a disk that is full is somebody else's news."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(status))
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)


def read_status(path: Path, now: Nanos, most_age_s: float = 5.0) -> EngineStatus | None:
    """Return how the engine is; None: none has told for so long."""
    try:
        status = msgspec.json.decode(path.read_bytes(), type=EngineStatus)
    except (OSError, msgspec.DecodeError):
        return None
    return status if now - status.at <= most_age_s * 1e9 else None

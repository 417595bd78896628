"""Positions and the state of risk as plain figures, for a line of JSON or a table."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from bot.domain.trade_plans import Held
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.engine_status import EngineStatus, PositionStatus
from bot.modes import Mode
from bot.strategy.ledger import Ledger
from bot.strategy.position_notes import FUNDING

_CLOSED_SHOWN = 10


class PositionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One position as it is printed; amounts as exact decimals."""

    position: str
    depeg: str
    asset: str
    side: str
    way: str
    is_open: bool
    opened_at: str
    closed_at: str | None
    bought: str
    left: str
    at_venues: dict[str, str]
    on_entry: str
    on_exit: str
    cash: dict[str, str]
    fees: dict[str, str]
    entry_price: str
    target_price: str
    stop_price: str
    stop_at: str
    orders: int
    funding: str  # flash loan against own capital, with figures; empty: no loan was offered
    now: PositionStatus | None


class RiskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Whether anything may be entered, and what the engine says of money."""

    mode: str
    paused: bool
    frozen: bool
    to_be_flattened: tuple[str, ...]
    engine: EngineStatus | None  # None: none is running


def risk_of(ledger: Ledger, mode: Mode, status: EngineStatus | None) -> RiskFigures:
    """Return the state of risk."""
    return RiskFigures(
        mode=mode.value,
        paused=ledger.commands.is_paused,
        frozen=ledger.commands.is_frozen,
        to_be_flattened=tuple(ledger.flatten_requests),
        engine=status,
    )


def figures_of(ledger: Ledger, status: EngineStatus | None) -> Iterator[PositionFigures]:
    """Yield every open position, and the newest closed ones, oldest first."""
    known = {one.position: one for one in status.positions} if status else {}
    held = [ledger.held(name) for name in ledger.positions]
    closed = [one for one in held if one.closed_at is not None][-_CLOSED_SHOWN:]
    for one in (*closed, *(each for each in held if each.closed_at is None)):
        name = one.plan.position
        yield _figures(one, ledger, known.get(name))


def fundings_of(ledger: Ledger) -> tuple[str, ...]:
    """Return the newest choices between flash loan and own capital, in words with figures."""
    return tuple(f"{said.subject}: {said.detail}" for said in ledger.decided(FUNDING)[-3:])


def _figures(held: Held, ledger: Ledger, now: PositionStatus | None) -> PositionFigures:
    plan = held.plan
    said = (one.detail for one in ledger.decided(FUNDING) if one.subject == plan.position)
    return PositionFigures(
        position=plan.position,
        depeg=plan.depeg_id,
        asset=plan.asset,
        side=plan.side.value,
        way=plan.way.value,
        is_open=held.closed_at is None,
        opened_at=_time(held.opened_at),
        closed_at=None if held.closed_at is None else _time(held.closed_at),
        bought=decimal(held.bought),
        left=decimal(held.left),
        at_venues={name: decimal(amount) for name, amount in held.at_venues.items()},
        on_entry=decimal(held.on_entry),
        on_exit=decimal(held.on_exit),
        cash={name: decimal(amount) for name, amount in held.cash.items()},
        fees={name: decimal(amount) for name, amount in held.fees.items()},
        entry_price=decimal(plan.exit.entry_price),
        target_price=decimal(plan.exit.target_price),
        stop_price=decimal(plan.exit.stop_price),
        stop_at=_time(plan.exit.stop_at),
        orders=len(ledger.orders_of(plan.position)),
        funding=next(said, ""),
        now=now,
    )


def decimal(amount: Wad) -> str:
    """Return an amount exactly, without needless noughts."""
    sign = "-" if amount < 0 else ""
    whole, rest = divmod(abs(amount), WAD)
    return f"{sign}{whole}.{rest:018d}".rstrip("0").rstrip(".")


def _time(at: Nanos) -> str:
    moment = datetime.fromtimestamp(at // NANOS_PER_S, tz=UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

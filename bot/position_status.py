"""Tells who looks on how the engine is: once a second, in a file beside its journal."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from bot.coin_prices import CoinPrices
from bot.control.size_ramp import SizeRamp
from bot.domain.coins import coin_of
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import Held
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.emergency_watch import EmergencyWatch
from bot.engine_status import EngineStatus, PositionStatus, write_status
from bot.feeds.feed import Clock
from bot.modes import Mode
from bot.risk_facts import RiskFacts
from bot.strategy.exit_plans import edge_of, reversion_of
from bot.strategy.exposure import result_usd
from bot.strategy.ledger import Ledger

_HOUR_NS = 3_600 * NANOS_PER_S


class StatusParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the status is made of."""

    mode: Mode
    path: Path
    ledger: Ledger
    facts: RiskFacts
    prices: CoinPrices
    ramp: SizeRamp
    emergency: EmergencyWatch
    decisions: Callable[[], dict[str, str]]  # the last one of each position, in words
    clock: Clock


class StatusTeller:
    """Writes; decides nothing."""

    def __init__(self, parts: StatusParts) -> None:
        self._parts = parts

    async def tell(self, *, is_ready: bool) -> None:
        """Replace the file."""
        parts = self._parts
        exposure, equity = parts.facts.exposure(), await parts.facts.equity()
        earned = parts.ramp.earned()
        status = EngineStatus(
            mode=parts.mode.value,
            pid=os.getpid(),
            at=Nanos(time.time_ns()),
            is_ready=is_ready,
            equity_usd=None if equity is None else equity / WAD,
            day_result_usd=exposure.day_result_usd / WAD,
            day_entries_usd=exposure.day_entries_usd / WAD,
            at_risk_usd=exposure.at_risk_usd / WAD,
            open_legs=exposure.open_legs,
            ramp_step=f"(step {parts.ramp.step + 1})" if parts.mode is Mode.LIVE else "",
            ramp_usd=None if earned is None else earned / WAD,
            stopped=parts.emergency.reasons(),
            positions=tuple(
                self._position(parts.ledger.held(name)) for name in parts.ledger.open_positions
            ),
        )
        write_status(parts.path, status)

    def _position(self, held: Held) -> PositionStatus:
        parts, plan = self._parts, held.plan
        price = parts.prices.now(plan.asset)
        edge = edge_of(coin_of(plan.asset).par, plan.side)
        return PositionStatus(
            position=plan.position,
            price=None if price is None else price / WAD,
            reversion=None if price is None else reversion_of(plan.exit, edge, price),
            gain_usd=result_usd(held, parts.prices.last) / WAD,
            hours_left=max(0.0, (plan.exit.stop_at - parts.clock.now()) / _HOUR_NS),
            decision=parts.decisions().get(plan.position, ""),
        )


def largest_loss_usd(equity: Wad, limits: RiskLimits) -> float:
    """Return what may be lost at most within one day: by trading, and if all that is held fails.

    The day's loss ends entries; what is held then may still go to nothing, which is capped as a
    share of equity.
    """
    return limits.max_daily_loss_usd + limits.max_terminal_loss * equity / WAD

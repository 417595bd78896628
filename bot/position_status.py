"""Tells who looks on how the engine is: once a second, in a file beside its journal."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from bot.coin_prices import CoinPrices
from bot.control.size_ramp import SizeRamp
from bot.domain.coins import coin_of
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import Held
from bot.domain.units import WAD, Nanos, Wad
from bot.emergency_watch import EmergencyWatch
from bot.engine_status import EngineStatus, PositionStatus, write_status
from bot.modes import Mode
from bot.risk_facts import RiskFacts
from bot.strategy.exit_progress import Progress
from bot.strategy.exposure import result_usd
from bot.strategy.ledger import Ledger


class StatusParts(msgspec.Struct, frozen=True, kw_only=True):
    """What the status is made of."""

    mode: Mode
    path: Path
    ledger: Ledger
    facts: RiskFacts
    prices: CoinPrices
    ramp: SizeRamp
    emergency: EmergencyWatch
    progress: Callable[[Held, Mapping[str, Wad]], Progress | None]


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
        parts, name = self._parts, held.plan.position
        progress = parts.progress(held, self._dollars(held))
        if progress is None:  # of two legs, or not looked at yet
            return PositionStatus(position=name, gain_usd=result_usd(held, parts.prices.last) / WAD)
        gain, fees = progress.gain_usd, progress.fees_usd
        return PositionStatus(
            position=name,
            price=None if progress.price is None else progress.price / WAD,
            reversion=progress.reversion,
            next_reversion=progress.next_reversion,
            left_share=progress.left_share,
            gain_usd=None if gain is None else gain / WAD,
            fees_usd=None if fees is None else fees / WAD,
            without_fees_in=tuple(progress.unpriced_fees),
            hours_held=progress.hours_held,
            hours_left=progress.hours_left,
            decision=progress.decision,
        )

    def _dollars(self, held: Held) -> dict[str, Wad]:
        named = {*held.cash, *held.fees, held.plan.asset, coin_of(held.plan.asset).par.currency}
        prices = ((name, self._parts.prices.last(name)) for name in named)
        return {name: price for name, price in prices if price is not None}


def largest_loss_usd(equity: Wad, limits: RiskLimits) -> float:
    """Return what may be lost at most within one day: by trading, and if all that is held fails.

    The day's loss ends entries; what is held then may still go to nothing, which is capped as a
    share of equity.
    """
    return limits.max_daily_loss_usd + limits.max_terminal_loss * equity / WAD

"""Looks for coins whose price on chain and at an exchange are worth two legs."""

import re

import msgspec
import structlog

from bot.control.risk_gate import RiskGate
from bot.domain.client_ids import position_id
from bot.domain.ledger_events import Decided
from bot.domain.risk import RiskLimits
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.execution.ledger_books import LedgerBooks
from bot.execution.order_manager import OrderManager
from bot.feeds.feed import Clock
from bot.strategy.hedge_finding import Hedge, HedgeTerms, best_hedge
from bot.strategy.hedge_plans import HedgeParameters
from bot.strategy.trading_means import Means, exactly_down
from bot.trading_desks import TradingDesks
from bot.trading_options import TradingOptions

log = structlog.get_logger()
_FIGURES = re.compile(r"[\d.,+-]+")


class HedgeParts(msgspec.Struct, frozen=True, kw_only=True):
    """What two legs are decided and made with."""

    desks: TradingDesks
    gate: RiskGate
    books: LedgerBooks
    manager: OrderManager
    clock: Clock
    limits: RiskLimits
    options: TradingOptions
    parameters: HedgeParameters
    coins: tuple[str, ...]  # that are traded on chain by our account


class HedgeSearch:
    """Looks; begins nothing."""

    def __init__(self, parts: HedgeParts) -> None:
        self._parts = parts
        self._not_before = Nanos(0)  # monotonic
        self._told = ""

    async def look(self) -> Hedge | None:
        """Return the best two legs of any coin; None: there are none now, or none are wanted."""
        parts, commands = self._parts, self._parts.books.ledger.commands
        is_off = not parts.parameters.enabled or commands.is_paused or commands.is_frozen
        if is_off or parts.clock.monotonic() < self._not_before:
            return None
        found = [one for coin in parts.coins if (one := await self._of(coin)) is not None]
        return max(found, key=lambda one: one.gain_usd, default=None)

    def pause(self) -> None:
        """Look no more for a while: what was done has yet to show in books and balances."""
        after = int(self._parts.options.pause_s * NANOS_PER_S)
        self._not_before = Nanos(self._parts.clock.monotonic() + after)

    def refuse(self, why: str) -> None:
        """Say why two legs were not begun, once for each sort of reason."""
        self.pause()
        sort = _FIGURES.sub("", why)
        if sort == self._told:
            return
        self._told = sort
        log.info("no_hedge", reason=why)
        at = self._parts.clock.now()
        self._parts.books.write(Decided(what="no hedge", subject="", detail=why, at=at))

    async def _of(self, coin: str) -> Hedge | None:
        parts, now = self._parts, self._parts.clock.now()
        means = await parts.desks.means(coin, now)
        if isinstance(means, str):
            return None
        terms = HedgeTerms(
            position=position_id(f"hedge {coin}", now),
            parameters=parts.parameters,
            most_usd=min(
                exactly_down(parts.parameters.max_usd),
                exactly_down(parts.limits.max_order_usd),
                means.ramp_usd,
                _room(means, coin, parts.limits),
            ),
            max_book_age_s=parts.limits.max_book_age_s,
            at=now,
        )
        found = best_hedge(means, terms)
        return found if isinstance(found, Hedge) else None


def _room(means: Means, coin: str, limits: RiskLimits) -> Wad:
    """What is left of the caps on a coin, on a day, and on what is lost if all goes to nothing."""
    terminal = means.equity_usd * exactly_down(limits.max_terminal_loss) // WAD
    left = (
        exactly_down(limits.max_coin_usd) - means.coin_usd.get(coin, 0),
        exactly_down(limits.max_day_usd) - means.day_entries_usd,
        terminal - means.at_risk_usd,
    )
    return Wad(max(min(left), 0))

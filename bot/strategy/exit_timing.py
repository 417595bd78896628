"""What waiting on is expected to bring.

Until a moment ahead either the coin is back, or it has fallen past the stop, or nothing has
happened, and it is worth what it is now. The first is by the reversion model; the second is the
share of those that never come back that have fallen by then. What was paid for it plays no part.
"""

import msgspec

from bot.domain.depegs import Side
from bot.domain.trade_plans import EntryPlan
from bot.domain.units import Nanos, Wad
from bot.strategy.exit_plans import HOUR_NS, ExitParameters
from bot.strategy.outlook import Outlook
from bot.strategy.trading_costs import TradingCosts

_HORIZONS_H = (1.0, 6.0, 24.0, 72.0, 240.0)
_BPS = 1e4


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The best wait that there is, and what it is expected to bring."""

    hours: float
    back: float  # chance to be back at par by then
    fallen: float  # chance to be past the stop by then
    gain_bps: float  # of the price now, after carry; the costs of leaving are the same then


class ExitTiming:
    """Weighs waiting, by one table of costs."""

    def __init__(self, parameters: ExitParameters, costs: TradingCosts) -> None:
        self._parameters, self._costs = parameters, costs

    def best_wait(self, plan: EntryPlan, price: Wad, outlook: Outlook, now: Nanos) -> Waiting:
        """Return the wait that promises most, of some until the time stop.

        The stop is left at its price, but for the share `gap` of falls that no trade interrupts:
        those of a discount end where a coin ends that never comes back.
        """
        most = max(0.0, (plan.exit.stop_at - now) / HOUR_NS)
        waits = [hours for hours in _HORIZONS_H if hours < most] + [most]
        found = (self._waited(plan, price, outlook, hours) for hours in waits)
        return max(found, key=lambda each: each.gain_bps)

    def _waited(self, plan: EntryPlan, price: Wad, outlook: Outlook, hours: float) -> Waiting:
        back = outlook.back_within(hours)
        fallen = outlook.never * (1.0 - 0.5 ** (hours / self._parameters.fall_hours))
        won, lost = _moves_bps(plan, price)
        worst = max(lost, self._costs.loss_if_never_bps)
        if plan.side is Side.PREMIUM:
            worst = lost  # there is no end to a premium, and none that is like another
        gap = self._parameters.gap
        loss = (1.0 - gap) * lost + gap * worst
        gain = back * won - fallen * loss - self._costs.carry_bps(hours)
        return Waiting(hours=hours, back=back, fallen=fallen, gain_bps=gain)


def _moves_bps(plan: EntryPlan, price: Wad) -> tuple[float, float]:
    """From here to the target, and to the stop; in basis points of the price now."""
    direction = 1 if plan.side is Side.DISCOUNT else -1
    won = direction * (plan.exit.target_price - price) / price * _BPS
    lost = direction * (price - plan.exit.stop_price) / price * _BPS
    return won, max(0.0, lost)

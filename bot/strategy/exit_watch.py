"""Whether a position is left now: one decision, made afresh from what is known.

The triggers are asked in order of urgency, and the first that holds decides. None of them looks at
what was paid. A price that is missing is no price: stops and targets wait for one.
"""

from bot.domain.depegs import Side, Status
from bot.domain.opportunities import DepegClass
from bot.domain.ticks import SourceKind
from bot.domain.trade_plans import ExitReason, Held, Leave, Stay
from bot.domain.units import NANOS_PER_S, WAD, Wad
from bot.domain.venues import CHAIN_VENUE
from bot.domain.views import AssetView
from bot.strategy.exit_look import Look
from bot.strategy.exit_plans import ExitParameters
from bot.strategy.exit_situation import Situation
from bot.strategy.exit_timing import ExitTiming, Waiting
from bot.strategy.exit_vetoes import exit_vetoes
from bot.strategy.redemption_value import RedemptionValue
from bot.strategy.trading_costs import TradingCosts
from bot.strategy.vetoes import depeg_class

_BPS = 1e4
_MARKETS = (SourceKind.CEX, SourceKind.DEX, SourceKind.ORACLE)


class ExitWatch:
    """Decides by parameters and costs; remembers nothing."""

    def __init__(self, parameters: ExitParameters, costs: TradingCosts | None = None) -> None:
        self.parameters = parameters
        self._costs = costs or TradingCosts()
        self._timing = ExitTiming(parameters, self._costs)
        rails = parameters.rails.items()
        ours = {rail: venue for rail, venue in rails if venue == CHAIN_VENUE}
        others = {rail: venue for rail, venue in rails if venue != CHAIN_VENUE}
        self._rails = RedemptionValue(ours, self._costs)
        self._by_hand = RedemptionValue(others, self._costs)

    def decide(self, held: Held, situation: Situation) -> Leave | Stay:
        """Return whether to leave, how much of it and how badly, or why not.

        Of a premium, to leave is to buy back. It never asks for more than is left and not on order
        to be left already. What is still on order to be entered is for the caller to cancel, once
        the answer is to leave.
        """
        look = Look(held, situation, self.parameters)
        if look.amount <= 0:
            return look.stay("all that is left is on order" if held.left else "nothing is left")
        asked = self._asked(look)
        if asked is not None:
            return asked
        if not isinstance(situation.view, AssetView):
            return look.stay(f"no price for {situation.blind_s:.0f} s: {situation.view.reason}")
        return self._by_price(look, situation.view)

    def is_blind(self, situation: Situation) -> bool:
        """Return whether there has been no price for so long that somebody must be told."""
        return situation.blind_s >= self.parameters.blind_s

    def _asked(self, look: Look) -> Leave | Stay | None:
        """What needs no price: a request, and a veto."""
        request = look.situation.request
        if request is not None:
            return look.leave(request.reason, request.detail)
        found = exit_vetoes(look.situation)
        if not found:
            return None
        told = "; ".join(veto.value for veto in found)
        if depeg_class(look.situation.depeg, look.situation.evidence) is DepegClass.TERMINAL:
            told = f"{told}: {DepegClass.TERMINAL.value}"
        if look.side is Side.PREMIUM:
            return look.stay(f"it is not bought back by itself while {told}")
        return look.leave(ExitReason.VETO, told)

    def _by_price(self, look: Look, view: AssetView) -> Leave | Stay:
        for trigger in (
            self._depth_stop,
            self._time_stop,
            self._redemption,
            self._target,
            self._partial,
        ):
            found = trigger(look, view)
            if found is not None:
                return found
        return self._timed(look, view)

    def _depth_stop(self, look: Look, view: AssetView) -> Leave | None:
        stop, seen = look.exit.stop_price, _observers(look, view)
        if not look.is_beyond(view.price, stop) or seen < self.parameters.stop_observers:
            return None
        told = f"{_told(view.price)}, stop {_told(stop)}, at {seen} observers"
        return look.leave(ExitReason.DEPTH_STOP, told)

    def _time_stop(self, look: Look, _: AssetView) -> Leave | None:
        late = look.situation.now - look.exit.stop_at
        if late < 0:
            return None
        hours = (look.situation.now - look.held.opened_at) / (3_600 * NANOS_PER_S)
        return look.leave(ExitReason.TIME_STOP, f"held for {hours:.1f} hours")

    def _redemption(self, look: Look, view: AssetView) -> Leave | None:
        """Where a rail that we can use ourselves is worth more than all else."""
        return self._redeemed(self._rails, look, view)

    def _redeemed(self, rails: RedemptionValue, look: Look, view: AssetView) -> Leave | None:
        """Where a rail is worth more than selling now, and more than what waiting promises."""
        if look.side is Side.PREMIUM:
            return None
        situation = look.situation
        known = situation.evidence, situation.outlook.never
        best = rails.best(look.held, view.price, *known)
        if best is None:
            return None
        sold = view.price / WAD * (1.0 - self._costs.way_in_bps(SourceKind.CEX) / _BPS)
        waited = sold * (1.0 + max(0.0, self._wait(look, view).gain_bps) / _BPS)
        if best.value <= waited:
            return None
        told = f"worth {best.value:.5f} in {best.hours:.1f} hours, sold {sold:.5f}"
        return look.redeem(best.rail, best.amount, f"{told}, waiting {waited:.5f}")

    def _target(self, look: Look, view: AssetView) -> Leave | None:
        if look.has_reached(view.price, look.exit.target_price):
            told = f"{_told(view.price)}, target {_told(look.exit.target_price)}"
            return look.leave(ExitReason.TARGET, told)
        if look.situation.depeg.status is Status.RESOLVED:
            return look.leave(ExitReason.TARGET, f"the depeg is over, at {_told(view.price)}")
        return None

    def _partial(self, look: Look, view: AssetView) -> Leave | None:
        """What should have been left by this price, less what was, and what is about to be."""
        reversion = look.reversion(view.price)
        reached = [one for one in look.exit.partials if reversion >= one.reversion]
        if not reached:
            return None
        held, due = look.held, max(one.share for one in reached)
        kept = held.bought - held.bought * round(due * WAD) // WAD
        amount = Wad(look.amount - kept)  # what is on order to be left counts as left
        if amount <= max(0, held.bought * round(self.parameters.least_part * WAD) // WAD):
            return None
        told = f"{reversion:.0%} of the way back, {due:.0%} of it due"
        return look.leave(ExitReason.PARTIAL, told, amount=amount)

    def _timed(self, look: Look, view: AssetView) -> Leave | Stay:
        if look.is_beyond(view.price, look.exit.stop_price):
            seen, wanted = _observers(look, view), self.parameters.stop_observers
            return look.stay(f"beyond its stop at {seen} of {wanted} observers that it takes")
        wait = self._wait(look, view)
        told = (
            f"{wait.hours:.0f} hours promise {wait.gain_bps:.1f} bps: "
            f"back {wait.back:.0%}, fallen {wait.fallen:.0%}"
        )
        by_hand = self._redeemed(self._by_hand, look, view)
        kept = Wad(0) if by_hand is None else by_hand.amount
        if wait.gain_bps < self.parameters.wait_hurdle_bps and kept < look.amount:
            return look.leave(ExitReason.TIMING, told, amount=Wad(look.amount - kept))
        if by_hand is not None:
            return look.stay(f"redeem by hand at {by_hand.rail}: {by_hand.detail}", by_hand.rail)
        return look.stay(told)

    def _wait(self, look: Look, view: AssetView) -> Waiting:
        plan, situation = look.held.plan, look.situation
        return self._timing.best_wait(plan, view.price, situation.outlook, situation.now)


def _observers(look: Look, view: AssetView) -> int:
    """How many markets see the price beyond the stop."""
    markets = (venue.price for venue in view.venues if venue.kind in _MARKETS)
    return sum(look.is_beyond(price, look.exit.stop_price) for price in markets)


def _told(price: Wad) -> str:
    return f"{price / WAD:.5f}"

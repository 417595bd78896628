"""One position in one situation, and the answers that it can be given."""

from bot.domain.depegs import Side
from bot.domain.trade_plans import ExitPlan, ExitReason, Held, Leave, Stay
from bot.domain.units import BPS, Wad, mul_div_up
from bot.strategy.evidence import Rail
from bot.strategy.exit_plans import ExitParameters, edge_of, reversion_of
from bot.strategy.exit_situation import Situation

URGENT = (ExitReason.MANUAL, ExitReason.EMERGENCY, ExitReason.VETO, ExitReason.DEPTH_STOP)
_ORDERED = (ExitReason.MANUAL, ExitReason.EMERGENCY)
_ANY = 100  # times par: no price at all
_GAINS = (ExitReason.TARGET, ExitReason.PARTIAL)


class Look:
    """Both sides of par as one: `beyond` is the losing direction, `reached` the other one."""

    def __init__(self, held: Held, situation: Situation, parameters: ExitParameters) -> None:
        self.held, self.situation = held, situation
        self._parameters = parameters
        self.amount = Wad(held.left - held.on_exit)
        self.side = held.plan.side
        self.exit: ExitPlan = held.plan.exit
        self._edge = edge_of(situation.evidence.coin.par, self.side)

    def is_beyond(self, price: Wad, stop: Wad) -> bool:
        """Whether a price is at the stop or worse."""
        return price <= stop if self.side is Side.DISCOUNT else price >= stop

    def has_reached(self, price: Wad, target: Wad) -> bool:
        """Whether a price is at the target or better."""
        return price >= target if self.side is Side.DISCOUNT else price <= target

    def reversion(self, price: Wad) -> float:
        """How far back it is: 0 at the entry, 1 at par."""
        return reversion_of(self.exit, self._edge, price)

    def stay(self, reason: str, rail: str = "") -> Stay:
        """Hold on; without a price it is told as far back as it was at the entry."""
        price = self.situation.price
        return Stay(
            position=self.held.plan.position,
            reversion=0.0 if price is None else self.reversion(price),
            reason=reason,
            rail=rail,
            at=self.situation.now,
        )

    def leave(self, reason: ExitReason, detail: str, *, amount: Wad | None = None) -> Leave:
        """Leave so much, all of it by default, not far from the price.

        Without one by the stop; who was told to leave then takes what books pay, within the gate's
        band for a flatten.
        """
        price = self.situation.price
        worst = self._blind_worst(reason) if price is None else price
        return Leave(
            position=self.held.plan.position,
            amount=self.amount if amount is None else amount,
            reason=reason,
            detail=detail,
            worst_price=_worse(worst, round(self._slack_bps(reason)), self.side),
            at=self.situation.now,
        )

    def _blind_worst(self, reason: ExitReason) -> Wad:
        if reason not in _ORDERED:
            return self.exit.stop_price
        return Wad(self._edge // _ANY if self.side is Side.DISCOUNT else self._edge * _ANY)

    def _slack_bps(self, reason: ExitReason) -> float:
        """How far off the price is taken; of a gain never more than a quarter of the way."""
        if reason in URGENT:
            return self._parameters.hurry_slack_bps
        calm = self._parameters.calm_slack_bps
        if reason not in _GAINS:
            return calm
        way = abs(self.exit.target_price - self.exit.entry_price)
        return min(calm, way * BPS / 4 / self.exit.entry_price)

    def redeem(self, rail: Rail, amount: Wad, detail: str) -> Leave:
        """Hand so much in, for no less than the rail says that it pays."""
        return Leave(
            position=self.held.plan.position,
            amount=amount,
            reason=ExitReason.REDEMPTION,
            detail=detail,
            worst_price=rail.worth,
            rail=rail.venue,
            at=self.situation.now,
        )


def _worse(price: Wad, slack_bps: int, side: Side) -> Wad:
    """A price so much worse; rounded to where nothing is lost by it."""
    if side is Side.DISCOUNT:
        return Wad(mul_div_up(price, BPS - slack_bps, BPS))
    return Wad(price * (BPS + slack_bps) // BPS)

"""What an entry makes and loses, by its price: two outcomes, it comes back or it never does.

Floats: they say which prices are wanted and how much at most; what reaches an order is computed
again in integers.

Source of the share: J. L. Kelly, "A New Interpretation of Information Rate", Bell System Technical
Journal 35 (1956), in the form for partial losses: p / loss - q / gain.
"""

from collections.abc import Sequence
from math import inf

import msgspec

from bot.domain.depegs import Side
from bot.domain.opportunities import Opportunity, Way
from bot.domain.units import WAD
from bot.strategy.evidence import Rail
from bot.strategy.trade_ways import Case

_BPS = 1e4
_HALVINGS = 32
_NOTHING = 1e-9  # a gain that only rounding knows


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One way it can end."""

    chance: float
    gain: float  # share of the capital; below 0: a loss


class Bet(msgspec.Struct, frozen=True, kw_only=True):
    """One entry, still without a price. Prices are par currency per 1.0 coin, fees included."""

    side: Side
    edge: float  # of par, to which it goes back
    target: float  # what leaving there pays, or costs, with fees
    failure: float  # probability of never; the upper end of what is believed
    loss_share: float  # of the capital, if it never comes back
    carry: float  # share of the capital, whatever happens
    hurdle: float  # expected share of the capital that is asked for
    fixed_usd: float = 0.0  # to leave, whatever the size

    def gain(self, price: float) -> float:
        """Return the share of the capital that is won if it comes back."""
        bought = self.side is Side.DISCOUNT
        won = self.target / price - 1.0 if bought else 1.0 - self.target / price
        return won - self.carry

    def loss(self, price: float) -> float:
        """Return the share that is lost if it never does; of a premium: it doubles at most."""
        lost = self.loss_share
        if self.side is Side.PREMIUM:
            lost = min(lost, max(0.0, price / self.edge - 1.0))
        return min(1.0, lost + self.carry)

    def outcomes(self, price: float) -> tuple[Outcome, ...]:
        """Return both ends, the worse one first."""
        return (
            Outcome(chance=self.failure, gain=-self.loss(price)),
            Outcome(chance=1.0 - self.failure, gain=self.gain(price)),
        )

    def expected(self, price: float) -> float:
        """Return the probability-weighted share of the capital."""
        return (1.0 - self.failure) * self.gain(price) - self.failure * self.loss(price)

    def is_wanted(self, price: float) -> bool:
        """Return whether the last coin at that price still pays what is asked for."""
        return self.gain(price) > _NOTHING and self.expected(price) >= self.hurdle

    def kelly(self, price: float) -> float:
        """Return the share of all money that makes it grow fastest; 0 or less: nothing."""
        gain, loss = self.gain(price), self.loss(price)
        if gain <= 0.0:
            return 0.0
        won = 1.0 - self.failure
        return won / loss - self.failure / gain if loss > 0.0 else inf

    def worst_price(self, best: float) -> float | None:
        """Return the worst price that is still wanted, None where even the best is not."""
        if not self.is_wanted(best):
            return None
        good, bad = best, self.target
        for _ in range(_HALVINGS):
            middle = (good + bad) / 2
            good, bad = (middle, bad) if self.is_wanted(middle) else (good, middle)
        return good


def bet_of(case: Case, opportunity: Opportunity) -> Bet:
    """Return what taking an opportunity with own capital comes to.

    The probability of failure is the upper end of what is believed, not its middle: with few past
    events the middle is the least certain figure of all, and it decides about everything.
    """
    costs, par = case.costs, case.evidence.coin.par
    premium = case.depeg.side is Side.PREMIUM
    edge = (par.high if premium else par.low) / WAD
    way_out, fixed = opportunity.cost_bps / 2 / _BPS, 0.0  # half of what both ways cost
    target = edge * (1.0 + way_out if premium else 1.0 - way_out)
    if opportunity.way is Way.REDEMPTION:
        fixed = costs.transfer_usd + costs.gas_usd
        rail = best_rail(case)
        target = rail.worth / WAD if rail else 0.0
    return Bet(
        side=case.depeg.side,
        edge=edge,
        target=target,
        failure=opportunity.risk,
        loss_share=costs.loss_if_never_bps / _BPS,
        carry=opportunity.carry_bps / _BPS,
        hurdle=costs.hurdle_bps / _BPS,
        fixed_usd=fixed,
    )


def expected_shortfall(outcomes: Sequence[Outcome], tail: float = 0.05) -> float:
    """Return the mean loss of the worst `tail` of all outcomes; 0 where that is a gain.

    Source: Acerbi & Tasche, "On the coherence of expected shortfall" (2002), for outcomes with
    gaps: of the one at the edge only the part inside of the tail counts.
    """
    left, lost = tail, 0.0
    for one in sorted(outcomes, key=lambda one: one.gain):
        part = min(left, one.chance)
        lost -= part * one.gain
        left -= part
    return max(0.0, lost / tail)


def best_rail(case: Case) -> Rail | None:
    """Return the open rail that pays most; None: none is open."""
    return max((r for r in case.evidence.rails if r.is_open), key=lambda r: r.worth, default=None)

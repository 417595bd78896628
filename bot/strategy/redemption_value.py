"""What handing a coin in is worth: time, carry, fixed costs, and a rail that may shut."""

from collections.abc import Mapping

import msgspec

from bot.domain.trade_plans import Held
from bot.domain.units import WAD, Wad
from bot.strategy.evidence import Evidence, Rail
from bot.strategy.trading_costs import TradingCosts

_FIAT = ("USD", "EUR")
_DAY_H = 24.0
_BPS = 1e4


class Redeeming(msgspec.Struct, frozen=True, kw_only=True):
    """One rail, for one holding."""

    rail: Rail
    amount: Wad  # of the coin, that it takes of what is held
    value: float  # par currency per 1.0 coin, expected, after everything
    hours: float  # until paid


def pays_fiat(rail: Rail) -> bool:
    """Whether a rail is an issuer's, and pays by bank; the others are contracts."""
    return rail.pays_in in _FIAT


def rail_hours(rail: Rail, evidence: Evidence, costs: TradingCosts) -> float:
    """Return hours from handing in until paid: an issuer takes its days, once its banks open."""
    if not pays_fiat(rail):
        return costs.chain_hours
    return evidence.hours_until_banks + costs.issuer_hours


def shut_chance(hours: float) -> float:
    """Return the chance that a rail shuts on a coin that will not come back, while one waits."""
    return min(1.0, hours / _DAY_H)


class RedemptionValue:
    """Values the rails that can be used."""

    def __init__(self, rails: Mapping[str, str], costs: TradingCosts) -> None:
        """Use these rails, each for what is at its venue."""
        self._venues = rails
        self._costs = costs

    def best(self, held: Held, price: Wad, evidence: Evidence, never: float) -> Redeeming | None:
        """Return the rail that is worth most for what is held; None: there is none.

        `price` is where the coin begins to fall if the rail shuts and it does not come back,
        `never` the chance of that. Fixed costs are dollars, taken for units of the par currency.
        """
        usable = (r for r in evidence.rails if r.is_open and r.venue in self._venues)
        amounts = ((rail, self._amount(rail, held)) for rail in usable)
        valued = (
            self._valued(rail, amount, price, (evidence, never))
            for rail, amount in amounts
            if amount > 0
        )
        return max(valued, key=lambda each: each.value, default=None)

    def _amount(self, rail: Rail, held: Held) -> Wad:
        """What is at the rail's venue, not on order to be left, and within its capacity."""
        there = held.at_venues.get(self._venues[rail.venue], Wad(0))
        amount = Wad(min(there, held.left - held.on_exit))
        return amount if rail.capacity is None else min(amount, rail.capacity)

    def _valued(
        self, rail: Rail, amount: Wad, price: Wad, known: tuple[Evidence, float]
    ) -> Redeeming:
        evidence, never = known
        hours = rail_hours(rail, evidence, self._costs)
        fixed_usd = self._costs.transfer_usd if pays_fiat(rail) else self._costs.gas_usd
        paid = rail.worth / WAD * (1.0 - self._costs.carry_bps(hours) / _BPS)
        stuck = price / WAD * (1.0 - self._costs.loss_if_never_bps / _BPS)
        shut = never * shut_chance(hours)
        value = (1.0 - shut) * paid + shut * min(stuck, paid) - fixed_usd * WAD / amount
        return Redeeming(rail=rail, amount=amount, value=value, hours=hours)

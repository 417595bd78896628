"""The three ways to trade a depeg, each judged on its own.

Gains and costs are in basis points of the capital used. What goes wrong is counted at its full
size: with a gain of 1 % and a loss of 80 % even one in eighty that never comes back eats it all.
"""

from collections.abc import Iterable

import msgspec

from bot.domain.depegs import Depeg, Side
from bot.domain.opportunities import Belief, Opportunity, Rejection, Veto, Way
from bot.domain.ticks import SourceKind
from bot.domain.units import Nanos, Wad
from bot.domain.views import AssetView, VenueView
from bot.strategy.evidence import Evidence
from bot.strategy.outlook import HORIZON_H
from bot.strategy.redemption_value import pays_fiat, rail_hours, shut_chance
from bot.strategy.trading_costs import TradingCosts

_BPS = 1e4
_UNCONFIRMED = "no second observer has confirmed it"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that a way is judged by."""

    depeg: Depeg
    view: AssetView
    evidence: Evidence
    belief: Belief
    vetoes: tuple[Veto, ...]
    costs: TradingCosts
    now: Nanos

    def refuse(self, way: Way, reason: str = "", vetoes: tuple[Veto, ...] = ()) -> Rejection:
        """Return why a way is not taken."""
        return Rejection(
            depeg_id=self.depeg.id,
            asset=self.depeg.asset,
            way=way,
            vetoes=vetoes,
            reason=reason,
            at=self.now,
        )


class _Bet(msgspec.Struct, frozen=True, kw_only=True):
    """The arithmetic of one way."""

    gross_bps: float  # if all goes well
    cost_bps: float
    loss_bps: float  # if it does not
    failure: float  # probability of that
    worst: float  # the upper end of it
    hours: float
    bound_hours: float  # that the capital is away for, on average


def atomic(case: Case) -> Opportunity | Rejection:
    """Judge one transaction between the cheapest and the dearest source on chain.

    It ends in what it began with: no belief, no veto, and nothing is lost if it fails but the
    chance. Which pools and how much is for the search of routes to say.
    """
    pools = [v.price for v in case.view.venues if v.kind is SourceKind.DEX]
    prices = pools + _paid_on_chain(case)
    if not pools or len(prices) < 2:
        wanted = "it takes two sources on chain, one of them a pool: there is"
        return case.refuse(Way.ATOMIC, f"{wanted} {len(prices)}")
    cheap, dear = min(pools), max(prices)  # a rail only takes it in
    costs = case.costs
    bet = _Bet(
        gross_bps=(dear - cheap) / cheap * _BPS,
        cost_bps=2 * (costs.dex_fee_bps + costs.spread_bps) + costs.spread_over(costs.gas_usd),
        loss_bps=0.0,
        failure=0.0,
        worst=0.0,
        hours=0.0,
        bound_hours=0.0,
    )
    return _judged(case, Way.ATOMIC, bet)


def redemption(case: Case) -> Opportunity | Rejection:
    """Judge buying it at a discount and handing it in at the rail that pays most."""
    way = Way.REDEMPTION
    if case.depeg.side is Side.PREMIUM:
        return case.refuse(way, "it is above par: there is nothing to hand in")
    if case.vetoes:
        return case.refuse(way, vetoes=case.vetoes)
    if case.depeg.confirmed_at is None:
        return case.refuse(way, _UNCONFIRMED)
    open_rails = [rail for rail in case.evidence.rails if rail.is_open]
    if not open_rails:
        return case.refuse(way, "no rail is known to be open")
    rail = max(open_rails, key=lambda each: each.worth)
    entry = _entry(case)
    if entry is None:
        return case.refuse(way, "no venue sells it")
    hours = rail_hours(rail, case.evidence, case.costs)
    failure = shut_chance(hours)  # while the coin is on its way
    fixed = case.costs.transfer_usd + case.costs.gas_usd
    bet = _Bet(
        gross_bps=(rail.worth - entry.price) / entry.price * _BPS,
        cost_bps=case.costs.way_in_bps(entry.kind) + case.costs.spread_over(fixed),
        loss_bps=case.costs.loss_if_never_bps,
        failure=case.belief.never * failure,
        worst=case.belief.never_high * failure,
        hours=hours,
        bound_hours=hours,
    )
    return _judged(case, way, bet)


def position(case: Case) -> Opportunity | Rejection:
    """Judge holding it (or holding none of it, at a premium) until it is back at par."""
    if case.vetoes:
        return case.refuse(Way.POSITION, vetoes=case.vetoes)
    if case.depeg.confirmed_at is None:
        return case.refuse(Way.POSITION, _UNCONFIRMED)
    entry = _entry(case)
    if entry is None:
        return case.refuse(Way.POSITION, "no venue trades it")
    belief, costs = case.belief, case.costs
    back_h = (belief.median_hours + belief.late_hours) / 2  # the late ones draw the mean out
    premium = case.depeg.side is Side.PREMIUM
    off_bps = min(max(0.0, entry.off_bps if premium else -entry.off_bps), _BPS - 1)
    bet = _Bet(
        gross_bps=off_bps if premium else off_bps / (1.0 - off_bps / _BPS),
        cost_bps=2 * costs.way_in_bps(entry.kind),
        # Short of a coin that stays dear, the premium may well double before one gives up.
        loss_bps=min(costs.loss_if_never_bps, off_bps) if premium else costs.loss_if_never_bps,
        failure=belief.never,
        worst=belief.never_high,
        hours=belief.median_hours,
        bound_hours=(1 - belief.never) * back_h + belief.never * HORIZON_H,
    )
    return _judged(case, Way.POSITION, bet)


def _judged(case: Case, way: Way, bet: _Bet) -> Opportunity | Rejection:
    carry_bps = case.costs.carry_bps(bet.bound_hours)
    won = (1.0 - bet.failure) * bet.gross_bps
    lost = bet.failure * bet.loss_bps
    expected_bps = won - lost - bet.cost_bps - carry_bps
    if expected_bps < case.costs.hurdle_bps:
        told = (
            f"{expected_bps:.1f} bps expected, {case.costs.hurdle_bps:.1f} asked for: "
            f"{won:.1f} won, {lost:.1f} lost, {bet.cost_bps:.1f} costs, {carry_bps:.1f} carry"
        )
        return case.refuse(way, told)
    return Opportunity(
        depeg_id=case.depeg.id,
        asset=case.depeg.asset,
        way=way,
        gross_bps=bet.gross_bps,
        cost_bps=bet.cost_bps,
        carry_bps=carry_bps,
        expected_bps=expected_bps,
        hours=bet.hours,
        success=1.0 - bet.failure,
        never=case.belief.never,
        risk=bet.worst,
        at=case.now,
    )


def _entry(case: Case) -> VenueView | None:
    """The venue to begin at: the cheapest to buy from, at a premium the dearest to sell to."""
    venues = [v for v in case.view.venues if v.kind in (SourceKind.CEX, SourceKind.DEX)]
    return _furthest(venues, case.depeg.side)


def _furthest(venues: Iterable[VenueView], side: Side) -> VenueView | None:
    pick = min if side is Side.DISCOUNT else max
    return pick(venues, key=lambda venue: venue.price, default=None)


def _paid_on_chain(case: Case) -> list[Wad]:
    """What rails pay that pay in a coin: those are contracts. They only take it in."""
    if case.depeg.side is Side.PREMIUM:
        return []
    return [r.worth for r in case.evidence.rails if r.is_open and not pays_fiat(r)]

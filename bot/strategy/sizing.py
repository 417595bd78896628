"""How much of an opportunity is taken.

A fraction of Kelly's share, on the live books, with the upper end of the chance of never; then
every cap, of which the terminal one asks for no probability at all. A quarter of the full share:
the chances are estimates of a few past events, and betting twice the right share grows nothing
(MacLean, Thorp & Ziemba, "Good and bad properties of the Kelly criterion", 2010).
"""

from typing import Annotated

import msgspec

from bot.domain.depegs import Side
from bot.domain.opportunities import Opportunity, Way
from bot.domain.risk import RiskLimits
from bot.domain.trade_plans import NoEntry, Size
from bot.domain.units import BPS, WAD, Wad, human, mul_div_up
from bot.strategy.entry_bets import best_rail
from bot.strategy.entry_venues import Approach, approach_of
from bot.strategy.exit_plans import Entry, ExitParameters, exit_plan_for
from bot.strategy.price_curve import PriceCurve
from bot.strategy.risk_figures import figures_of
from bot.strategy.size_caps import Cap, caps_of, tightest, told
from bot.strategy.trade_ways import Case
from bot.strategy.trading_means import Means, exactly_down

Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
AtLeast0 = Annotated[float, msgspec.Meta(ge=0)]
_HALVINGS = 32


class SizingParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[sizing]`: how much, in how many parts, and by which orders."""

    kelly_fraction: Share = 0.25
    min_usd: AtLeast0 = 50.0  # smaller is not worth an order
    slack_bps: Annotated[float, msgspec.Meta(ge=0, le=100)] = 2.0  # beyond the deepest level
    stages: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3  # parts of a staged entry
    stage_depth_share: Share = 0.5  # more of what the books hold at wanted prices: staged
    stage_belief_width: Share = 0.25  # 80 % interval of never, wider: staged
    maker_gain_bps: AtLeast0 = 20.0  # what waiting as a maker must save
    maker_hours: AtLeast0 = 6.0  # a reversion that takes less has no time for it


class Stake(msgspec.Struct, frozen=True, kw_only=True):
    """A size with the markets that it is for."""

    size: Size
    approach: Approach


class PositionSizer:
    """Turns an opportunity and what there is into a size, or into why there is none."""

    def __init__(
        self,
        parameters: SizingParameters,
        limits: RiskLimits,
        exits: ExitParameters | None = None,
    ) -> None:
        self.parameters, self.limits = parameters, limits
        self.exits = exits or ExitParameters()

    def size(self, case: Case, opportunity: Opportunity, means: Means) -> Size | NoEntry:
        """Return how much is taken, or why nothing is."""
        found = self.stake(case, opportunity, means)
        return found if isinstance(found, NoEntry) else found.size

    def stake(self, case: Case, opportunity: Opportunity, means: Means) -> Stake | NoEntry:
        """Return what `size` does, with the markets that it was worked out on."""
        if opportunity.way is Way.REDEMPTION:
            case = self._at_our_rails(case)
        refused = _refused(case, opportunity, means)
        if refused:
            return no_entry(case, refused)
        slack_bps = self.parameters.slack_bps
        approach = approach_of(case, opportunity, means, self.limits, slack_bps)
        if not approach.ladders:
            return no_entry(case, f"there is no market to enter at: {approach.why_none}")
        wanted = self._wanted(opportunity, approach, means)
        caps = (*caps_of(case.depeg.asset, means, self.limits), *_market_caps(approach))
        tight = tightest(wanted, caps)
        if tight.usd < exactly_down(self.parameters.min_usd):
            return no_entry(case, f"too little is left by the {told(tight)}")
        return self._sized(case, opportunity, approach, (wanted, tight))

    def _at_our_rails(self, case: Case) -> Case:
        """The same with those rails alone that the exits know how to use."""
        rails = tuple(rail for rail in case.evidence.rails if rail.venue in self.exits.rails)
        return msgspec.structs.replace(
            case, evidence=msgspec.structs.replace(case.evidence, rails=rails)
        )

    def _sized(
        self, case: Case, opportunity: Opportunity, approach: Approach, found: tuple[Cap, Cap]
    ) -> Stake | NoEntry:
        wanted, tight = found
        bet, price = approach.bet, _curve(approach).average(tight.usd / WAD)
        share = bet.expected(price) - bet.fixed_usd * WAD / tight.usd
        if share < bet.hurdle:
            paid = f"{share * BPS:.1f} bps expected of {human(tight.usd, 18)} usd after fixed costs"
            return no_entry(case, f"{paid}, {bet.hurdle * BPS:.1f} asked for")
        entry = Entry(
            side=case.depeg.side, price=Wad(round(price * WAD)), par=case.evidence.coin.par
        )
        stop = exit_plan_for(entry, case.belief, self.exits, case.now).stop_price
        size = Size(
            usd=tight.usd,
            wanted_usd=wanted.usd,
            bound_by=tight.name,
            leverage=allowed_leverage(self.limits, case.depeg.side, opportunity.way),
            risk=figures_of(tight.usd, bet, price, stop),
        )
        return Stake(size=size, approach=approach)

    def _wanted(self, opportunity: Opportunity, approach: Approach, means: Means) -> Cap:
        """The fraction of Kelly's share, where it meets the price of so much."""
        most = allowed_leverage(self.limits, approach.bet.side, opportunity.way)
        bankroll, curve = means.equity_usd / WAD * self.parameters.kelly_fraction, _curve(approach)
        low, high = 0.0, bankroll * most
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            share = min(max(approach.bet.kelly(curve.average(middle)), 0.0), most)
            low, high = (middle, high) if share * bankroll >= middle else (low, middle)
        return Cap(usd=Wad(int(low * BPS) * WAD // BPS), name="kelly")


def allowed_leverage(limits: RiskLimits, side: Side, way: Way) -> float:
    """Return the most leverage of a position: none on holding a coin that is in doubt."""
    holds = side is Side.DISCOUNT or way is not Way.POSITION
    return 1.0 if holds else limits.leverage


def no_entry(case: Case, reason: str) -> NoEntry:
    """Return a refusal of an entry."""
    return NoEntry(depeg_id=case.depeg.id, asset=case.depeg.asset, reason=reason, at=case.now)


def _refused(case: Case, opportunity: Opportunity, means: Means) -> str:
    if opportunity.way is Way.ATOMIC:
        return "one transaction needs no capital"
    if case.vetoes:
        return f"vetoed: {'; '.join(veto.value for veto in case.vetoes)}"
    if means.equity_usd <= 0:
        return "there is no equity"
    if opportunity.way is Way.REDEMPTION and best_rail(case) is None:
        return "no rail is open of those in [exits.rails], where we can hand in"
    return ""


def _market_caps(approach: Approach) -> tuple[Cap, ...]:
    """What the books hold, what can be paid for, and what a rail takes in."""
    ladders = approach.ladders
    bound = [one.bound_by for one in ladders if one.bound_by]
    depth = sum(one.reserve(one.depth) for one in ladders)
    reachable = sum(one.reserve(one.capacity) for one in ladders)
    caps = (
        Cap(usd=Wad(depth), name="depth of the books at wanted prices"),
        Cap(usd=Wad(reachable), name=" and ".join(bound)),
    )
    rail = approach.rail
    if rail is None or rail.capacity is None:
        return caps
    taken = mul_div_up(rail.capacity, approach.worth_usd, WAD)
    return (*caps, Cap(usd=Wad(taken), name=f"what {rail.venue} takes in"))


def _curve(approach: Approach) -> PriceCurve:
    return PriceCurve(approach.ladders, approach.bet.side, approach.par_usd)

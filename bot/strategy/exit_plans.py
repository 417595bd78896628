"""When a position is to be left, decided before its first order.

Everything is measured on one line: the way from the entry (0) to the nearer edge of par (1). A
discount walks it upwards, a premium downwards; the rest is the same.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated

import msgspec

from bot.domain.coins import Par
from bot.domain.depegs import Side
from bot.domain.opportunities import Belief
from bot.domain.trade_plans import ExitPlan, PartialExit
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad

HOUR_NS = 3_600 * NANOS_PER_S
_BPS = 10_000
_ALL = 1.0

Above0 = Annotated[float, msgspec.Meta(gt=0)]
AtLeast0 = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ExitParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `[exits]`: when positions are left. Basis points of the price unless named."""

    target: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.97  # of the way to par
    target_near_bps: AtLeast0 = 3.0  # of par: so near is there, however short the way was
    partials: tuple[PartialExit, ...] = (
        PartialExit(reversion=0.5, share=0.35),
        PartialExit(reversion=0.8, share=0.7),
    )
    least_part: Share = 0.01  # of what was bought: less is not left on the way
    stop_factor: Above0 = 2.0  # a discount may grow by so many times what it was at the entry
    premium_stop_factor: Above0 = 1.0  # a premium by so many times: it may double
    stop_least_bps: Above0 = 150.0  # ... by so much in any case
    stop_most_bps: Annotated[float, msgspec.Meta(gt=0, lt=10_000)] = 1_500.0  # ... never by more
    stop_observers: Annotated[int, msgspec.Meta(ge=1)] = 2  # that see the price beyond the stop
    stop_least_hours: AtLeast0 = 12.0  # of the time stop
    stop_most_hours: Annotated[float, msgspec.Meta(ge=1)] = 14 * 24.0  # the least wait is one
    blind_s: Above0 = 60.0  # without a price: reason enough for the emergency protocol
    wait_hurdle_bps: AtLeast0 = 1.0  # a wait that promises less, after carry, is not worth it
    fall_hours: Above0 = 72.0  # half of those that never come back have passed the stop by then
    gap: Share = 0.1  # of those that pass the stop, so many do so without a trade at it
    rails: dict[str, str] = {}  # where we can hand in, and the venue that the coin has to be at
    calm_slack_bps: Annotated[float, msgspec.Meta(ge=0, lt=10_000)] = 40.0  # off the consensus
    hurry_slack_bps: Annotated[float, msgspec.Meta(ge=0, lt=10_000)] = 250.0  # ... at a stop

    def __post_init__(self) -> None:
        steps = [(0.0, 0.0), *((p.reversion, p.share) for p in self.partials), (_ALL, _ALL)]
        grow = (a[0] < b[0] and a[1] < b[1] for a, b in pairwise(steps))
        if not all(grow):
            raise ValueError("partials: reversion and share must both grow, above 0 and below 1")
        if self.stop_least_bps > self.stop_most_bps:
            raise ValueError("stop_least_bps is above stop_most_bps")
        if self.stop_least_hours > self.stop_most_hours:
            raise ValueError("stop_least_hours is above stop_most_hours")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """Where a position begins, and where it should end."""

    side: Side  # of the depeg
    price: Wad  # par currency per 1.0 coin: the average that is planned
    par: Par

    def __post_init__(self) -> None:
        if self.price <= 0 or not 0 < self.par.low <= self.par.high:
            raise ValueError(f"price {self.price}, par {self.par.low} to {self.par.high}")

    @property
    def edge(self) -> Wad:
        """The edge of par that it goes back to."""
        return edge_of(self.par, self.side)


def edge_of(par: Par, side: Side) -> Wad:
    """Return the edge of par that a depeg of a side goes back to."""
    return par.low if side is Side.DISCOUNT else par.high


def reversion_of(plan: ExitPlan, edge: Wad, price: Wad) -> float:
    """Return how far a price is from the entry (0) to par (1); below 0 it is worse than it was."""
    way = edge - plan.entry_price
    return (price - plan.entry_price) / way if way else _ALL


def exit_plan_for(entry: Entry, belief: Belief, parameters: ExitParameters, now: Nanos) -> ExitPlan:
    """Return when a position is left that is entered now.

    Raises:
        ValueError: the entry is not on its side of par, so that nothing is to be gained.
    """
    way = entry.edge - entry.price
    if way == 0 or (way > 0) is not (entry.side is Side.DISCOUNT):
        told = f"entered at {entry.price}, par is {entry.edge}"
        raise ValueError(f"a {entry.side.value} that is none: {told}")
    near = abs(way) - _part(entry.edge, parameters.target_near_bps)
    reach = max(min(_scaled(abs(way), parameters.target), near), abs(way) // 2)
    direction = 1 if way > 0 else -1
    target = entry.price + direction * reach
    return ExitPlan(
        entry_price=entry.price,
        target_price=Wad(target),
        stop_price=Wad(entry.price - direction * _stop_distance(entry, parameters)),
        partials=_partials(parameters.partials, reach / abs(way)),
        stop_at=Nanos(now + round(_stop_hours(belief, parameters) * HOUR_NS)),
    )


def _stop_distance(entry: Entry, parameters: ExitParameters) -> int:
    discount = entry.side is Side.DISCOUNT
    factor = parameters.stop_factor if discount else parameters.premium_stop_factor
    off_bps = abs(entry.par.off_bps(entry.price))
    wanted = max(off_bps * factor, parameters.stop_least_bps)
    return _part(entry.price, min(wanted, parameters.stop_most_bps))


def _stop_hours(belief: Belief, parameters: ExitParameters) -> float:
    least, most = parameters.stop_least_hours, parameters.stop_most_hours
    return min(max(belief.late_hours, least), most)


def _partials(wanted: Sequence[PartialExit], target: float) -> tuple[PartialExit, ...]:
    """The wanted ones that come before the target, and all of it there."""
    before = (one for one in wanted if one.reversion < target)
    return (*before, PartialExit(reversion=target, share=_ALL))


def _scaled(amount: int, share: float) -> int:
    return amount * round(share * WAD) // WAD


def _part(price: int, bps: float) -> int:
    return _scaled(price, bps / _BPS)

"""How far from par the observers of an asset agree that it is.

A price that one venue alone shows while others are there to contradict it is that venue's affair:
thin books print anything for minutes. What counts is what a second observer shows too.
"""

import msgspec

from bot.domain.depegs import Breadth, Severity, Side
from bot.domain.ticks import SourceKind
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.domain.views import AssetView, VenueView

LOWEST_BPS = float(min(band.value for band in Severity))
_SIGN = {Side.DISCOUNT: -1.0, Side.PREMIUM: 1.0}
MARKETS = (SourceKind.CEX, SourceKind.DEX)


class DetectionParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a deviation is a depeg, and when it is over. Times are of events, in seconds."""

    hold_s: float = 10.0  # beyond the lowest band before it has started
    quiet_s: float = 600.0  # within `exit_bps` before it is over
    exit_bps: float = 2.5
    alone_s: float = 21_600.0  # after others fell silent, one market alone starts nothing
    shown_share: float = 0.25  # of the whole deviation: less at a venue does not show it
    turn_share: float = 0.25  # of the last extreme: what it takes to worsen or to recover
    turn_worst_share: float = 0.1  # and at least this share of the worst it has been
    turn_bps: float = 5.0  # and at least so much

    def __post_init__(self) -> None:
        if not (self.hold_s > 0 and self.quiet_s > 0 and self.alone_s >= 0):
            raise ValueError("hold_s and quiet_s must be above zero, alone_s not below")
        if not 0 < self.exit_bps <= LOWEST_BPS:
            raise ValueError(f"exit_bps is {self.exit_bps}, must be above 0, at most {LOWEST_BPS}")
        for name in ("shown_share", "turn_share", "turn_worst_share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, must be between 0 and 1")
        if not self.turn_bps > 0:
            raise ValueError(f"turn_bps is {self.turn_bps}, must be above zero")

    @property
    def hold(self) -> Nanos:
        """`hold_s` in nanoseconds."""
        return Nanos(round(self.hold_s * NANOS_PER_S))

    @property
    def quiet(self) -> Nanos:
        """`quiet_s` in nanoseconds."""
        return Nanos(round(self.quiet_s * NANOS_PER_S))

    @property
    def alone(self) -> Nanos:
        """`alone_s` in nanoseconds."""
        return Nanos(round(self.alone_s * NANOS_PER_S))


class Agreement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the observers of one asset agree to, on one side of par."""

    bps: float  # magnitude; below zero: on the other side
    off_bps: float  # the same, above zero: a premium
    price: Wad
    venues: tuple[str, ...] = ()  # that show it, by name
    breadth: Breadth = Breadth.VENUE_LOCAL


def agreement_of(view: AssetView, side: Side, parameters: DetectionParameters) -> Agreement:
    """Return how far off the asset is on `side`.

    It is the consensus where at least two observers show their share of it, or where only one
    market is there; otherwise what the second market shows. Oracles lag: they bear witness, but
    where they are silent they do not contradict. Redemption is no price that anybody trades at.
    """
    sign = _SIGN[side]
    bps, price = view.off_bps * sign, view.price
    if bps < parameters.exit_bps:
        return Agreement(bps=bps, off_bps=view.off_bps, price=price)
    shown = _showing(view, sign, bps, parameters)
    names = _names(shown)
    if len(names) < 2:
        second = _second_market(view, sign)
        if second is not None and second.off_bps * sign < bps:
            bps, price = second.off_bps * sign, second.price
            shown = _showing(view, sign, bps, parameters)
            names = _names(shown)
    return Agreement(
        bps=bps,
        off_bps=bps * sign,
        price=price,
        venues=tuple(sorted(names)),
        breadth=_breadth(shown),
    )


def wider(one: Breadth, other: Breadth) -> Breadth:
    """Return the breadth of what was seen as both."""
    if other in {one, Breadth.VENUE_LOCAL}:
        return one
    return other if one is Breadth.VENUE_LOCAL else Breadth.EVERYWHERE


def _second_market(view: AssetView, sign: float) -> VenueView | None:
    """Return what the second of the markets says, by how far they are off; each has one voice."""
    voices: dict[str, VenueView] = {}
    for said in sorted(view.venues, key=lambda v: (v.off_bps * sign, v.venue)):
        if said.kind in MARKETS:
            voices.pop(said.venue, None)
            voices[said.venue] = said
    return list(voices.values())[-2] if len(voices) > 1 else None


def _names(said: list[VenueView]) -> set[str]:
    return {v.venue for v in said}


def _showing(
    view: AssetView, sign: float, bps: float, parameters: DetectionParameters
) -> list[VenueView]:
    least = max(LOWEST_BPS, bps * parameters.shown_share)
    return [
        v for v in view.venues if v.off_bps * sign >= least and v.kind is not SourceKind.REDEMPTION
    ]


def _breadth(shown: list[VenueView]) -> Breadth:
    """Exchanges speak through an oracle: it adds what is built from their prices."""
    on_chain = len(_names([v for v in shown if v.kind is SourceKind.DEX]))
    off_chain = len(_names([v for v in shown if v.kind is not SourceKind.DEX]))
    if on_chain and off_chain:
        return Breadth.EVERYWHERE
    if on_chain > 1:
        return Breadth.ON_CHAIN
    return Breadth.CEX_WIDE if off_chain > 1 else Breadth.VENUE_LOCAL

"""A depeg as the model of reversions sees it: the same few traits of past and present ones."""

import math
from collections.abc import Iterable

import msgspec

from bot.domain.coins import Backing
from bot.domain.depegs import Breadth, Depeg, Side
from bot.domain.past_depegs import PastDepeg, Redeemable
from bot.strategy.bank_hours import banks_closed
from bot.strategy.evidence import Evidence, RedemptionState

# The deep troughs of the past are those of coins that were dying: taken as they are, depth would
# tell the end by what came after it. From here on depth says no more.
_DEEPEST_BPS = 1_000.0
_UNIT_BPS = 100.0

_STATE_OF_PAST = {
    Redeemable.YES: RedemptionState.OPEN,
    Redeemable.PARTIAL: RedemptionState.PARTIAL,
    Redeemable.NO: RedemptionState.SUSPENDED,
    Redeemable.UNKNOWN: RedemptionState.UNKNOWN,
}


class Traits(msgspec.Struct, frozen=True, kw_only=True):
    """What the model is told of one depeg."""

    magnitude_bps: float | None  # largest so far; None: not known
    side: Side
    breadth: Breadth
    backing: Backing
    reflexive: bool
    redemption: RedemptionState
    hit_share: float | None = None
    rails_closed: bool = False

    def of_never(self) -> dict[str, float]:
        """Return what speaks for or against coming back at all, each within about -1..1."""
        is_open = self.redemption is RedemptionState.OPEN
        return {
            "depth": _depth(self.magnitude_bps),
            "depth_unknown": float(self.magnitude_bps is None),
            "premium": float(self.side is Side.PREMIUM),
            "venue_local": float(self.breadth is Breadth.VENUE_LOCAL),
            "on_chain": float(self.breadth is Breadth.ON_CHAIN),
            "fiat": float(self.backing is Backing.FIAT),
            "algorithmic": float(self.backing is Backing.ALGORITHMIC),
            "synthetic": float(self.backing in (Backing.SYNTHETIC, Backing.YIELD)),
            "reflexive": float(self.reflexive),
            "open_and_sound": float(is_open and not self.reflexive),
            "suspended": float(self.redemption is RedemptionState.SUSPENDED),
            "hit": 0.0 if self.hit_share is None else self.hit_share,
        }

    def of_time(self) -> dict[str, float]:
        """Return what makes coming back quicker or slower."""
        return {
            "depth": _depth(self.magnitude_bps),
            "rails_closed": float(self.rails_closed),
            "venue_local": float(self.breadth is Breadth.VENUE_LOCAL),
        }


def traits_of(depeg: Depeg, evidence: Evidence) -> Traits:
    """Return the traits of a depeg that is seen now; banks that were shut held it up until now."""
    currency = evidence.coin.par.currency
    return Traits(
        magnitude_bps=depeg.trough_bps,
        side=depeg.side,
        breadth=depeg.breadth,
        backing=evidence.coin.backing,
        reflexive=evidence.coin.reflexive,
        redemption=evidence.redemption,
        hit_share=evidence.hit_share,
        rails_closed=evidence.banks_closed or banks_closed(currency, depeg.trough_at),
    )


def traits_of_past(past: PastDepeg) -> Traits:
    """Return the traits of one that is over; where it is not known, it is not reflexive."""
    return Traits(
        magnitude_bps=past.magnitude_bps,
        side=past.side,
        breadth=past.breadth,
        backing=past.backing,
        reflexive=bool(past.reflexive),
        redemption=_STATE_OF_PAST[past.redeemable],
        hit_share=past.hit_share,
        rails_closed=bool(past.rails_closed),
    )


class Likenesses:
    """How much each of many past depegs is worth as an example of another."""

    def __init__(self, past: Iterable[Traits]) -> None:
        self._of_kind: dict[object, list[tuple[float, Traits]]] = {}
        for one in past:
            kind = (one.side, one.reflexive)
            self._of_kind.setdefault(kind, []).append((_depth(one.magnitude_bps), one))

    def total(self, traits: Traits) -> float:
        """Return how many examples there are; one that is less alike counts for less than 1."""
        depth, found = _depth(traits.magnitude_bps), 0.0
        redemption, backing, breadth = traits.redemption, traits.backing, traits.breadth
        for other, past in self._of_kind.get((traits.side, traits.reflexive), ()):
            worth = 1.0 if past.redemption is redemption else 0.5
            if past.backing is not backing:
                worth *= 0.5
            if past.breadth is not breadth:
                worth *= 0.7
            found += worth * math.exp(-2.0 * (depth - other) ** 2)
        return found


def _depth(magnitude_bps: float | None) -> float:
    """Decades above 1 %, from -1 (0.1 % or less, which is noise) to 1 (10 % or more)."""
    if magnitude_bps is None:
        return 0.0
    return math.log10(max(_UNIT_BPS / 10, min(magnitude_bps, _DEEPEST_BPS)) / _UNIT_BPS)

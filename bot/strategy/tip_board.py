"""The shares to offer in the next block, drawn before it comes: one for each class of values."""

from typing import Annotated

import msgspec

from bot.domain.units import BPS, Bps
from bot.strategy.tip_learning import CLASSES, TipLearner, TipParameters, class_of

_Share = Annotated[int, msgspec.Meta(ge=0, lt=BPS)]


class TipOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How tips are chosen; section `[tips]`. They start at the strategy's `tip_share_bps`."""

    learn: bool = True
    least_bps: _Share = 500
    most_bps: _Share = 9_500

    def parameters(self, start: Bps) -> TipParameters:
        """Return what a learner starts from; a start beyond the bounds widens them.

        Raises:
            ValueError: no such shares are told apart.
        """
        return TipParameters(
            learn=self.learn,
            start_bps=start,
            least_bps=Bps(min(self.least_bps, start)),
            most_bps=Bps(max(self.most_bps, start)),
        )


class TipBoard:
    """Asked while a plan is made, so it only looks up; draws when there is time."""

    def __init__(self, learner: TipLearner) -> None:
        self._learner = learner
        self.draw()

    def draw(self) -> None:
        """Choose anew by all that was heard."""
        self._shares = tuple(self._learner.choose(2.0 * 10.0**power) for power in range(CLASSES))

    def share_of(self, value_usd: float) -> Bps:
        """Return the share of a profit to offer for a plan of this value."""
        return self._shares[class_of(value_usd)]

"""The course that a depeg's return is expected to take: chances by hours from now.

A mixture cure model, at the age that a depeg has: some never come back, the others' time to the
peg is log-logistic. What has not come back until now is all that can still do so.
"""

import math

import msgspec

HORIZON_H = 90 * 24.0  # back later than that is never


class Outlook(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Chances of one depeg."""

    cured: float  # chance, at its trough, that it does not come back at all
    scale_h: float  # median hours from the trough, of those that come back
    shape: float  # of the log-logistic
    age_h: float  # since the trough

    @property
    def never(self) -> float:
        """Chance of no return within the horizon from now, given none so far."""
        return self._still_out(HORIZON_H)

    def back_within(self, hours: float) -> float:
        """Return the chance that it is back by then, 0..1, given that it is not yet."""
        return 1.0 - self._still_out(hours)

    def hours_left(self, quantile: float) -> float:
        """Return hours from now by which `quantile` of those are back that do come back."""
        left = (1.0 - quantile) * self._survival(self.age_h)
        hours = self.scale_h * math.pow(1.0 / left - 1.0, 1.0 / self.shape)
        return max(0.0, hours - self.age_h)

    def _still_out(self, hours: float) -> float:
        waiting = (1.0 - self.cured) * self._survival(self.age_h)
        later = (1.0 - self.cured) * self._survival(self.age_h + hours)
        return (self.cured + later) / (self.cured + waiting)

    def _survival(self, hours: float) -> float:
        """Chance that one that comes back has not done so by then."""
        return 1.0 / (1.0 + math.pow(hours / self.scale_h, self.shape))

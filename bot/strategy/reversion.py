"""Whether a depeg comes back, and when.

A mixture cure model: with probability `never` it does not come back at all, else the time to the
peg is log-logistic. Both parts are linear in the traits. Fitted offline with shrinkage (penalised
likelihood); evaluated here in plain floats. It rests on some seventy events, chosen because they
were noticed: the intervals are wide, and what it says is pulled towards one half by what it does
not know.

Sources: Berkson & Gage 1952 (mixture cure); MacKay 1992 (logistic mean under a normal posterior).
"""

import math

import msgspec

from bot.domain.depegs import Depeg
from bot.domain.opportunities import Belief
from bot.domain.units import NANOS_PER_S, Nanos
from bot.strategy.calibration import Forecast
from bot.strategy.evidence import Evidence
from bot.strategy.traits import Likenesses, Traits, traits_of

HORIZON_H = 90 * 24.0  # back later than that is never
_HOUR_NS = 3_600 * NANOS_PER_S
_SD_OF_80 = 1.2816  # standard deviations on either side that hold 80 % of a normal
_LATE = 0.9
# No past event tells what a fresh inflow into a pool is worth: of those that pools told in time,
# most came back (docs/belief.md). Set by hand: a little worse, and less sure.
_ALARM_LOGIT = 0.35
_ALARM_VARIANCE = 0.35**2


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One past event that the fit rests on."""

    id: str
    traits: Traits
    never: bool


class ReversionFit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that fitting leaves behind."""

    version: int
    never: dict[str, float]  # log odds; "" is the intercept
    never_covariance: tuple[tuple[float, ...], ...]  # in the order of `never`
    hours: dict[str, float]  # natural log of the median hours; "" is the intercept
    shape: float  # of the log-logistic: above 1 a late return grows ever less likely
    examples: tuple[Example, ...] = ()
    forecasts: tuple[Forecast, ...] = ()  # of each example, by a fit to the others

    def __post_init__(self) -> None:
        size = len(self.never)
        square = len(self.never_covariance) == size
        if not square or any(len(row) != size for row in self.never_covariance):
            raise ValueError(f"covariance is not {size} by {size}")
        if "" not in self.never or "" not in self.hours or not self.shape > 0:
            raise ValueError("an intercept is missing, or the shape is not above zero")


class ReversionModel:
    """Turns traits, age and evidence into a belief."""

    def __init__(self, fit: ReversionFit) -> None:
        self.fit = fit
        self._weights = tuple(fit.never.values())
        self._examples = Likenesses(example.traits for example in fit.examples)

    def belief(self, depeg: Depeg, evidence: Evidence, now: Nanos) -> Belief:
        """Return what to expect of a depeg at `now`.

        Time without a return counts against it from its trough on. Having come back part of the
        way, or having come back before, does not count for it: UST stood at 0.90 for half a day.
        """
        age_h = max(0.0, (now - depeg.trough_at) / _HOUR_NS)
        return self.of_traits(traits_of(depeg, evidence), age_h=age_h, alarm=evidence.flow_alarm)

    def of_traits(self, traits: Traits, *, age_h: float = 0.0, alarm: bool = False) -> Belief:
        """Return what to expect of a depeg of these traits, `age_h` after its trough."""
        mean, variance = self._logit_of_never(traits)
        if alarm:
            mean, variance = mean + _ALARM_LOGIT, variance + _ALARM_VARIANCE
        spread = _SD_OF_80 * math.sqrt(variance)
        centre = _logistic(mean / math.sqrt(1 + math.pi * variance / 8))
        scale_h = math.exp(_dot(self.fit.hours, traits.of_time()))
        never, low, high = (
            self._aged(chance, scale_h, age_h)
            for chance in (centre, _logistic(mean - spread), _logistic(mean + spread))
        )
        return Belief(
            never=never,
            never_low=min(low, never),
            never_high=max(high, never),
            median_hours=self._hours_left(0.5, scale_h, age_h),
            late_hours=self._hours_left(_LATE, scale_h, age_h),
            similar=round(self._examples.total(traits)),
        )

    def _logit_of_never(self, traits: Traits) -> tuple[float, float]:
        told = {"": 1.0, **traits.of_never()}
        row = [(n, told[name]) for n, name in enumerate(self.fit.never) if told[name]]
        mean = sum(self._weights[n] * x for n, x in row)
        covariance = self.fit.never_covariance
        variance = sum(x * y * covariance[n][m] for n, x in row for m, y in row)
        return mean, max(0.0, variance)

    def _survival(self, hours: float, scale_h: float) -> float:
        """Chance that one that comes back has not done so by then."""
        return 1.0 / (1.0 + math.pow(hours / scale_h, self.fit.shape))

    def _aged(self, cured: float, scale_h: float, age_h: float) -> float:
        """Chance of no return within the horizon from now, given none so far."""
        waiting = (1.0 - cured) * self._survival(age_h, scale_h)
        later = (1.0 - cured) * self._survival(age_h + HORIZON_H, scale_h)
        return (cured + later) / (cured + waiting)

    def _hours_left(self, quantile: float, scale_h: float, age_h: float) -> float:
        """Hours from now by which `quantile` of those are back that do come back."""
        left = (1.0 - quantile) * self._survival(age_h, scale_h)
        return max(0.0, scale_h * math.pow(1.0 / left - 1.0, 1.0 / self.fit.shape) - age_h)


def _dot(coefficients: dict[str, float], traits: dict[str, float]) -> float:
    told = {"": 1.0, **traits}
    return sum(value * told[name] for name, value in coefficients.items())


def _logistic(value: float) -> float:
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1.0 + grown)

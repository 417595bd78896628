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
from bot.strategy.outlook import Outlook
from bot.strategy.traits import Likenesses, Traits, traits_of

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
        traits, age_h = traits_of(depeg, evidence), _age_h(depeg, now)
        return self.of_traits(traits, age_h=age_h, alarm=evidence.flow_alarm)

    def of_traits(self, traits: Traits, *, age_h: float = 0.0, alarm: bool = False) -> Belief:
        """Return what to expect of a depeg of these traits, `age_h` after its trough."""
        mean, variance = self._logit_of_never(traits, alarm=alarm)
        spread = _SD_OF_80 * math.sqrt(variance)
        course = self._course(traits, _averaged(mean, variance), age_h)
        never = course.never
        low, high = (
            msgspec.structs.replace(course, cured=_logistic(bound)).never
            for bound in (mean - spread, mean + spread)
        )
        return Belief(
            never=never,
            never_low=min(low, never),
            never_high=max(high, never),
            median_hours=course.hours_left(0.5),
            late_hours=course.hours_left(_LATE),
            similar=round(self._examples.total(traits)),
        )

    def outlook(self, depeg: Depeg, evidence: Evidence, now: Nanos) -> Outlook:
        """Return the course of the return that `belief` sums up, for chances by the hour."""
        traits = traits_of(depeg, evidence)
        mean, variance = self._logit_of_never(traits, alarm=evidence.flow_alarm)
        return self._course(traits, _averaged(mean, variance), _age_h(depeg, now))

    def _course(self, traits: Traits, cured: float, age_h: float) -> Outlook:
        scale_h = math.exp(_dot(self.fit.hours, traits.of_time()))
        return Outlook(cured=cured, scale_h=scale_h, shape=self.fit.shape, age_h=age_h)

    def _logit_of_never(self, traits: Traits, *, alarm: bool) -> tuple[float, float]:
        told = {"": 1.0, **traits.of_never()}
        row = [(n, told[name]) for n, name in enumerate(self.fit.never) if told[name]]
        mean = sum(self._weights[n] * x for n, x in row)
        covariance = self.fit.never_covariance
        variance = sum(x * y * covariance[n][m] for n, x in row for m, y in row)
        variance = max(0.0, variance)
        if alarm:
            return mean + _ALARM_LOGIT, variance + _ALARM_VARIANCE
        return mean, variance


def _age_h(depeg: Depeg, now: Nanos) -> float:
    """Hours since the trough."""
    return max(0.0, (now - depeg.trough_at) / _HOUR_NS)


def _averaged(mean: float, variance: float) -> float:
    """The chance, averaged over what its log odds may be."""
    return _logistic(mean / math.sqrt(1 + math.pi * variance / 8))


def _dot(coefficients: dict[str, float], traits: dict[str, float]) -> float:
    told = {"": 1.0, **traits}
    return sum(value * told[name] for name, value in coefficients.items())


def _logistic(value: float) -> float:
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1.0 + grown)

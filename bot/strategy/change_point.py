"""Bayesian online change point detection of one series.

Source: Adams & MacKay, "Bayesian Online Changepoint Detection", arXiv 0710.3742: a distribution
over how long the present regime has lasted, with normal data of unknown mean and variance (so each
prediction is Student's t) and a constant chance of change. Its use on pool compositions is that of
arXiv 2306.10612.
"""

import math

import msgspec

_LONGEST = 240  # samples; runs beyond it are taken together
_NEGLIGIBLE = 1e-9


class ChangePointParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is expected of a series before any of it is seen."""

    run: float = 500.0  # samples between changes, on average
    mean: float = 0.0
    mean_weight: float = 0.01  # how many samples the prior mean is worth
    shape: float = 1.0
    scale: float = 1e-5  # with `shape`: the variance expected
    recent: int = 3  # a run of at most so many samples is a fresh change
    burn_in: int = 12  # samples before anything can be called a change

    def __post_init__(self) -> None:
        if self.run <= 1 or min(self.mean_weight, self.shape, self.scale) <= 0:
            raise ValueError("run must be above 1, mean_weight, shape and scale above 0")


class _Run(msgspec.Struct):
    """What one hypothetical run has learned, and its log probability."""

    log_p: float
    count: int
    mean: float
    kappa: float
    alpha: float
    beta: float

    def predictive(self, value: float) -> float:
        spread = self.beta * (self.kappa + 1) / (self.alpha * self.kappa)
        freedom = 2 * self.alpha
        z2 = (value - self.mean) ** 2 / (spread * freedom)
        return (
            math.lgamma(self.alpha + 0.5)
            - math.lgamma(self.alpha)
            - 0.5 * math.log(math.pi * freedom * spread)
            - (self.alpha + 0.5) * math.log1p(z2)
        )

    def learned(self, value: float, log_p: float) -> "_Run":
        return _Run(
            log_p=log_p,
            count=self.count + 1,
            mean=(self.kappa * self.mean + value) / (self.kappa + 1),
            kappa=self.kappa + 1,
            alpha=self.alpha + 0.5,
            beta=self.beta + self.kappa * (value - self.mean) ** 2 / (2 * (self.kappa + 1)),
        )


class ChangePoint:
    """Follows one series, one sample after another, evenly spaced."""

    def __init__(self, parameters: ChangePointParameters | None = None) -> None:
        self._parameters = parameters or ChangePointParameters()
        self._runs = [self._fresh(0.0)]
        self._seen = 0

    def step(self, value: float) -> float:
        """Take a sample; return the probability that the series has just changed, 0..1."""
        hazard = 1.0 / self._parameters.run
        told = [run.log_p + run.predictive(value) for run in self._runs]
        grown = [
            run.learned(value, log_p + math.log1p(-hazard))
            for run, log_p in zip(self._runs, told, strict=True)
        ]
        # A change before this sample: the sample is the first that the new run has seen.
        anew = self._fresh(0.0)
        start = math.log(hazard) + anew.predictive(value)
        runs = [anew.learned(value, start), *grown]
        total = _log_sum([run.log_p for run in runs])
        for run in runs:
            run.log_p -= total
        self._runs = [r for r in runs[:_LONGEST] if r.log_p > math.log(_NEGLIGIBLE)]
        self._seen += 1
        if self._seen <= self._parameters.burn_in:
            return 0.0
        recent = self._parameters.recent
        return min(1.0, sum(math.exp(run.log_p) for run in self._runs if run.count <= recent))

    def _fresh(self, log_p: float) -> _Run:
        prior = self._parameters
        return _Run(
            log_p=log_p,
            count=0,
            mean=prior.mean,
            kappa=prior.mean_weight,
            alpha=prior.shape,
            beta=prior.scale,
        )


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))

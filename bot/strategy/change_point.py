"""Bayesian online change point detection of one series.

Source: Adams & MacKay, "Bayesian Online Changepoint Detection", arXiv 0710.3742: a distribution
over how long the present regime has lasted, with normal data of unknown mean and variance (so each
prediction is Student's t) and a constant chance of change. Its use on pool compositions is that of
arXiv 2306.10612.
"""

import math
from typing import Any

import msgspec
import numpy as np

_Vector = np.ndarray[Any, np.dtype[np.float64]]
_RUNS_KEPT = 200  # the most probable; the rest is below any that matters long before
_NEGLIGIBLE = math.log(1e-9)


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


class ChangePoint:
    """Follows one series, one sample after another, evenly spaced.

    Each possible run so far has a column: its log probability, its length and what it has learned,
    a normal-inverse-gamma of mean, its weight, shape and scale. A change comes before the sample
    that shows it, so a fresh run has seen that sample.
    """

    def __init__(self, parameters: ChangePointParameters | None = None) -> None:
        self._parameters = prior = parameters or ChangePointParameters()
        self._log_p: _Vector = np.zeros(0)
        self._length: _Vector = np.zeros(0)
        self._mean: _Vector = np.zeros(0)
        self._weight: _Vector = np.zeros(0)
        self._shape: _Vector = np.zeros(0)
        self._scale: _Vector = np.zeros(0)
        self._gammas: _Vector = np.zeros(0)  # log of gamma(shape + 1/2) / gamma(shape)
        self._fresh_gammas = math.lgamma(prior.shape + 0.5) - math.lgamma(prior.shape)
        self._seen = 0

    def step(self, value: float) -> float:
        """Take a sample; return the probability that the series has just changed, 0..1."""
        self._begin()
        self._log_p += self._predictive(value)
        self._learn(value)
        self._log_p -= _log_sum(self._log_p)
        self._keep()
        self._seen += 1
        if self._seen <= self._parameters.burn_in:
            return 0.0
        recent = self._length <= self._parameters.recent
        return min(1.0, float(np.exp(self._log_p[recent]).sum()))

    def _begin(self) -> None:
        """Put a fresh run before all others; the chance of a change is constant."""
        prior, hazard = self._parameters, 1.0 / self._parameters.run
        first = 0.0 if not self._seen else math.log(hazard)
        self._log_p = np.concatenate(([first], self._log_p + math.log1p(-hazard)))
        self._length = np.concatenate(([0.0], self._length))
        self._mean = np.concatenate(([prior.mean], self._mean))
        self._weight = np.concatenate(([prior.mean_weight], self._weight))
        self._shape = np.concatenate(([prior.shape], self._shape))
        self._scale = np.concatenate(([prior.scale], self._scale))
        self._gammas = np.concatenate(([self._fresh_gammas], self._gammas))

    def _predictive(self, value: float) -> _Vector:
        """Log density of Student's t that each run expects the sample by."""
        width = 2 * self._scale * (self._weight + 1) / self._weight
        distance = (value - self._mean) ** 2 / width
        tail = (self._shape + 0.5) * np.log1p(distance)
        density: _Vector = self._gammas - 0.5 * np.log(math.pi * width) - tail
        return density

    def _learn(self, value: float) -> None:
        grown = self._weight + 1
        self._scale += self._weight * (value - self._mean) ** 2 / (2 * grown)
        self._mean = (self._weight * self._mean + value) / grown
        self._weight = grown
        self._gammas = np.log(self._shape) - self._gammas  # gamma(x + 1) is x gamma(x)
        self._shape += 0.5
        self._length += 1

    def _keep(self) -> None:
        kept = self._log_p > _NEGLIGIBLE
        if np.count_nonzero(kept) > _RUNS_KEPT:
            kept = self._log_p >= np.partition(self._log_p, -_RUNS_KEPT)[-_RUNS_KEPT]
        if kept.all():
            return
        self._log_p, self._length = self._log_p[kept], self._length[kept]
        self._mean, self._weight = self._mean[kept], self._weight[kept]
        self._shape, self._scale = self._shape[kept], self._scale[kept]
        self._gammas = self._gammas[kept]


def _log_sum(values: _Vector) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - top).sum()))

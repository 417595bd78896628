"""Fits the model of reversions to past depegs, with lifelines.

The mixture cure likelihood is lifelines' own for interval-censored data, with one survival function
of ours: what never comes back does so at the end of time, so that "back, but nobody wrote down
when" and "not back when last looked at" are both plain intervals. The shrinkage is a normal prior
about zero on every coefficient but the intercepts; the covariance is that of the posterior at its
mode (Laplace).
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from bot.domain.errors import HaltError, SkipError
from bot.strategy.past_reversions import Return
from bot.strategy.reversion import Example, ReversionFit

VERSION = 1
_END_OF_TIME_H = 1e9
_NEVER_SD = 1.0  # of the prior, in log odds per unit of a trait
_HOURS_SD = 1.0  # in natural log of hours
_SHAPE_SD = 0.5  # in natural log of the shape, about 1
_FEWEST = 20


class TooFewDepegs(SkipError):
    """There are not enough past depegs with a known ending to fit anything to."""

    def __init__(self, found: int) -> None:
        super().__init__(f"{found} past depegs with a known ending; a fit needs {_FEWEST}")
        self.found = found


class NoFit(SkipError):
    """The fit did not settle."""

    def __init__(self, events: int) -> None:
        super().__init__(f"no fit to {events} past depegs was found")
        self.events = events


class FittingUnavailable(HaltError):
    """The library that fits is not installed; using a fit needs nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; to fit, install the extra `fit`: pip install 'repeg[fit]'")


def fit_reversion(returns: Sequence[Return]) -> ReversionFit:
    """Return the fit to past depegs.

    Raises:
        TooFewDepegs: fewer than twenty, or all of them ended alike.
        NoFit: the search for one did not settle.
        FittingUnavailable: lifelines is not installed.
    """
    ends = {one.is_never for one in returns}
    if len(returns) < _FEWEST or len(ends) < 2:
        raise TooFewDepegs(len(returns))
    never = _Part("never_", _NEVER_SD, [one.traits.of_never() for one in returns])
    hours = _Part("hours_", _HOURS_SD, [one.traits.of_time() for one in returns])
    fitter = _fitter(hours, never)
    rows = [
        {**never.row(number), **hours.row(number), **_when(one)}
        for number, one in enumerate(returns)
    ]
    pandas = import_module("pandas")
    try:
        fitter.fit_interval_censoring(pandas.DataFrame(rows), "low_h", "high_h", event_col="seen")
    except import_module("lifelines.exceptions").ConvergenceError as error:
        raise NoFit(len(returns)) from error
    return ReversionFit(
        version=VERSION,
        never=never.coefficients(fitter.params_),
        never_covariance=never.covariance(fitter.variance_matrix_),
        hours=hours.coefficients(fitter.params_),
        shape=float(np.exp(fitter.params_["shape_"].iloc[0])),
        examples=tuple(Example(id=r.id, traits=r.traits, never=r.is_never) for r in returns),
    )


class _Part:
    """One linear part of the model; a trait that never varies keeps its prior."""

    def __init__(self, name: str, sd: float, rows: list[dict[str, float]]) -> None:
        self.name, self._sd, self._rows = name, sd, rows
        self.traits = [trait for trait in rows[0] if len({row[trait] for row in rows}) > 1]

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def formula(self) -> str:
        return " + ".join([self.name + trait for trait in self.traits] or ["1"])

    @property
    def precisions(self) -> list[float]:
        """The prior as lifelines wants it: per event, on traits scaled to a deviation of 1."""
        spreads = [np.std([row[trait] for row in self._rows], ddof=1) for trait in self.traits]
        # A lone intercept is not known for one there, and wants a precision too: none.
        return [1.0 / (self.count * (self._sd * float(s)) ** 2) for s in spreads] or [0.0]

    def row(self, number: int) -> dict[str, float]:
        return {self.name + trait: self._rows[number][trait] for trait in self.traits}

    def coefficients(self, found: Any) -> dict[str, float]:
        values = found[self.name]
        fitted = {trait: float(values[self.name + trait]) for trait in self.traits}
        return {"": float(values["Intercept"]), **dict.fromkeys(self._rows[0], 0.0), **fitted}

    def covariance(self, found: Any) -> tuple[tuple[float, ...], ...]:
        """The covariance of all coefficients, in their order; a prior leans on nothing else."""
        block = found.loc[self.name, self.name]
        columns = {"": "Intercept", **{trait: self.name + trait for trait in self.traits}}

        def between(one: str, other: str) -> float:
            if one in columns and other in columns:
                return float(block.loc[columns[one], columns[other]])
            return self._sd**2 if one == other else 0.0

        names = ["", *self._rows[0]]
        return tuple(tuple(between(one, other) for other in names) for one in names)


def _when(one: Return) -> dict[str, float | bool]:
    """No time is exact: all are intervals, and never is the end of time."""
    high_h = _END_OF_TIME_H if one.high_h is None else one.high_h
    return {"low_h": one.low_h, "high_h": high_h, "seen": False}


def _fitter(hours: _Part, never: _Part) -> Any:
    """The fitter of lifelines, with our survival function and a prior on each coefficient."""
    try:
        lifelines, numeric = import_module("lifelines.fitters"), import_module("autograd.numpy")
    except ImportError as error:
        raise FittingUnavailable(str(error)) from error

    class MixtureCure(lifelines.ParametricRegressionFitter):  # type: ignore[name-defined,misc]
        # In the order of the alphabet: autograd flattens them so, lifelines as they stand here.
        _fitted_parameter_names = ("hours_", "never_", "shape_")
        _scipy_fit_method = "L-BFGS-B"

        def _create_initial_point(self, _ts: Any, _e: Any, _en: Any, _w: Any, rows: Any) -> Any:
            return {name: np.zeros(rows[name].shape[1]) for name in self._fitted_parameter_names}

        def _survival_function(self, params: Any, times: Any, rows: Any) -> Any:
            never = 1.0 / (1.0 + numeric.exp(-numeric.dot(rows["never_"], params["never_"])))
            logit = numeric.log(times + 1e-9) - numeric.dot(rows["hours_"], params["hours_"])
            shape = numeric.exp(numeric.dot(rows["shape_"], params["shape_"]))
            waiting = 1.0 / (1.0 + numeric.exp(shape * logit))
            return never * (times < _END_OF_TIME_H) + (1.0 - never) * waiting

    precisions = [*hours.precisions, *never.precisions, 1.0 / (hours.count * _SHAPE_SD**2)]
    fitter = MixtureCure(penalizer=np.array(precisions))
    fitter.regressors = {hours.name: hours.formula, never.name: never.formula, "shape_": "1"}
    return fitter

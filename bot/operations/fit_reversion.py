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


class FittingUnavailable(HaltError):
    """The library that fits is not installed; using a fit needs nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; to fit, install the extra `fit`: pip install 'repeg[fit]'")


def fit_reversion(returns: Sequence[Return]) -> ReversionFit:
    """Return the fit to past depegs.

    Raises:
        TooFewDepegs: fewer than twenty, or all of them ended alike.
        FittingUnavailable: lifelines is not installed.
    """
    ends = {one.is_never for one in returns}
    if len(returns) < _FEWEST or len(ends) < 2:
        raise TooFewDepegs(len(returns))
    fitter = _fitter(returns)
    pandas = import_module("pandas")
    fitter.fit_interval_censoring(
        pandas.DataFrame(_rows(returns)), "low_h", "high_h", event_col="seen"
    )
    found, covariance = fitter.params_, fitter.variance_matrix_
    never = found["never_"]
    return ReversionFit(
        version=VERSION,
        never={_name(key): float(value) for key, value in never.items()},
        never_covariance=tuple(
            tuple(float(x) for x in line) for line in covariance.loc["never_", "never_"].to_numpy()
        ),
        hours={_name(key): float(value) for key, value in found["hours_"].items()},
        shape=float(np.exp(found["shape_"].iloc[0])),
        examples=tuple(Example(id=r.id, traits=r.traits, never=r.is_never) for r in returns),
    )


def _fitter(returns: Sequence[Return]) -> Any:
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

    traits = returns[0].traits
    formulas = {
        "hours_": " + ".join(f"t_{name}" for name in traits.of_time()),
        "never_": " + ".join(f"n_{name}" for name in traits.of_never()),
        "shape_": "1",
    }
    fitter = MixtureCure(penalizer=_precisions(returns))
    fitter.regressors = formulas
    return fitter


def _rows(returns: Sequence[Return]) -> list[dict[str, float | bool]]:
    return [
        {
            **{f"n_{name}": value for name, value in one.traits.of_never().items()},
            **{f"t_{name}": value for name, value in one.traits.of_time().items()},
            "low_h": one.low_h,
            "high_h": _END_OF_TIME_H if one.high_h is None else one.high_h,
            "seen": False,  # no time is exact: all are intervals
        }
        for one in returns
    ]


def _precisions(returns: Sequence[Return]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The prior as lifelines wants it: per event, on traits scaled to a deviation of 1."""
    count = len(returns)

    def scaled(rows: list[dict[str, float]], sd: float) -> list[float]:
        deviations = [float(np.std([row[name] for row in rows], ddof=1)) for name in rows[0]]
        return [1.0 / (count * sd**2 * deviation**2) for deviation in deviations if deviation]

    hours = scaled([one.traits.of_time() for one in returns], _HOURS_SD)
    never = scaled([one.traits.of_never() for one in returns], _NEVER_SD)
    return np.array([*hours, *never, 1.0 / (count * _SHAPE_SD**2)])


def _name(column: str) -> str:
    return "" if column == "Intercept" else column[2:]

import math
from collections.abc import Sequence
from itertools import pairwise, product

import numpy as np
import pytest

from bot.strategy.change_point import ChangePoint, ChangePointParameters


def _log_evidence(values: Sequence[float], prior: ChangePointParameters) -> float:
    """Log density of a whole run under the normal-inverse-gamma prior, in closed form."""
    count, k, a = len(values), prior.mean_weight, prior.shape
    mean = sum(values) / count
    spread = sum((value - mean) ** 2 for value in values)
    apart = k * count * (mean - prior.mean) ** 2 / (k + count)
    scale = prior.scale + 0.5 * (spread + apart)
    return (
        math.lgamma(a + count / 2)
        - math.lgamma(a)
        + a * math.log(prior.scale)
        - (a + count / 2) * math.log(scale)
        + 0.5 * math.log(k / (k + count))
        - 0.5 * count * math.log(2 * math.pi)
    )


def _chance_by_all_partitions(values: list[float], prior: ChangePointParameters) -> float:
    """Of a change within the last `recent` samples, from every way to cut the series into runs."""
    hazard, total, recent = 1 / prior.run, 0.0, 0.0
    for cuts in product((False, True), repeat=len(values) - 1):
        starts = [0, *(at for at, cut in enumerate(cuts, start=1) if cut), len(values)]
        log_p = sum(_log_evidence(values[i:j], prior) for i, j in pairwise(starts))
        changes = sum(cuts)
        log_p += changes * math.log(hazard) + (len(cuts) - changes) * math.log1p(-hazard)
        total += math.exp(log_p)
        if len(values) - starts[-2] <= prior.recent:
            recent += math.exp(log_p)
    return recent / total


def test_the_chance_is_that_of_all_ways_to_cut_the_series_into_runs() -> None:
    prior = ChangePointParameters(run=8.0, burn_in=0, scale=1e-3, mean=0.01, mean_weight=0.3)
    values = [0.0, 0.02, -0.01, 0.01, 0.2, 0.22, 0.18, -0.1, -0.12, 0.0]
    found = _steps(values, prior)
    for count in range(1, len(values) + 1):
        expected = _chance_by_all_partitions(values[:count], prior)
        assert found[count - 1] == pytest.approx(expected, abs=1e-6)


def _steps(values: list[float], parameters: ChangePointParameters | None = None) -> list[float]:
    change = ChangePoint(parameters)
    return [change.step(value) for value in values]


def test_a_jump_of_the_mean_is_a_change_at_once_and_only_then() -> None:
    noise = np.random.default_rng(7)
    calm = [noise.normal(0.0, 0.004) for _ in range(150)]
    sold = [noise.normal(0.06, 0.004) for _ in range(20)]
    chances = _steps(calm + sold)
    assert max(chances[:150]) < 0.5
    assert max(chances[150:152]) > 0.9
    assert chances[-1] < 0.1


def test_a_rise_of_the_variance_alone_is_a_change_too() -> None:
    noise = np.random.default_rng(11)
    calm = [noise.normal(0.0, 0.002) for _ in range(200)]
    wild = [noise.normal(0.0, 0.05) for _ in range(12)]
    assert max(_steps(calm)) < 0.5
    assert max(_steps(calm + wild)[200:]) > 0.5


def test_nothing_is_called_a_change_before_enough_was_seen() -> None:
    parameters = ChangePointParameters(burn_in=10)
    assert _steps([0.0] * 5 + [1.0] * 5, parameters) == [0.0] * 10


def test_the_chance_stays_a_chance_however_long_the_series() -> None:
    noise = np.random.default_rng(3)
    chances = _steps([noise.normal(0.0, 0.01) for _ in range(1_000)])
    assert all(0.0 <= chance <= 1.0 for chance in chances)


def test_a_long_calm_is_still_known_as_one_run_when_it_ends() -> None:
    noise = np.random.default_rng(13)
    calm = [noise.normal(0.0, 0.004) for _ in range(2_000)]
    chances = _steps([*calm, 0.08, 0.08])
    assert max(chances[500:2_000]) < 0.5
    assert chances[-1] > 0.9


def test_a_series_that_never_moves_never_changes() -> None:
    assert max(_steps([0.0] * 300)) < 0.5

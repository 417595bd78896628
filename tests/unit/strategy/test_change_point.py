import numpy as np

from bot.strategy.change_point import ChangePoint, ChangePointParameters


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


def test_a_series_that_never_moves_never_changes() -> None:
    assert max(_steps([0.0] * 300)) < 0.5

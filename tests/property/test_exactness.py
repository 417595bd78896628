"""Every pool against its bytecode, a stand-in, or values recorded from mainnet, to the wei."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.exactness import compare, comparisons
from bot.domain.venues import Kind

POINTS = 2_000  # of each comparison; `repeg bench exactness` takes fifty times as many


def named(source: Source) -> list[object]:
    return [
        pytest.param(comparison, id=f"{comparison.kind.name}: {comparison.name}")
        for comparison in comparisons().values()
        if comparison.source is source
    ]


@pytest.mark.slow
@pytest.mark.parametrize("comparison", [*named(Source.BYTECODE), *named(Source.STAND_IN)])
def test_random_pools_answer_as_their_bytecode_does(comparison: Comparison) -> None:
    outcome = compare(comparison, POINTS)
    assert (outcome.points, outcome.mismatches) == (POINTS, 0)


@pytest.mark.parametrize("comparison", named(Source.RECORDED))
def test_recorded_pools_answer_as_on_mainnet(comparison: Comparison, data_dir: Path) -> None:
    assert data_dir.is_dir()
    outcome = compare(comparison, POINTS)
    assert outcome.points > 0
    assert outcome.mismatches == 0


def test_comparison_counts_what_differs_and_by_how_much() -> None:
    def pairs(points: int, seed: int) -> Iterator[Pair]:
        yield from [(seed, seed)] * (points - 2)
        yield 7, 10
        yield 12, 0

    wrong = Comparison(
        kind=Kind.CONCENTRATED, name="wrong at times", source=Source.STAND_IN, pairs=pairs
    )
    outcome = compare(wrong, 100)
    assert (outcome.points, outcome.mismatches) == (100, 2)
    assert (outcome.largest, outcome.total) == (12, 15)

"""Every pool against its bytecode, a stand-in, or values recorded from mainnet, to the wei."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.amm import price_ladder, price_walk
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.exactness import compare, comparisons
from bot.domain.units import PIPS
from bot.domain.venues import Kind

POINTS = 2_000  # of each comparison that pay; `repeg bench exactness` takes fifty times as many


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
    assert (outcome.paying, outcome.mismatches) == (POINTS, 0)


@pytest.mark.parametrize("comparison", named(Source.RECORDED))
def test_recorded_pools_answer_as_on_mainnet(comparison: Comparison, data_dir: Path) -> None:
    assert data_dir.is_dir()
    outcome = compare(comparison, POINTS)
    assert outcome.points > 0
    assert outcome.mismatches == 0


def test_comparison_counts_what_differs_and_by_how_much() -> None:
    def pairs(points: int, seed: int) -> Iterator[Pair]:
        yield from [(0, 0)] * 50
        yield 7, 10
        yield 12, 0
        yield from [(seed, seed)] * points

    wrong = Comparison(
        kind=Kind.CONCENTRATED, name="wrong at times", source=Source.STAND_IN, pairs=pairs
    )
    outcome = compare(wrong, 100)
    assert (outcome.points, outcome.paying, outcome.mismatches) == (150, 100, 2)
    assert (outcome.largest, outcome.total) == (12, 15)


@pytest.fixture
def rounding_fees_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a full step of a swap cost one base unit less than it does."""

    def cost_down(needed: int, fee: int) -> int:
        return needed * PIPS // (PIPS - fee)

    for module in (price_ladder, price_walk):
        monkeypatch.setattr(module, "cost", cost_down)
    forget_ladders()
    yield
    forget_ladders()


def forget_ladders() -> None:
    price_ladder.falling.cache_clear()
    price_ladder.climbing.cache_clear()


@pytest.mark.slow
@pytest.mark.usefixtures("rounding_fees_down")
def test_comparison_catches_a_quoter_that_rounds_the_wrong_way() -> None:
    v3 = next(one for one in comparisons().values() if one.name == "Uniswap V3, exact input")
    outcome = compare(v3, POINTS)
    assert outcome.mismatches > POINTS // 100

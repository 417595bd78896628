import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.bench import exactness, negative_control
from bot.bench.comparison import Comparison, Pair, Source
from bot.bench.peers import PeersAbsent
from bot.domain.venues import Kind


def right(points: int, seed: int) -> Iterator[Pair]:
    yield from [(seed, seed)] * points


def wrong_once(points: int, seed: int) -> Iterator[Pair]:
    yield 0, 0
    yield 5, 8
    yield from right(points, seed)


def comparison(source: Source, pairs: Callable[[int, int], Iterator[Pair]] = right) -> Comparison:
    return Comparison(kind=Kind.CONVERTER, name=source.name, source=source, pairs=pairs)


@pytest.fixture(autouse=True)
def few_comparisons(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = (
        comparison(Source.BYTECODE),
        comparison(Source.BYTECODE, wrong_once),
        comparison(Source.RECORDED),
    )
    monkeypatch.setitem(sys.modules, "bot.bench.few", SimpleNamespace(COMPARISONS=found))
    monkeypatch.setattr(exactness, "_MODULES", ("few",))
    monkeypatch.setattr(exactness, "ProcessPoolExecutor", ThreadPoolExecutor)  # they know "few"
    monkeypatch.setenv("REPEG_DATA_DIR", str(tmp_path))


@pytest.fixture
def no_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> list[str]:
        raise PeersAbsent(name)

    monkeypatch.setattr(negative_control, "python_program", absent)


@pytest.mark.usefixtures("no_peers")
def test_figures_count_points_and_differences_by_kind_and_source() -> None:
    measured = exactness.run(points=10)
    assert measured.figures == {
        "points": 31,
        "paying_points": 30,
        "mismatches": 1,
        "converter_bytecode_points": 21,
        "converter_bytecode_paying_points": 20,
        "converter_bytecode_mismatches": 1,
        "converter_bytecode_max_wei": 3,
        "converter_bytecode_sum_wei": 3,
        "converter_recorded_points": 10,
        "converter_recorded_paying_points": 10,
        "converter_recorded_mismatches": 0,
        "converter_recorded_max_wei": 0,
        "converter_recorded_sum_wei": 0,
    }
    assert any(
        "11 points, 10 of them paying, 1 differ by up to 3 wei" in note for note in measured.notes
    )


@pytest.mark.usefixtures("no_peers")
def test_what_could_not_be_compared_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REPEG_DATA_DIR", str(tmp_path / "nothing"))
    measured = exactness.run(points=10)
    assert measured.figures["paying_points"] == 20
    assert not any(key.startswith("converter_recorded") for key in measured.figures)
    assert any("recorded values were not compared" in note for note in measured.notes)
    assert any("the known-wrong quoter was not tried" in note for note in measured.notes)


def test_benchmark_fails_where_a_wrong_quoter_is_not_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = (comparison(Source.BYTECODE), comparison(Source.BYTECODE))
    monkeypatch.setattr(negative_control, "comparisons", lambda: both)
    with pytest.raises(AssertionError, match="not caught"):
        exactness.run(points=1)

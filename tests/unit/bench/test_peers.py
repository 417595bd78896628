"""Talking to others' programs: one line in, one line out, and plain words where there are none."""

import sys
from pathlib import Path

import pytest

from bot.bench import peers
from bot.bench.peers import Peers, PeersAbsent, node_program, peers_packages, python_program
from bot.bench.quotes import _differences
from bot.bench.timing import OwnWay, microseconds

ECHO = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    print("a library prints this")
    if "die" in request:
        sys.exit("it was too much")
    if "count" in request:
        print(request["count"] / 1000, flush=True)
    else:
        print(json.dumps({"answers": {"one": request}, "problems": {"two": "no"}}), flush=True)
"""


def program() -> Peers:
    return Peers([sys.executable, "-c", ECHO])


def test_a_program_answers_one_line_for_each() -> None:
    with program() as asked:
        found = asked.prepare({"v3_no_tick": "12345678901234567890"})
        assert found.answers == {"one": {"v3_no_tick": 12345678901234567890}}
        assert found.problems == {"two": "no"}
        assert asked.seconds("one", "v3_no_tick", 2_000) == 2.0


def test_a_program_that_ends_says_why() -> None:
    with program() as asked, pytest.raises(PeersAbsent, match="it was too much"):
        asked.prepare({"die": 1})


def test_a_missing_environment_is_said_plainly_and_nothing_is_invented(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "_FOLDER", tmp_path)
    for missing in (
        lambda: python_program("quotes.py"),
        lambda: node_program("quotes.mjs"),
        peers_packages,
    ):
        with pytest.raises(PeersAbsent, match="run: make peers"):
            missing()


def test_a_peer_that_answers_differently_is_named_with_its_distance() -> None:
    ways = {name: OwnWay(lambda: 100) for name in ("own", "loop", "pyrevm", "right")}
    assert _differences("v3", {**ways, "wrong": OwnWay(lambda: 107)}) == [
        "v3: wrong is off by +7 base units"
    ]


def test_a_wrong_answer_of_our_own_ends_the_benchmark() -> None:
    ways = {name: OwnWay(lambda: 100) for name in ("loop", "pyrevm")}
    with pytest.raises(AssertionError, match="quotes differ"):
        _differences("v3", {**ways, "own": OwnWay(lambda: 99)})


class Clock:
    """A way that takes the seconds it is told to, each time it is asked."""

    answer = 1

    def __init__(self, second_s: float) -> None:
        self.second_s, self.counts = second_s, list[int]()

    def seconds(self, count: int) -> float:
        self.counts.append(count)
        return self.second_s * count


def test_a_slow_way_is_asked_less_often_and_each_time_is_per_answer() -> None:
    quick, slow = Clock(1e-6), Clock(1e-2)
    times = microseconds({"quick": quick, "slow": slow})
    assert times == pytest.approx({"quick": 1.0, "slow": 10_000.0})
    assert max(slow.counts) == 20
    assert max(quick.counts) == pytest.approx(50_000, abs=1)

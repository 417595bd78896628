"""One exact quote, against the contracts' own loops, the contracts in an EVM, and other libraries.

All are asked about the same pools in the same states. Ours must be the contracts' answers; what a
library answers differently is said beside its time.
"""

from collections.abc import Mapping
from contextlib import ExitStack

from bot.bench.contract_loops import get_dy, swap_downwards
from bot.bench.evm import PoolEvm
from bot.bench.peers import PeersAbsent
from bot.bench.quote_peers import peer_ways
from bot.bench.quote_questions import (
    CurveQuestion,
    RangeQuestion,
    curve_questions,
    range_questions,
)
from bot.bench.runner import Measured
from bot.bench.timing import OwnWay, Way, microseconds

_CERTAIN = ("own", "loop", "pyrevm")


def run() -> Measured:
    """Return microseconds per quote, and how many times longer the other ways take."""
    evm = PoolEvm()
    ranges, curves = range_questions(), curve_questions(evm)
    evm.put_v3(ranges["v3_no_tick"].pool)
    ways: dict[str, dict[str, Way]] = {
        **{name: _range_ways(evm, question) for name, question in ranges.items()},
        **{name: _curve_ways(evm, question) for name, question in curves.items()},
    }
    notes: list[str] = []
    with ExitStack() as running:
        try:
            others, problems = running.enter_context(peer_ways(ranges, curves))
        except PeersAbsent as absent:
            others, problems = {}, [str(absent)]
        notes += problems
        for name, of in ways.items():
            of.update(others.get(name, {}))
            notes += _differences(name, of)
        measured = {name: microseconds(of) for name, of in ways.items()}
    return Measured(
        figures={f"{name}_us": round(times["own"], 2) for name, times in measured.items()},
        peers=_peers(measured),
        notes=tuple(notes),
    )


def _range_ways(evm: PoolEvm, question: RangeQuestion) -> dict[str, Way]:
    pool, size = question.pool, question.size
    return {
        "own": OwnWay(lambda: pool.amount_out(0, 1, size)),
        "loop": OwnWay(lambda: swap_downwards(pool, size)),
        "pyrevm": OwnWay(evm.v3_question(pool, size)),
    }


def _curve_ways(evm: PoolEvm, question: CurveQuestion) -> dict[str, Way]:
    pool, size, (i, j) = question.pool, question.size, question.coins
    return {
        "own": OwnWay(lambda: pool.amount_out(i, j, size)),
        "loop": OwnWay(lambda: get_dy(pool, i, j, size)),
        "pyrevm": OwnWay(evm.curve_question(pool.spec, i, j, size)),
    }


def _differences(name: str, ways: Mapping[str, Way]) -> list[str]:
    """Return which peers answer differently from the contract, in base units of what is bought.

    Raises:
        AssertionError: our own answer differs.
    """
    contract = ways["pyrevm"].answer
    ours = {way: ways[way].answer for way in _CERTAIN}
    if len(set(ours.values())) != 1:
        raise AssertionError(f"{name}: quotes differ: {ours}")
    return [
        f"{name}: {peer} is off by {way.answer - contract:+d} base units"
        for peer, way in ways.items()
        if way.answer != contract
    ]


def _peers(measured: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    peers = {}
    for name, times in measured.items():
        for way, time_us in times.items():
            if way != "own":
                peers[f"{name}_{way}_us"] = round(time_us, 2)
                peers[f"{name}_{way}_times"] = round(time_us / times["own"], 1)
    return peers

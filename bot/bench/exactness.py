"""Every kind of pool against its bytecode, a stand-in, or values recorded from mainnet, in wei.

A quote is either equal to the chain's or wrong: the benchmark counts points and differences.
"""

import os
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module

import msgspec

from bot.bench import negative_control
from bot.bench.comparison import Comparison, Source
from bot.bench.peers import PeersAbsent
from bot.bench.records import RecordsAbsent, records_folder
from bot.bench.runner import Measured

POINTS = 100_000  # of each comparison that pay; recorded values are as many as there are
_SEED = 20_261_123
_TRIES = 8  # points asked for where one that pays is wanted: refusals are points too
_MODULES = ("exact_uniswap", "exact_curve", "exact_balancer", "exact_rails")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how far one comparison went wrong; amounts in base units."""

    points: int
    paying: int  # points where either side pays: the others are refusals that agree
    mismatches: int
    largest: int
    total: int


def run(points: int = POINTS) -> Measured:
    """Compare all, two at a time where there are two processors; minutes at full length.

    `<kind>_<source>_points`, `_paying_points`, `_mismatches`, `_max_wei` and `_sum_wei` over all
    its comparisons; one note for each of them, and for what could not be compared here.
    """
    chosen = comparisons()
    notes: tuple[str, ...] = ()
    try:
        records_folder()
    except RecordsAbsent as absent:
        notes = (f"recorded values were not compared: {absent}",)
        chosen = {key: one for key, one in chosen.items() if one.source is not Source.RECORDED}
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        found = dict(
            zip(chosen, workers.map(_outcome, chosen, [points] * len(chosen)), strict=True)
        )
    lines = [_line(one, found[key]) for key, one in chosen.items()]
    peers, told = _negative_control()
    return Measured(figures=_figures(chosen, found), peers=peers, notes=(*lines, *notes, *told))


def comparisons() -> dict[tuple[str, int], Comparison]:
    """Return all, by module and place: functions of every kind, so workers find them by name."""
    return {
        (module, place): comparison
        for module in _MODULES
        for place, comparison in enumerate(import_module(f"bot.bench.{module}").COMPARISONS)
    }


def compare(comparison: Comparison, points: int, seed: int = _SEED) -> Outcome:
    """Return what came of random points, until `points` of them paid, or of all recorded values."""
    count = paying = mismatches = largest = total = 0
    is_recorded = comparison.source is Source.RECORDED
    for own, chains in comparison.pairs(points if is_recorded else points * _TRIES, seed):
        count += 1
        paying += own != 0 or chains != 0
        if own != chains:
            mismatches += 1
            largest = max(largest, abs(own - chains))
            total += abs(own - chains)
        if paying == points and not is_recorded:
            break
    return Outcome(points=count, paying=paying, mismatches=mismatches, largest=largest, total=total)


def _negative_control() -> tuple[dict[str, float], list[str]]:
    """Compare a quoter that is known to be wrong, and see that it is caught.

    Raises:
        AssertionError: it was not.
    """
    try:
        before, after = negative_control.comparisons()
    except PeersAbsent as absent:
        return {}, [f"the known-wrong quoter was not tried: {absent}"]
    right = compare(before, negative_control.POINTS)
    wrong = compare(after, negative_control.POINTS)
    if not wrong.mismatches:
        raise AssertionError("a quoter that is wrong past the first tick was not caught")
    figures: dict[str, float] = {
        "wrong_quoter_before_tick_points": right.points,
        "wrong_quoter_before_tick_mismatches": right.mismatches,
        "wrong_quoter_past_tick_points": wrong.points,
        "wrong_quoter_past_tick_mismatches": wrong.mismatches,
        "wrong_quoter_past_tick_max_wei": wrong.largest,
    }
    return figures, [_line(before, right), _line(after, wrong)]


def _outcome(key: tuple[str, int], points: int) -> Outcome:
    module, place = key
    return compare(import_module(f"bot.bench.{module}").COMPARISONS[place], points)


def _figures(
    chosen: dict[tuple[str, int], Comparison], found: dict[tuple[str, int], Outcome]
) -> dict[str, float]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for key, comparison in chosen.items():
        name = f"{comparison.kind.name}_{comparison.source.name}".lower()
        groups[name].append(found[key])
    figures: dict[str, float] = {
        "points": sum(outcome.points for outcome in found.values()),
        "paying_points": sum(outcome.paying for outcome in found.values()),
        "mismatches": sum(outcome.mismatches for outcome in found.values()),
    }
    for name, outcomes in groups.items():
        figures |= {
            f"{name}_points": sum(outcome.points for outcome in outcomes),
            f"{name}_paying_points": sum(outcome.paying for outcome in outcomes),
            f"{name}_mismatches": sum(outcome.mismatches for outcome in outcomes),
            f"{name}_max_wei": max(outcome.largest for outcome in outcomes),
            f"{name}_sum_wei": sum(outcome.total for outcome in outcomes),
        }
    return figures


def _line(comparison: Comparison, outcome: Outcome) -> str:
    counted = f"{outcome.points:,} points, {outcome.paying:,} of them paying"
    equal = f"{counted}, {outcome.mismatches:,} differ"
    worst = f" by up to {outcome.largest:,} wei" if outcome.mismatches else ""
    against = comparison.source.value
    return f"{comparison.kind.value}: {comparison.name}, against {against}: {equal}{worst}"

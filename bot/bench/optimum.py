"""The search for the best trade: one cycle at a time, and whole markets, beside other ways."""

from collections.abc import Callable, Sequence
from math import log

import numpy as np

from bot.amm.optimum import Step
from bot.amm.path_sizing import SizedPath
from bot.bench.cycle_peers import cycle_peers
from bot.bench.optimum_cycles import path_finder, sized_cycles
from bot.bench.optimum_markets import SearchedMarket, searched_markets
from bot.bench.runner import Measured
from bot.domain.units import Raw

_CYCLES = 4_000
_MARKETS = {50: 75, 200: 50, 1_000: 25}  # by pools
_SEED = 20_230_311


def run(points: int = _CYCLES) -> Measured:
    """Return the figures of `points` random cycles and of as many markets in proportion."""
    peers = cycle_peers(_OwnSearch())
    searched = {
        pools: list(searched_markets(pools, max(2, count * points // _CYCLES), _SEED))
        for pools, count in _MARKETS.items()
    }
    figures = _cycle_figures(points) | peers.figures
    for pools, markets in searched.items():
        figures |= _time_figures(pools, markets)
    figures |= _gap_figures([market for markets in searched.values() for market in markets])
    few, _, many = searched
    figures["growth_exponent"] = round(
        log(figures[f"market_{many}_warm_median_ms"] / figures[f"market_{few}_warm_median_ms"])
        / log(many / few),
        3,
    )
    notes = (
        "times of markets are 99th percentiles of the fastest of three runs each, medians apart",
        "programs end in the numeraire; where a cycle in other tokens earns more, it is the plan",
        *peers.notes,
    )
    return Measured(figures=figures, peers=peers.peers, notes=notes)


def _cycle_figures(count: int) -> dict[str, float]:
    cycles = list(sized_cycles(count, _SEED))
    times = [cycle.microseconds for cycle in cycles]
    return {
        "cycle_us": round(float(np.median(times)), 2),
        "cycle_p99_us": round(float(np.percentile(times, 99)), 2),
        "cycle_looked_up_us": round(float(np.median([cycle.looked_up for cycle in cycles])), 2),
        "cycle_share_min": min(cycle.share for cycle in cycles),
    }


def _time_figures(pools: int, markets: Sequence[SearchedMarket]) -> dict[str, float]:
    figures = {}
    for name in ("warm", "cold", "plan", "cycles"):
        times = [getattr(market, f"{name}_ms") for market in markets]
        figures[f"market_{pools}_{name}_ms"] = round(float(np.percentile(times, 99)), 2)
        figures[f"market_{pools}_{name}_median_ms"] = round(float(np.median(times)), 2)
    return figures


def _gap_figures(markets: Sequence[SearchedMarket]) -> dict[str, float]:
    feasible = [market for market in markets if market.plan_feasible]
    gaps = [market.exact_gap for market in feasible]
    return {
        "markets": len(markets),
        "bound_gap_median": float(np.median(gaps)),
        "bound_gap_max": max(gaps),
        "infeasible_plans": len(markets) - len(feasible),
        "gas_bound_gap_median": float(np.median([market.plan_gap for market in markets])),
        "programs_below_best_cycle": sum(market.plan_net < market.single_net for market in markets),
    }


class _OwnSearch:
    """Our size of a path; its pictures are made once, as once in a block."""

    def __init__(self) -> None:
        self._steps: Sequence[Step] = ()
        self._path_of: Callable[[], SizedPath] | None = None

    def __call__(self, steps: Sequence[Step]) -> Raw:
        if self._path_of is None or steps is not self._steps:
            self._steps, self._path_of = steps, path_finder(steps)
        return self._path_of().size()

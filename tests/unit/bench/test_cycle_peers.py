"""The cycle that others are asked about: it pays, and its best size lies many ticks away."""

from itertools import pairwise

from bot.amm.optimum import Step, quote_path
from bot.bench.cycle_peers import two_ranges
from bot.bench.golden_search import best_size
from bot.domain.units import Raw


def test_the_cycle_crosses_many_ticks_of_both_pools_at_its_best_size() -> None:
    dear, cheap = two_ranges()
    steps: list[Step] = [(dear, 0, 1), (cheap, 1, 0)]
    size, profit = best_size(lambda size: quote_path(steps, size)[-1] - size, Raw(10**13))
    assert profit > 1_000 * 10**6
    for (pool, i, j), (before, after) in zip(
        steps, pairwise([size, *quote_path(steps, size)]), strict=True
    ):
        stops = [into for into, _ in pool.stops(i, j) if into <= before]
        assert len(stops) >= 5, pool.spec.name
        assert after == pool.amount_out(i, j, before)

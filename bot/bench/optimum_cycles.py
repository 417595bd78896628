"""One cycle at a time: our size beside the best of an integer search, on random cycles."""

import time
from collections.abc import Callable, Iterator, Sequence
from random import Random

import msgspec

from bot.amm.constant_product import ConstantProductPool
from bot.amm.graph import Hop
from bot.amm.optimum import Step, quote_path
from bot.amm.path_sizing import SizedPath
from bot.amm.pool import Pool
from bot.amm.router import Router
from bot.bench.golden_search import best_size
from bot.bench.random_shapes import curve_at, ranges_at, spec_of, token_at
from bot.domain.assets import Token
from bot.domain.units import Raw
from bot.domain.venues import Venue

SHAPES = ("ranges, ranges", "ranges, curve", "far curve, ranges", "ranges, curve, pair")
_TIMED = 20  # runs of each cycle; the fastest counts, as noise only adds
_LEAST_PROFIT = 1  # whole coins; below it the decimals of the tokens decide


class SizedCycle(msgspec.Struct, frozen=True):
    """How a cycle went: `share` of the best profit known, and the time of its size and quote."""

    share: float
    microseconds: float
    looked_up: float  # microseconds with the look-up of its pools' rows, as the planner asks


def sized_cycles(count: int, seed: int) -> Iterator[SizedCycle]:
    """Yield `count` cycles that gain, of all shapes in turn."""
    rng = Random(seed)
    found = 0
    while found < count:
        steps = _cycle(rng, SHAPES[found % len(SHAPES)])
        path_of = path_finder(steps)
        first, i, j = steps[0]
        # What is left out is decided by the other way: a cycle that the search misses must count.
        tried = _by_trying(steps, first.max_in(i, j))
        if tried < _LEAST_PROFIT * 10 ** first.spec.tokens[i].decimals:
            continue
        found += 1
        size, received = path_of().best()
        profit = received[-1] - size if received else 0
        yield SizedCycle(
            profit / max(profit, tried),
            _microseconds(path_of().best),
            _microseconds(lambda: path_of().best()),  # noqa: B023
        )


def path_finder(steps: Sequence[Step]) -> Callable[[], SizedPath]:
    """Return what answers the cycle through `steps` in a market of its own, as the planner asks."""
    pools = {pool.spec: pool for pool, _, _ in steps}
    first, i, _ = steps[0]
    router = Router(list(pools), first.spec.tokens[i])
    router.refresh(pools)
    hops = tuple(Hop(pool=pool.spec, i=i, j=j) for pool, i, j in steps)
    return lambda: router.path(hops)


def _by_trying(steps: list[Step], upper: Raw) -> int:
    return best_size(lambda size: quote_path(steps, size)[-1] - size, upper)[1]


def _microseconds(act: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(_TIMED):
        started = time.process_time()
        act()
        best = min(best, time.process_time() - started)
    return best * 1e6


def _cycle(rng: Random, shape: str) -> list[Step]:
    """Return pools whose prices are apart by a few tenths of a per cent, or by far more."""
    first, second, third = (token_at(place, rng.choice((6, 18))) for place in range(3))
    gap = abs(rng.gauss(0, 0.003)) + 0.0008
    if shape == "ranges, ranges":
        dear = _ranges(rng, (first, second), 1 + gap)
        return [(dear, 0, 1), (_ranges(rng, (first, second), 1.0), 1, 0)]
    if shape == "ranges, curve":
        dear = _ranges(rng, (first, second), 1 + gap)
        return [(dear, 0, 1), (_curve(rng, (first, second), 1.0), 1, 0)]
    if shape == "far curve, ranges":
        far = _curve(rng, (first, second), 1 + 30 * gap)
        return [(far, 0, 1), (_ranges(rng, (first, second), 1 + 20 * gap), 1, 0)]
    dear = _ranges(rng, (first, second), 1 + gap + 0.004)
    return [
        (dear, 0, 1),
        (_curve(rng, (second, third), 1.0), 0, 1),
        (_pair(rng, third, first), 0, 1),
    ]


def _ranges(rng: Random, tokens: tuple[Token, ...], price: float) -> Pool:
    fee, spacing = rng.choice(((100, 1), (500, 10)))
    spec = spec_of(Venue.UNISWAP_V3, tokens, rng.randrange(10**6), fee, spacing)
    return ranges_at(rng, spec, price, ticks=rng.randint(40, 80), worth=10 ** rng.uniform(6, 7.7))


def _curve(rng: Random, tokens: tuple[Token, ...], price: float) -> Pool:
    return curve_at(
        spec_of(Venue.CURVE, tokens, rng.randrange(10**6)),
        (price, 1.0),
        worth=10 ** rng.uniform(6, 8.3),
        amplification=rng.choice((100, 400, 2_000, 4_000)),
        fee=10**6,
    )


def _pair(rng: Random, first: Token, second: Token) -> Pool:
    worth = 10 ** rng.uniform(6, 7.5)
    return ConstantProductPool(
        spec=spec_of(Venue.UNISWAP_V2, (first, second), 0),
        block=0,
        reserves=(Raw(int(worth * 10**first.decimals)), Raw(int(worth * 10**second.decimals))),
    )

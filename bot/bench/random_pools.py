"""Random states of concentrated liquidity, and the snapshot a reader with a window makes."""

from bisect import bisect_left, bisect_right
from random import Random

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK, WORD, sqrt_ratio_at
from bot.domain.venues import PoolSpec


class PoolState(msgspec.Struct, frozen=True):
    """Everything about a pool, seen or not."""

    sqrt_price: int
    tick: int
    liquidity: int
    nets: dict[int, int]


def random_state(rng: Random, spacing: int) -> PoolState:
    """Return positions laid at random: crowded, sparse, with gaps, near the ends, or none.

    Some ticks are initialised without changing the liquidity: what two positions that meet leave.
    """
    low, high = -(-MIN_TICK // spacing) * spacing, MAX_TICK // spacing * spacing
    anywhere = rng.choice([rng.randint(low, high), rng.randint(low, high), low, high])
    centre = rng.choice([rng.randint(-3_000, 3_000), anywhere])
    span = spacing * rng.choice([10, 60, 600, 6_000])
    places = [p for p in range(0, 61, rng.choice([1, 3, 20])) if rng.random() < 0.9]
    ticks = {
        min(max((centre + rng.randint(-span, span)) // spacing * spacing, low), high)
        for _ in places
    }
    nets = dict.fromkeys(sorted(ticks | rng.choice([set(), {low, high}])), 0)
    size = 10 ** rng.uniform(1, rng.choice([30, 30, 36]))
    ordered = list(nets)
    for k, lower in enumerate(ordered[:-1]):
        amount = int(size * rng.random()) + 1
        nets[lower] += amount
        nets[rng.choice(ordered[k + 1 :])] -= amount
    nets = {tick: net for tick, net in nets.items() if net}
    touching = rng.choice([[], [], rng.choices(ordered or [low], k=5)])
    nets |= {tick + spacing: 0 for tick in touching if tick < high and tick + spacing not in nets}
    return _placed(rng, nets, min(max(centre, MIN_TICK + 1), MAX_TICK - 2))


def _placed(rng: Random, nets: dict[int, int], around: int) -> PoolState:
    tick = rng.choice([around, *nets, *nets])
    tick = min(max(tick, MIN_TICK), MAX_TICK - 1)
    at, above = sqrt_ratio_at(tick), sqrt_ratio_at(tick + 1)
    sqrt_price = rng.choice([at, at + 1, rng.randrange(at, above), above - 1])
    if sqrt_price == at and tick > MIN_TICK and rng.random() < 0.5:
        tick -= 1  # as after a fall that ended exactly on the tick
    liquidity = sum(net for at_tick, net in nets.items() if at_tick <= tick)
    return PoolState(sqrt_price, tick, liquidity, nets)


def random_words(rng: Random, spacing: int) -> int:
    """Return how many bitmap words a reader scans: usually as the bot does, at times to the ends.

    To the ends of a fine pool is too far to be worth it.
    """
    return rng.choice([0, 1, 2, 2, 2, 200 // spacing if spacing < 60 else 100])


def seen_through_window(state: PoolState, spec: PoolSpec, words: int) -> ConcentratedPool:
    """Return the snapshot of a reader that scans `words` bitmap words to each side."""
    stride = WORD * spec.tick_spacing
    first = state.tick // spec.tick_spacing // WORD - words
    low, high = max(first * stride, MIN_TICK), (first + 2 * words + 1) * stride - 1
    high = min(high, MAX_TICK)
    ordered = sorted(state.nets)
    ticks = ordered[bisect_left(ordered, low) : bisect_right(ordered, high)]
    return ConcentratedPool(
        spec=spec,
        block=1,
        sqrt_price_x96=state.sqrt_price,
        tick=state.tick,
        liquidity=state.liquidity,
        fee=spec.fee,
        tick_spacing=spec.tick_spacing,
        lowest_tick=low,
        highest_tick=high,
        ticks=tuple(ticks),
        liquidity_nets=tuple(state.nets[tick] for tick in ticks),
    )

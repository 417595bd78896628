"""Random Uniswap V3 states: the pool's storage, and the snapshot a reader with a window makes."""

from bisect import bisect_left, bisect_right
from random import Random

import msgspec

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_TICK, MIN_TICK, WORD, sqrt_ratio_at
from bot.bench.real_contracts import RealContracts, mapping_slot
from bot.domain.units import Pips
from bot.domain.venues import PoolSpec

SLOT0, LIQUIDITY, TICKS, BITMAP = 0, 4, 5, 6
UNLOCKED_WITH_ONE_OBSERVATION = 1 << 240 | 1 << 216 | 1 << 200
UINT256, UINT128 = 1 << 256, 1 << 128


class PoolState(msgspec.Struct, frozen=True):
    """Everything about a pool, seen or not."""

    sqrt_price: int
    tick: int
    liquidity: int
    nets: dict[int, int]


def random_state(rng: Random, spacing: int) -> PoolState:
    """Return positions laid at random: crowded, sparse, with gaps, near the ends, or none."""
    low, high = -(-MIN_TICK // spacing) * spacing, MAX_TICK // spacing * spacing
    centre = rng.choice([rng.randint(-3_000, 3_000), rng.randint(low, high)])
    span = spacing * rng.choice([10, 60, 600, 6_000])
    places = [p for p in range(0, 61, rng.choice([1, 3, 20])) if rng.random() < 0.9]
    ticks = {
        min(max((centre + rng.randint(-span, span)) // spacing * spacing, low), high)
        for _ in places
    }
    nets = dict.fromkeys(sorted(ticks | rng.choice([set(), {low, high}])), 0)
    size = 10 ** rng.uniform(1, 30)
    ordered = list(nets)
    for k, lower in enumerate(ordered[:-1]):
        amount = int(size * rng.random()) + 1
        nets[lower] += amount
        nets[rng.choice(ordered[k + 1 :])] -= amount
    nets = {tick: net for tick, net in nets.items() if net}
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


def seen_through_window(
    state: PoolState, spec: PoolSpec, *, fee: int, spacing: int, words: int
) -> ConcentratedPool:
    """Return the snapshot of a reader that scans `words` bitmap words to each side."""
    stride = WORD * spacing
    first = state.tick // spacing // WORD - words
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
        fee=Pips(fee),
        tick_spacing=spacing,
        lowest_tick=low,
        highest_tick=high,
        ticks=tuple(ticks),
        liquidity_nets=tuple(state.nets[tick] for tick in ticks),
    )


class PoolStorage:
    """Puts one state after another into one pool's storage."""

    def __init__(self, contracts: RealContracts, address: str, spacing: int) -> None:
        self._contracts, self._address, self._spacing = contracts, address, spacing
        self._words: set[int] = set()

    def put(self, state: PoolState) -> None:
        """Write `state`; ticks of the one before no longer count."""
        write, address = self._contracts.write, self._address
        packed = state.sqrt_price | state.tick % (1 << 24) << 160 | UNLOCKED_WITH_ONE_OBSERVATION
        write(address, SLOT0, packed)
        write(address, LIQUIDITY, state.liquidity)
        for tick, net in state.nets.items():
            write(address, mapping_slot(tick, TICKS), abs(net) | net % UINT128 << 128)
        bitmap = dict.fromkeys(self._words, 0)
        for tick in state.nets:
            position = tick // self._spacing
            bitmap[position // WORD] = bitmap.get(position // WORD, 0) | 1 << position % WORD
        for word_position, bits in bitmap.items():
            write(address, mapping_slot(word_position, BITMAP), bits)
        self._words = {place for place, bits in bitmap.items() if bits}

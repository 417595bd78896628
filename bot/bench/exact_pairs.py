"""Uniswap V2 pairs and their forks against their bytecode.

A pair does not quote: it lets any output go that its own check passes. So the chain's answer is
the largest output it lets go, or the least input it takes, found by trying.
"""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from random import Random

import msgspec

from bot.amm.constant_product import ConstantProductPool
from bot.bench.comparison import Pair
from bot.bench.real_contracts import TRADER, Reverted, local_contracts
from bot.chain.abi import encode
from bot.domain.units import PIPS, Pips, Raw
from bot.domain.venues import V2_USDC_USDT, PoolSpec
from bot.sandbox.pools import PANCAKE_PAIRS, SUSHI_PAIRS, V2_PLAIN

_SIZES = 10  # of each state
_RESERVE_MAX = 2**112 - 1
_DECIMALS = (2, 6, 8, 18)


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """Pairs of one bytecode."""

    pairs: tuple[PoolSpec, ...]
    fee: Pips
    reserves_slot: int


UNISWAP = Family(pairs=(V2_USDC_USDT, V2_PLAIN, *SUSHI_PAIRS), fee=Pips(3_000), reserves_slot=8)
PANCAKE = Family(pairs=PANCAKE_PAIRS, fee=Pips(2_500), reserves_slot=7)


def paid(family: Family, points: int, seed: int) -> Iterator[Pair]:
    """Yield the most that pairs let out for random inputs."""
    return islice(_paid(Trials(family), Random(seed)), points)


def taken(family: Family, points: int, seed: int) -> Iterator[Pair]:
    """Yield the least that buys random outputs, by the rule of `UniswapV2Library.getAmountIn`."""
    return islice(_taken(Trials(family), Random(seed)), points)


class Trials:
    """One random pair after the other, and what it lets go."""

    def __init__(self, family: Family) -> None:
        self._family, self._contracts = family, local_contracts()

    def draw(self, rng: Random) -> ConstantProductPool:
        """Return a pair of coins of 2 to 18 decimals: even, up to 99:1, of any sizes, or empty."""
        spec = rng.choice(self._family.pairs)
        coins, share = 10 ** rng.uniform(0, 11), rng.choice([0.5, 0.01, 0.99, rng.random()])
        first, second = (10 ** rng.choice(_DECIMALS) for _ in spec.tokens)
        even = int(coins * share * first), int(coins * (1 - share) * second)
        wild = int(2 ** rng.uniform(1, 112)), int(2 ** rng.uniform(1, 112))
        empty = rng.choice([(0, 0), (0, wild[1])])
        chosen = rng.choice([even, even, even, wild, wild, wild, empty])
        first, second = (min(reserve, _RESERVE_MAX - 1) for reserve in chosen)
        return ConstantProductPool(
            spec=spec, block=1, reserves=(Raw(first), Raw(second)), fee=self._family.fee
        )

    def lets(self, pool: ConstantProductPool, i: int, size: int, out: int) -> bool:
        """Tell whether the pair, paid `size` of coin `i`, lets `out` of the other go."""
        contracts, address = self._contracts, pool.spec.address
        packed = pool.reserves[0] | pool.reserves[1] << 112
        contracts.write(address, self._family.reserves_slot, packed)
        for coin, token in enumerate(pool.spec.tokens):
            held = pool.reserves[coin] + (size if coin == i else 0)
            contracts.set_balance(token, address, held)
            contracts.set_balance(token, TRADER, 0)
        outputs = (0, out) if i == 0 else (out, 0)
        try:
            contracts.call(
                address, encode("swap(uint256,uint256,address,bytes)", *outputs, TRADER, b"")
            )
        except Reverted:
            return False
        return contracts.balance(pool.spec.tokens[1 - i], TRADER) == out


def _paid(trials: Trials, rng: Random) -> Iterator[Pair]:
    while True:
        pool = trials.draw(rng)
        for _ in range(_SIZES):
            i = rng.randint(0, 1)
            size = _drawn(rng, pool.max_in(i, 1 - i))
            own = pool.amount_out(i, 1 - i, Raw(size))
            lets_out = partial(trials.lets, pool, i, size)
            yield own, _most(lets_out, own, pool.reserves[1 - i])


def _taken(trials: Trials, rng: Random) -> Iterator[Pair]:
    while True:
        pool = trials.draw(rng)
        for _ in range(_SIZES):
            i = rng.randint(0, 1)
            asked = _drawn(rng, pool.reserves[1 - i])
            own, limit = pool.amount_in(i, 1 - i, Raw(asked)), pool.max_in(i, 1 - i)
            one_more = _is_even(pool, i, asked)  # the library asks one above an even price
            refuses = partial(_refuses, trials, pool, i, asked)
            most_refused = _most(refuses, own - 1 - one_more if own else limit, limit)
            price = most_refused + 1 + one_more
            yield own, price if price <= limit else 0


def _refuses(trials: Trials, pool: ConstantProductPool, i: int, out: int, size: int) -> bool:
    return not trials.lets(pool, i, size, out)


def _most(accepts: Callable[[int], bool], guess: int, upto: int) -> int:
    """Return the largest number to `upto` that is accepted, where zero is, looking at one first."""
    low, high = 0, upto
    if 0 < guess <= upto:
        low, high = (guess, high) if accepts(guess) else (0, guess - 1)
    if low < high and not accepts(low + 1):
        return low
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if accepts(middle) else (low, middle - 1)
    return low


def _is_even(pool: ConstantProductPool, i: int, asked: int) -> bool:
    """Tell whether the price of `asked` is a whole number, so that the library's is one above."""
    left = pool.reserves[1 - i] - asked
    return left > 0 and pool.reserves[i] * asked * PIPS % (left * (PIPS - pool.fee)) == 0


def _drawn(rng: Random, limit: int) -> int:
    """Return a size; above `limit`, or where that is zero, the pair must refuse too."""
    above = limit + rng.choice([1, int(10 ** rng.uniform(0, 20))])
    inside = [rng.randint(0, limit), int(limit ** rng.random())]
    return max(rng.choice([1, limit, above, *inside, *inside] if limit else [1, above]), 1)

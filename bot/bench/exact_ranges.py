"""Concentrated liquidity against its bytecode: a V3 pool of each fee, and pools of V4's manager.

States lie anywhere between the ends of the price, on ticks, one unit beside them, in gaps without
liquidity; sizes go from one base unit to one more than the whole range takes, and end on stops or
one unit beside them. The arithmetic knows no decimals: liquidity of 10 to 10**30 stands for coins
of any.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Protocol

import msgspec
from eth_abi.abi import encode as abi_encode
from eth_utils.crypto import keccak

from bot.amm.concentrated import ConcentratedPool
from bot.amm.tick_math import MAX_SQRT_RATIO, MAX_TICK, MIN_SQRT_RATIO, MIN_TICK
from bot.bench.comparison import Pair
from bot.bench.random_pools import PoolState, random_state, random_words, seen_through_window
from bot.bench.range_storage import RangeStorage, v3_layout, v3_words, v4_layout, v4_words
from bot.bench.real_contracts import (
    FORTUNE,
    LOCKER,
    PAYER,
    RealContracts,
    local_contracts,
)
from bot.chain.abi import encode, selector, signed_word
from bot.domain.assets import SUSD, USDC, USDT
from bot.domain.units import PIPS, Address, Pips, Raw
from bot.domain.venues import UNISWAP_V3_FACTORY, UNISWAP_V4_POOL_MANAGER, PoolSpec, Venue

V3_SPACINGS = {100: 1, 500: 10, 3_000: 60, 10_000: 200}  # by fee in pips, as the factory has them
V4_SPACINGS = (1, 10, 60, 200, 2_000, 16_384, 32_767)

_SIZES = 10  # of each state
_WORDS_SEEN = 2  # to each side, where a state is put by hand
_PRICE_LIMITS = (MIN_SQRT_RATIO + 1, MAX_SQRT_RATIO - 1)
_V3_SHARES = (0x00, 0x44, 0xA5)  # of the protocol, of either fee: none, a quarter, a tenth or fifth
_PROTOCOL_FEE_MAX = 1_000  # V4's
_INT256_MAX = 2**255 - 1
_KEY = "(address,address,uint24,int24,address)"
_V3_SWAP = selector("swap(address,bool,int256,uint160,bytes)")
_V4_SWAP = selector(f"swap({_KEY},(bool,int256,uint160),bytes)")
_UNLOCK = selector("unlock(bytes)")
_NO_HOOKS = "0x" + "00" * 20


class Ground(Protocol):
    """Where random states are put and swapped on."""

    def draw(self, rng: Random) -> ConcentratedPool:
        """Put a random state in place and return what a reader sees of it."""

    def swap(self, pool: ConcentratedPool, i: int, amount: int) -> tuple[int, int]:
        """Return what the contract takes and pays; a negative amount asks for output.

        Nothing is changed. Two zeros where it reverts.
        """


class V3Ground:
    """One pool of each fee, made by the real factory."""

    def __init__(self, contracts: RealContracts) -> None:
        self._contracts = contracts
        self._pools = [_created(contracts, fee, gap) for fee, gap in V3_SPACINGS.items()]

    def draw(self, rng: Random) -> ConcentratedPool:
        """See `Ground.draw`."""
        spec, storage = rng.choice(self._pools)
        state = random_state(rng, spec.tick_spacing)
        storage.put(v3_words(storage.layout, state, rng.choice(_V3_SHARES)))
        return seen_through_window(state, spec, random_words(rng, spec.tick_spacing))

    def put(self, state: PoolState, fee: int) -> ConcentratedPool:
        """Put a state of one's own into the pool of that fee; all ticks near the price are seen."""
        spec, storage = self._pools[list(V3_SPACINGS).index(fee)]
        storage.put(v3_words(storage.layout, state))
        return seen_through_window(state, spec, _WORDS_SEEN)

    def swap(self, pool: ConcentratedPool, i: int, amount: int) -> tuple[int, int]:
        """See `Ground.swap`."""
        parameters = (int(PAYER, 16), i == 0, amount, _PRICE_LIMITS[i], *_no_bytes(5))
        target = _words(int(pool.spec.address, 16))
        answer = self._contracts.call(PAYER, target + _V3_SWAP + _words(*parameters))
        if len(answer) != 64:
            return 0, 0
        return signed_word(answer, i), -signed_word(answer, 1 - i)


class V4Ground:
    """Pools without hooks of the real manager, with any fee and any protocol fees."""

    def __init__(self, contracts: RealContracts) -> None:
        self._contracts = contracts
        self._pools = [_keyed(contracts, spacing) for spacing in V4_SPACINGS]

    def draw(self, rng: Random) -> ConcentratedPool:
        """See `Ground.draw`."""
        spec, storage = rng.choice(self._pools)
        state = random_state(rng, spec.tick_spacing)
        fee = rng.choice([0, 10, 100, 500, 3_000, 10_000, rng.randint(0, PIPS), PIPS - 1, PIPS])
        shares = (_protocol_fee(rng), _protocol_fee(rng))
        storage.put(v4_words(storage.layout, state, fee, shares))
        pool = seen_through_window(state, spec, random_words(rng, spec.tick_spacing))
        return msgspec.structs.replace(pool, fee=Pips(fee), protocol_fees=shares)

    def swap(self, pool: ConcentratedPool, i: int, amount: int) -> tuple[int, int]:
        """See `Ground.swap`."""
        first, second, fee, spacing, _ = _key(pool.spec)
        key = (int(first, 16), int(second, 16), fee, spacing, 0)
        data = _V4_SWAP + _words(*key, i == 0, -amount, _PRICE_LIMITS[i], *_no_bytes(9))
        told = _UNLOCK + _words(32, len(data)) + data
        answer = self._contracts.call(LOCKER, _words(int(UNISWAP_V4_POOL_MANAGER, 16)) + told)
        if len(answer) != 32:
            return 0, 0
        halves = (answer[:16], answer[16:])
        owed, due = (int.from_bytes(halves[k], "big", signed=True) for k in (i, 1 - i))
        return -owed, due


GroundType = type[V3Ground | V4Ground]


def paid(ground_of: GroundType, points: int, seed: int) -> Iterator[Pair]:
    """Yield what exact inputs are paid; zero where they are not taken whole."""
    return islice(_paid(ground_of(local_contracts()), Random(seed)), points)


def taken(ground_of: GroundType, points: int, seed: int) -> Iterator[Pair]:
    """Yield what exact outputs cost; zero where they are not paid whole."""
    return islice(_taken(ground_of(local_contracts()), Random(seed)), points)


def _paid(ground: Ground, rng: Random) -> Iterator[Pair]:
    while True:
        pool = ground.draw(rng)
        for _ in range(_SIZES):
            i = rng.randint(0, 1)
            size = _input(rng, pool, i)
            if size:
                took, gave = ground.swap(pool, i, size)
                yield pool.amount_out(i, 1 - i, Raw(size)), gave if took == size else 0


def _taken(ground: Ground, rng: Random) -> Iterator[Pair]:
    while True:
        pool = ground.draw(rng)
        for _ in range(_SIZES):
            i = rng.randint(0, 1)
            asked = _output(rng, pool, i)
            if asked:
                took, gave = ground.swap(pool, i, -asked)
                yield pool.amount_in(i, 1 - i, Raw(asked)), took if gave == asked else 0


def _input(rng: Random, pool: ConcentratedPool, i: int) -> int:
    """Return an input, zero where nothing is known of this direction."""
    limit = pool.max_in(i, 1 - i)
    stops = [into for into, _ in pool.stops(i, 1 - i)]
    return _drawn(rng, limit, stops, _INT256_MAX if _is_whole(pool) else limit)


def _output(rng: Random, pool: ConcentratedPool, i: int) -> int:
    """Return an output, zero where nothing is known of this direction."""
    limit = pool.limits(i, 1 - i).max_out
    stops = [out for _, out in pool.stops(i, 1 - i)]
    return _drawn(rng, limit, stops, _INT256_MAX if _is_whole(pool) else limit - 1)


def _drawn(rng: Random, limit: int, stops: Sequence[int], known: int) -> int:
    """Return a size to `known`; above `limit`, or where that is zero, the chain must refuse too."""
    beside = rng.choice(stops or [1]) + rng.randint(-1, 1)
    above = limit + rng.choice([1, int(10 ** rng.uniform(0, 30))])
    drawn = [1, limit, limit - 1, above, rng.randint(0, limit), int(limit ** rng.random())]
    size = rng.choice([*drawn, beside, beside] if limit else [1, above])
    return min(max(size, 1), known)


def _words(*numbers: int) -> bytes:
    """Return the numbers as calldata; a general encoder takes as long as the swap."""
    return b"".join((number % (1 << 256)).to_bytes(32, "big") for number in numbers)


def _no_bytes(words_before: int) -> tuple[int, int]:
    """Return the place and the length of an empty `bytes`, the last of that many arguments."""
    return 32 * words_before, 0


def _is_whole(pool: ConcentratedPool) -> bool:
    return pool.lowest_tick == MIN_TICK and pool.highest_tick == MAX_TICK


def _protocol_fee(rng: Random) -> Pips:
    return Pips(rng.choice([0, 0, _PROTOCOL_FEE_MAX, rng.randint(0, _PROTOCOL_FEE_MAX)]))


def _created(contracts: RealContracts, fee: int, spacing: int) -> tuple[PoolSpec, RangeStorage]:
    tokens = (SUSD, USDT)
    pair = (token.address for token in tokens)
    create = encode("createPool(address,address,uint24)", *pair, fee)
    address = Address("0x" + contracts.call(UNISWAP_V3_FACTORY, create)[12:].hex())
    for token in tokens:
        contracts.set_balance(token, address, FORTUNE)
    spec = PoolSpec(
        name=f"V3 {fee}",
        venue=Venue.UNISWAP_V3,
        address=address,
        tokens=tokens,
        fee=Pips(fee),
        tick_spacing=spacing,
    )
    return spec, RangeStorage(contracts, v3_layout(address, spacing))


def _keyed(contracts: RealContracts, spacing: int) -> tuple[PoolSpec, RangeStorage]:
    spec = PoolSpec(
        name=f"V4 {spacing}",
        venue=Venue.UNISWAP_V4,
        address=UNISWAP_V4_POOL_MANAGER,
        tokens=(USDC, USDT),
        tick_spacing=spacing,
    )
    pool_id = keccak(abi_encode([_KEY], [_key(spec)]))
    return spec, RangeStorage(contracts, v4_layout(pool_id, spacing))


def _key(spec: PoolSpec) -> tuple[str, str, int, int, str]:
    first, second = (token.address for token in spec.tokens)
    return first, second, spec.fee, spec.tick_spacing, _NO_HOOKS

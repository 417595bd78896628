"""Curve's first pools in an in-process EVM: sUSD's and 3pool's own bytecode, with random states."""

import gzip
import json
from random import Random

import msgspec

from bot.amm.generations import Generation
from bot.amm.ramp import Ramp
from bot.amm.stableswap import StableSwapPool
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted, array_slot
from bot.bench.records import records_folder
from bot.chain.abi import encode, word
from bot.domain.units import Raw
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD, PoolSpec
from bot.sandbox.mainnet import load_alloc

NOW_S = 2_000_000_000

_THREE_POOL_CODE = "0x954a1e21"  # its hash as recorded on mainnet


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Where a pool keeps its state."""

    spec: PoolSpec
    generation: Generation
    amplification: int
    fee: int
    admin_fee: int
    balances: int
    index: str  # type of a place in `balances`
    ramp: tuple[int, int, int, int] | None = None  # initial and future A, and their times


SUSD_LAYOUT = Layout(
    spec=CURVE_SUSD,
    generation=Generation.SUSD,
    amplification=3,
    fee=4,
    admin_fee=5,
    balances=array_slot(2),
    index="int128",
)
THREE_POOL_LAYOUT = Layout(
    spec=CURVE_3POOL,
    generation=Generation.THREE_POOL,
    amplification=7,
    fee=2,
    admin_fee=3,
    balances=array_slot(1),
    index="uint256",
    ramp=(6, 7, 8, 9),
)


class ClassicCurve:
    """One pool's bytecode over the local mainnet's coins; takes states and swaps."""

    def __init__(self, layout: Layout) -> None:
        self.contracts = RealContracts(load_alloc(), timestamp_s=NOW_S)
        self.layout = layout
        for token in layout.spec.tokens:
            self.contracts.approve(token, layout.spec.address)

    def random_pool(self, rng: Random) -> StableSwapPool:
        """Return a pool from balanced to a million to one, of any size, amplification and fees."""
        tokens = self.layout.spec.tokens
        total = 10 ** rng.uniform(20, 27)
        shares = [rng.choice([1, rng.random(), 0.01, 10 ** rng.uniform(-6, 0)]) for _ in tokens]
        balances = [
            Raw(int(total * share / sum(shares)) // 10 ** (18 - token.decimals) + 1)
            for share, token in zip(shares, tokens, strict=True)
        ]
        return StableSwapPool(
            spec=self.layout.spec,
            block=1,
            amplification=rng.choice([256, 2_000, int(10 ** rng.uniform(0, 5.9))]),
            fee=rng.choice([0, 1_500_000, 4_000_000, rng.randrange(5 * 10**9)]),
            admin_fee=rng.choice([0, 5 * 10**9, 10**10, rng.randrange(10**10)]),
            balances=tuple(balances),
            generation=self.layout.generation,
            ramp=random_ramp(rng) if self.layout.ramp and rng.random() < 0.3 else None,
        ).at(NOW_S)

    def put(self, pool: StableSwapPool) -> None:
        """Give the contract the state of `pool`."""
        layout, address = self.layout, self.layout.spec.address
        self.contracts.write(address, layout.amplification, pool.amplification)
        self.contracts.write(address, layout.fee, pool.fee)
        self.contracts.write(address, layout.admin_fee, pool.admin_fee)
        for k, balance in enumerate(pool.balances):
            self.contracts.write(address, layout.balances + k, balance)
        if layout.ramp:
            ramp = pool.ramp or Ramp(pool.amplification, pool.amplification, 0, 0)
            values = (ramp.initial, ramp.future, ramp.initial_time, ramp.future_time)
            for slot, value in zip(layout.ramp, values, strict=True):
                self.contracts.write(address, slot, value)

    def view(self, i: int, j: int, amount_in: int) -> int:
        """Return what the pool's `get_dy` answers; zero where it reverts."""
        call = encode("get_dy(int128,int128,uint256)", i, j, amount_in)
        try:
            return word(self.contracts.call(self.layout.spec.address, call), 0)
        except Reverted:
            return 0

    def exchanged(self, pool: StableSwapPool, i: int, j: int, amount_in: int) -> int:
        """Swap on the state that was put, and return what is paid; zero where it reverts."""
        coin_in, coin_out = pool.spec.tokens[i], pool.spec.tokens[j]
        self.contracts.set_balance(coin_in, TRADER, amount_in)
        self.contracts.set_balance(coin_in, pool.spec.address, pool.balances[i])
        self.contracts.set_balance(coin_out, TRADER, 0)
        self.contracts.set_balance(coin_out, pool.spec.address, FORTUNE)
        call = encode("exchange(int128,int128,uint256,uint256)", i, j, amount_in, 0)
        try:
            self.contracts.call(pool.spec.address, call)
        except Reverted:
            return 0
        return self.contracts.balance(coin_out, TRADER)

    def books(self) -> tuple[int, ...]:
        """Return the balances as the pool counts them."""
        ask, address = self.contracts.ask, self.layout.spec.address
        coins = range(len(self.layout.spec.tokens))
        return tuple(ask(address, f"balances({self.layout.index})", k) for k in coins)


def susd_pool() -> ClassicCurve:
    """Return the sUSD pool of the local mainnet."""
    return ClassicCurve(SUSD_LAYOUT)


def three_pool() -> ClassicCurve:
    """Return 3pool's recorded bytecode over the local mainnet's coins.

    Raises:
        RecordsAbsent: there is no folder of recorded data.
    """
    with gzip.open(records_folder() / "mainnet-state" / "codes.json.gz") as file:
        codes = json.load(file)
    (found,) = (entry for name, entry in codes.items() if name.startswith(_THREE_POOL_CODE))
    world = ClassicCurve(THREE_POOL_LAYOUT)
    world.contracts.place(CURVE_3POOL.address, bytes.fromhex(found["code"][2:]))
    for k, token in enumerate(CURVE_3POOL.tokens):
        world.contracts.write(CURVE_3POOL.address, array_slot(0) + k, int(token.address, 16))
    return world


def random_ramp(rng: Random, digits: int = 1) -> Ramp:
    """Return a ramp that has begun by `NOW_S` and may have ended; A carries `digits`."""
    initial = int(10 ** rng.uniform(1, 5)) * digits
    future = max(int(initial * 10 ** rng.uniform(-1, 1)), digits)
    begun = NOW_S - rng.randint(0, 10**6)
    return Ramp(initial, future, begun, begun + rng.choice([86_400, rng.randint(86_400, 10**6)]))


def random_size(rng: Random, held: int, limit: int) -> int:
    """Return a size from one unit to `limit`; mostly what the balance `held` can bear.

    Where the limit is zero, any size: the chain must refuse it too.
    """
    drawn = [
        1,
        rng.randint(1, held),
        max(int(held ** rng.random()), 1),
        held * rng.randint(1, 100),
        max(int(limit ** rng.random()), 1),
    ]
    return min(rng.choice([*drawn, *drawn, limit]), limit) or rng.randint(1, held)

import gzip
import json
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.generations import Generation
from bot.amm.stableswap import StableSwapPool
from bot.bench.real_contracts import FORTUNE, TRADER, RealContracts, Reverted, array_slot
from bot.chain.abi import encode, word
from bot.domain.assets import Token
from bot.domain.units import Address, Wei
from bot.domain.venues import CURVE_3POOL, CURVE_SUSD, PoolSpec, Venue
from bot.sandbox.state import Account

STATES, SIZES = 1_000, 10
CODE_HASH_3POOL = "0x954a1e21"  # as recorded on mainnet

ETH = Token(symbol="ETH", address=Address("0x" + "ee" * 20), decimals=18)
STETH = Token(
    symbol="stETH", address=Address("0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84"), decimals=18
)
STETH_POOL = PoolSpec(
    name="Curve ETH/stETH",
    venue=Venue.CURVE,
    address=Address("0xDC24316b9AE028F1497c275EB9192a3Ea0f67022"),
    tokens=(ETH, STETH),
)


class Layout(msgspec.Struct, frozen=True):
    """Where a pool keeps its state."""

    spec: PoolSpec
    generation: Generation
    amplification: int
    fee: int
    balances: int


SUSD_LAYOUT = Layout(CURVE_SUSD, Generation.SUSD, amplification=3, fee=4, balances=array_slot(2))
THREE_LAYOUT = Layout(
    CURVE_3POOL, Generation.THREE_POOL, amplification=7, fee=2, balances=array_slot(1)
)


@pytest.fixture(scope="module")
def susd(contracts: RealContracts) -> RealContracts:
    return opened(contracts, CURVE_SUSD)


@pytest.fixture(scope="module")
def three_pool(contracts: RealContracts, data_dir: Path) -> RealContracts:
    """Return contracts with the recorded 3pool bytecode over the local mainnet's coins."""
    with gzip.open(data_dir / "mainnet-state" / "codes.json.gz") as file:
        codes = json.load(file)
    (code,) = (found["code"] for name, found in codes.items() if name.startswith(CODE_HASH_3POOL))
    contracts.place(CURVE_3POOL.address, bytes.fromhex(code[2:]))
    for k, token in enumerate(CURVE_3POOL.tokens):
        contracts.write(CURVE_3POOL.address, array_slot(0) + k, int(token.address, 16))
    return opened(contracts, CURVE_3POOL)


def opened(contracts: RealContracts, spec: PoolSpec) -> RealContracts:
    for token in spec.tokens:
        contracts.approve(token, spec.address)
    return contracts


def random_pool(rng: Random, layout: Layout) -> StableSwapPool:
    """Return a pool from balanced to a million to one, of any size, amplification and fee."""
    total = 10 ** rng.uniform(20, 27)
    shares = [rng.choice([1, rng.random(), 10 ** rng.uniform(-6, 0)]) for _ in layout.spec.tokens]
    balances = [
        int(total * share / sum(shares)) // 10 ** (18 - token.decimals) + 1
        for share, token in zip(shares, layout.spec.tokens, strict=True)
    ]
    return StableSwapPool(
        spec=layout.spec,
        block=1,
        amplification=rng.choice([256, 2_000, int(10 ** rng.uniform(0, 5.9))]),
        fee=rng.choice([0, 1_500_000, 4_000_000, rng.randrange(5 * 10**9)]),
        balances=tuple(balances),
        generation=layout.generation,
    )


def put(contracts: RealContracts, layout: Layout, pool: StableSwapPool) -> None:
    contracts.write(layout.spec.address, layout.amplification, pool.amplification)
    contracts.write(layout.spec.address, layout.fee, pool.fee)
    for k, balance in enumerate(pool.balances):
        contracts.write(layout.spec.address, layout.balances + k, balance)


def random_size(rng: Random, pool: StableSwapPool, i: int, j: int) -> int:
    limit, held = pool.max_in(i, j), pool.balances[i]
    drawn = [
        1,
        rng.randint(1, held),
        int(held ** rng.random()),
        held * rng.randint(1, 100),
        int(limit ** rng.random()),
    ]
    return rng.choice([*drawn, *drawn, limit])


def exchanged(contracts: RealContracts, pool: StableSwapPool, i: int, j: int, dx: int) -> int:
    """Return what the real `exchange` pays; zero if it reverts."""
    coin_in, coin_out = pool.spec.tokens[i], pool.spec.tokens[j]
    contracts.set_balance(coin_in, TRADER, dx)
    contracts.set_balance(coin_in, pool.spec.address, pool.balances[i])
    contracts.set_balance(coin_out, TRADER, 0)
    contracts.set_balance(coin_out, pool.spec.address, FORTUNE)
    call = encode("exchange(int128,int128,uint256,uint256)", i, j, dx, 0)
    try:
        contracts.call(pool.spec.address, call)
    except Reverted:
        return 0
    return contracts.balance(coin_out, TRADER)


def asked(contracts: RealContracts, pool: StableSwapPool, i: int, j: int, dx: int) -> int:
    """Return what the real `get_dy` answers; zero if it reverts."""
    call = encode("get_dy(int128,int128,uint256)", i, j, dx)
    try:
        return word(contracts.call(pool.spec.address, call), 0)
    except Reverted:
        return 0


def compare(contracts: RealContracts, layout: Layout, rng: Random) -> None:
    pool = random_pool(rng, layout)
    for _ in range(SIZES):
        i, j = rng.sample(range(len(pool.balances)), 2)
        dx = random_size(rng, pool, i, j)
        put(contracts, layout, pool)
        assert asked(contracts, pool, i, j, dx) == pool.get_dy(i, j, dx)
        assert exchanged(contracts, pool, i, j, dx) == pool.amount_out(i, j, dx)


def compare_above_the_limit(contracts: RealContracts, layout: Layout, rng: Random) -> None:
    pool = random_pool(rng, layout)
    i, j = rng.sample(range(len(pool.balances)), 2)
    above = pool.max_in(i, j) + 1
    put(contracts, layout, pool)
    assert pool.amount_out(i, j, above) == 0
    assert exchanged(contracts, pool, i, j, above) == 0


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_quotes_equal_the_susd_pool(susd: RealContracts, rng: Random) -> None:
    compare(susd, SUSD_LAYOUT, rng)


@pytest.mark.slow
@settings(max_examples=STATES)
@given(rng=st.randoms(use_true_random=True))
def test_quotes_equal_the_three_pool(three_pool: RealContracts, rng: Random) -> None:
    compare(three_pool, THREE_LAYOUT, rng)


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_susd_refuses_one_unit_above_max_in(susd: RealContracts, rng: Random) -> None:
    compare_above_the_limit(susd, SUSD_LAYOUT, rng)


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_three_pool_refuses_one_unit_above_max_in(three_pool: RealContracts, rng: Random) -> None:
    compare_above_the_limit(three_pool, THREE_LAYOUT, rng)


def recorded_alloc(path: Path) -> tuple[dict[str, Account], int]:
    """Return recorded accounts and the time of their block."""
    with gzip.open(path) as file:
        recorded = json.load(file)
    accounts = {
        address: Account(
            balance=Wei(int(found["balance"], 16)),
            nonce=found["nonce"],
            code=bytes.fromhex(found.get("code", "0x")[2:]),
            storage={int(slot, 16): int(value, 16) for slot, value in found["storage"].items()},
        )
        for address, found in recorded["alloc"].items()
    }
    return accounts, recorded["timestamp"]


@pytest.fixture(scope="module")
def steth_contracts(data_dir: Path) -> RealContracts:
    folder = data_dir / "mainnet-state"
    return RealContracts(
        *recorded_alloc(folder / "alloc_15746199_aavev2_balancer_curve-steth.json.gz")
    )


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_quotes_equal_a_pool_that_keeps_amplification_with_more_digits(
    steth_contracts: RealContracts, rng: Random
) -> None:
    """Curve's ETH/stETH pool; its ETH is drawn at random, its stETH is as recorded."""
    contracts, address = steth_contracts, STETH_POOL.address
    contracts.give_ether(address, int(10 ** rng.uniform(21, 25)))
    pool = StableSwapPool(
        spec=STETH_POOL,
        block=15_746_199,
        amplification=contracts.ask(address, "A_precise()"),
        amplification_precision=100,
        fee=contracts.ask(address, "fee()"),
        balances=tuple(contracts.ask(address, "balances(uint256)", k) for k in (0, 1)),
        generation=Generation.STETH,
    )
    for _ in range(SIZES):
        i, dx = rng.randint(0, 1), int(10 ** rng.uniform(0, 26))
        assert asked(contracts, pool, i, 1 - i, dx) == pool.get_dy(i, 1 - i, dx)

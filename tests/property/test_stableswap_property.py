"""What random swaps on real StableSwap bytecode show beside `repeg bench exactness`."""

import gzip
import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.generations import generation_of
from bot.amm.stableswap import StableSwapPool
from bot.bench.classic_curve import ClassicCurve, random_size, susd_pool
from bot.bench.real_contracts import RealContracts, Reverted
from bot.domain.assets import Token
from bot.domain.units import Address, Raw, Wei
from bot.domain.venues import PoolSpec, Venue
from bot.sandbox.state import Account

SIZES = 10
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


@pytest.fixture(scope="module")
def susd() -> ClassicCurve:
    return susd_pool()


@settings(max_examples=100)
@given(rng=st.randoms(use_true_random=True))
def test_least_input_buys_the_output_from_the_bytecode_and_one_less_does_not(
    susd: ClassicCurve, rng: Random
) -> None:
    pool = susd.random_pool(rng)
    i, j = rng.sample(range(len(pool.balances)), 2)
    wanted = pool.amount_out(i, j, Raw(random_size(rng, pool.balances[i], pool.max_in(i, j))))
    paid = pool.amount_in(i, j, wanted)
    if wanted:
        susd.put(pool)
        assert susd.exchanged(pool, i, j, paid) >= wanted
        susd.put(pool)
        assert susd.exchanged(pool, i, j, paid - 1) < wanted


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
        balances=tuple(Raw(contracts.ask(address, "balances(uint256)", k)) for k in (0, 1)),
        generation=generation_of(STETH_POOL, 100),
    )
    for _ in range(SIZES):
        i, dx = rng.randint(0, 1), Raw(int(10 ** rng.uniform(0, 26)))
        assert asked(contracts, i, dx) == pool.get_dy(i, 1 - i, dx)


def asked(contracts: RealContracts, i: int, amount_in: int) -> int:
    """Return what the pool's `get_dy` answers; zero if it reverts."""
    signature = "get_dy(int128,int128,uint256)"
    try:
        return contracts.ask(STETH_POOL.address, signature, i, 1 - i, amount_in)
    except Reverted:
        return 0

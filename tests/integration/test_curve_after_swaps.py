"""Swaps mined on the local chain leave Curve's pools as `after` says: books, shares, kept price."""

from random import Random

import msgspec
import pytest

from bot.amm.metapool import MetaPool
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.chain.lens import Lens
from bot.chain.rpc import RpcClient
from bot.domain.local_pools import LOCAL_METAPOOL, LOCAL_SDAI_USDC
from bot.domain.units import Raw
from bot.domain.venues import CURVE_SUSD, PoolSpec, Venue
from bot.feeds.pool_states import pool_from, read_of
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.faucet import balance_of

pytestmark = pytest.mark.anvil

SWAPS = 12
SWAP = "(int128,int128,uint256,uint256)"
CurvePool = StableSwapPool | StableSwapNgPool | MetaPool


@pytest.mark.parametrize(
    "spec", [CURVE_SUSD, LOCAL_SDAI_USDC, LOCAL_METAPOOL], ids=lambda spec: spec.name
)
def test_every_swap_pays_and_leaves_what_the_arithmetic_says(
    local_mainnet: Anvil, spec: PoolSpec
) -> None:
    rng, rpc = Random(7), RpcClient(local_mainnet.url)  # noqa: S311 - draws sizes
    chain = Deployer(rpc)
    rpc.call("anvil_impersonateAccount", DEPLOYER)
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
    for token in spec.tokens:
        allowance = "allowance(address,address)"
        (allowed,) = chain.call(token.address, allowance, "uint256", DEPLOYER, spec.address)
        if not allowed:
            chain.send(token.address, "approve(address,uint256)", spec.address, 2**255)
    name = "exchange_underlying" if spec.venue is Venue.CURVE_UNDERLYING else "exchange"
    pool = read(rpc, spec)
    for _ in range(SWAPS):
        i, j = rng.sample(range(len(spec.tokens)), 2)
        sold, bought = spec.tokens[i], spec.tokens[j]
        size = Raw(int(10 ** rng.uniform(0, 5.5) * 10**sold.decimals))
        held = balance_of(rpc, bought, DEPLOYER)
        chain.send(spec.address, f"{name}{SWAP}", i, j, size, 0)
        left = read(rpc, spec)
        at_the_swap = in_block_of(pool, left)
        paid = balance_of(rpc, bought, DEPLOYER) - held
        assert at_the_swap.amount_out(i, j, size) == paid > 0
        assert books(at_the_swap.after(i, j, size)) == books(left)
        pool = left


def read(rpc: RpcClient, spec: PoolSpec) -> CurvePool:
    answers = Lens([read_of(spec)]).look(rpc, "latest")
    found = pool_from(spec, answers.block, answers.data[0])
    assert isinstance(found, StableSwapPool | StableSwapNgPool | MetaPool)
    return found


def in_block_of(pool: CurvePool, later: CurvePool) -> CurvePool:
    """Return the state as the later block found it: with its rates, which grow by the second."""
    found = pool.at(later.timestamp_s)
    if isinstance(found, StableSwapNgPool) and isinstance(later, StableSwapNgPool):
        return msgspec.structs.replace(found, rates=later.rates)
    return found


def books(pool: CurvePool) -> tuple[object, ...]:
    if isinstance(pool, MetaPool):
        base = (pool.base.balances, pool.base_supply)
        return (*pool.balances, *base, pool.base_virtual_price, pool.base_cache_updated)
    return pool.balances

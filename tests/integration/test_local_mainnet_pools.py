"""The pools beside those the bot trades in: real bytecode, filled, and they swap."""

import pytest
from eth_abi.abi import encode as abi_encode

from bot.chain.rpc import RpcClient
from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.units import UINT256_MAX, WAD, Address
from bot.domain.venues import BALANCER_VAULT, PERMIT2, PoolSpec
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_POOL,
    BALANCER_QUERIES,
    BALANCER_WEIGHTED_POOL,
    DEPLOYER,
    UNIVERSAL_ROUTER,
)
from bot.sandbox.anvil import Anvil
from bot.sandbox.deployer import Deployer
from bot.sandbox.errors import LocalChainFailed
from bot.sandbox.faucet import balance_of
from bot.sandbox.pools import (
    PANCAKE,
    PANCAKE_PAIRS,
    PLAIN_A,
    PLAIN_B,
    SUSHI_PAIRS,
    V2_PLAIN,
    V3_DAI_USDT,
    V3_DAI_WETH,
    V3_OPENINGS,
    V3_USDC_USDT_LOW,
    V3_USDC_WETH,
    V3_USDT_WETH,
    V4_OPENINGS,
    V3Opening,
    V4Opening,
    v2_pool,
)

pytestmark = pytest.mark.anvil

FAR_FUTURE = 2**40
OTHER = Address("0x00000000000000000000000000000000000b0B01")
V4_SWAP = b"\x10"
SWAP_EXACT_IN_SINGLE, SETTLE_ALL, TAKE_ALL = 0x06, 0x0C, 0x0F
POOL_KEY = "(address,address,uint24,int24,address)"


@pytest.fixture
def chain(local_mainnet: Anvil) -> Deployer:
    rpc = RpcClient(local_mainnet.url)
    rpc.call("anvil_autoImpersonateAccount", *[True])
    rpc.call("anvil_setNextBlockBaseFeePerGas", "0x0")  # the deployer pays no gas
    return Deployer(rpc)


def test_pairs_of_forks_computed_by_create2_are_those_mainnet_knows() -> None:
    assert SUSHI_PAIRS[0].address == "0xD86A120a06255Df8D4e2248aB04d4267E23aDfaA"
    assert v2_pool(USDC, WETH, PANCAKE).address == "0x2E8135bE71230c6B1B4045696d41C09Db0414226"


def test_v3_pools_computed_by_create2_are_those_mainnet_knows() -> None:
    assert [pool.address for pool in (V3_USDC_USDT_LOW, V3_DAI_USDT)] == [
        "0x7858E59e0C01EA06Df3aF3D20aC7B0003275D4Bf",
        "0x48DA0965ab2d2cbf1C17C09cFB5Cbe67Ad5B1406",
    ]
    assert [pool.address for pool in (V3_USDC_WETH, V3_USDT_WETH, V3_DAI_WETH)] == [
        "0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640",
        "0x11b815efB8f581194ae79006d24E0d814B7697F6",
        "0x60594a405d53811d3BC4766596EFD80fd545A270",
    ]


@pytest.mark.parametrize("opening", V3_OPENINGS, ids=lambda opening: opening.pool.name)
def test_v3_pool_has_its_fee_its_tokens_and_liquidity(chain: Deployer, opening: V3Opening) -> None:
    pool = opening.pool
    assert chain.call(pool.address, "fee()", "uint24") == (opening.fee,)
    assert [chain.address_of(pool.address, f"token{place}()") for place in (0, 1)] == [
        token.address for token in pool.tokens
    ]
    for token in pool.tokens:
        dollars = 3_000 if token == WETH else 1
        held = balance_of(chain.rpc, token, pool.address) * dollars / 10**token.decimals
        assert held > 5_900_000


def test_plain_tokens_have_a_pair_on_v2(chain: Deployer) -> None:
    assert V2_PLAIN.tokens == (PLAIN_A, PLAIN_B)
    found = chain.call(V2_PLAIN.address, "getReserves()", "uint112,uint112,uint32")
    assert found[:2] == (20_000_000 * WAD,) * 2


@pytest.mark.parametrize(
    ("pool", "kept"),
    [*((pool, 9_970) for pool in SUSHI_PAIRS), *((pool, 9_975) for pool in PANCAKE_PAIRS)],
    ids=lambda value: getattr(value, "name", None),
)
def test_pair_of_a_fork_takes_its_own_fee_and_no_less(
    chain: Deployer, pool: PoolSpec, kept: int
) -> None:
    sold, bought = pool.tokens
    amount = 1_000 * 10**sold.decimals
    reserve_in, reserve_out, _ = chain.call(pool.address, "getReserves()", "uint112,uint112,uint32")
    out = amount * kept * reserve_out // (reserve_in * 10_000 + amount * kept)
    chain.send(sold.address, "transfer(address,uint256)", pool.address, amount)
    swap = "swap(uint256,uint256,address,bytes)"
    with pytest.raises(LocalChainFailed, match=": K"):
        chain.send(pool.address, swap, 0, out + 1, OTHER, b"")
    chain.send(pool.address, swap, 0, out, OTHER, b"")
    assert balance_of(chain.rpc, bought, OTHER) == out


@pytest.mark.parametrize(
    "opening", V4_OPENINGS, ids=lambda one: f"{one.tokens[0].symbol} {one.fee}"
)
def test_universal_router_swaps_in_every_v4_pool(chain: Deployer, opening: V4Opening) -> None:
    sold, bought = opening.tokens
    amount = 1_000 * 10**sold.decimals
    chain.send(
        PERMIT2,
        "approve(address,address,uint160,uint48)",
        *(sold.address, UNIVERSAL_ROUTER, 2**160 - 1, 2**48 - 1),
    )
    swap = abi_encode(
        [f"({POOL_KEY},bool,uint128,uint128,bytes)"], [(opening.key, True, amount, 0, b"")]
    )
    settle = abi_encode(["address", "uint256"], [sold.address, amount])
    take = abi_encode(["address", "uint256"], [bought.address, 0])
    actions = bytes([SWAP_EXACT_IN_SINGLE, SETTLE_ALL, TAKE_ALL])
    order = abi_encode(["bytes", "bytes[]"], [actions, [swap, settle, take]])
    before = balance_of(chain.rpc, bought, DEPLOYER)
    execute = "execute(bytes,bytes[],uint256)"
    chain.send(UNIVERSAL_ROUTER, execute, V4_SWAP, [order], FAR_FUTURE)
    got = balance_of(chain.rpc, bought, DEPLOYER) - before
    after_fee = amount * (10**6 - opening.fee) // 10**6
    assert after_fee * 9_998 // 10_000 < got < after_fee


def test_composable_stable_pool_swaps_near_par(chain: Deployer) -> None:
    got = _balancer_swap(chain, BALANCER_COMPOSABLE_POOL, (DAI.address, USDC.address), 10**21)
    assert 999_800_000 < got < 999_900_000  # 1 bp of fee, and a little depth
    got = _balancer_swap(chain, BALANCER_COMPOSABLE_POOL, (USDC.address, USDT.address), 10**9)
    assert 999_800_000 < got < 1_000_000_000


def test_weighted_pool_swaps_at_the_price_of_ether(chain: Deployer) -> None:
    got = _balancer_swap(chain, BALANCER_WEIGHTED_POOL, (WETH.address, USDC.address), WAD)
    assert 2_990 * 10**6 < got < 3_000 * 10**6


def _balancer_swap(
    chain: Deployer, pool: Address, pair: tuple[Address, Address], amount: int
) -> int:
    """Sell `amount`, and hold the queries contract to its word."""
    (pool_id,) = chain.call(pool, "getPoolId()", "bytes32")
    single = (pool_id, 0, *pair, amount, b"")
    funds = (DEPLOYER, False, DEPLOYER, False)
    types = "(bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool)"
    quote = f"querySwap({types})"
    (quoted,) = chain.call(BALANCER_QUERIES, quote, "uint256", single, funds)
    token = next(one for one in (USDC, USDT) if one.address == pair[1])
    before = balance_of(chain.rpc, token, DEPLOYER)
    chain.send(BALANCER_VAULT, f"swap({types},uint256,uint256)", single, funds, 0, UINT256_MAX)
    got = balance_of(chain.rpc, token, DEPLOYER) - before
    assert got == quoted
    return got

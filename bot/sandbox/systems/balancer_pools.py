"""Balancer V2: a composable stable pool of stablecoins, a weighted pool of WETH, and queries."""

from typing import Any

from eth_abi.abi import encode as abi_encode
from eth_utils.address import to_checksum_address

from bot.domain.assets import DAI, USDC, USDT, WETH, Token
from bot.domain.units import UINT256_MAX, WAD, Address
from bot.domain.venues import BALANCER_VAULT
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_FACTORY,
    BALANCER_FEE_PERCENTAGES,
    BALANCER_QUERIES,
    BALANCER_WEIGHTED_FACTORY,
    DEPLOYER,
    ZERO,
)
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import BALANCER
from bot.sandbox.systems.balancer import JOIN_INIT, JOIN_POOL
from bot.sandbox.systems.tokens import approve
from bot.sandbox.systems.uniswap_v2 import USD_PER_WETH

TASKS = "dist/tasks"
STABLE_DEPTH = 10_000_000  # whole coins of each
AMPLIFICATION = 2_000
STABLE_FEE_WAD, WEIGHTED_FEE_WAD = 10**14, 10**15
WETH_DEPTH = 4_000
WETH_WEIGHT_WAD = 80 * WAD // 100
OWN_TOKENS = 2**111  # of the composable pool, which holds most of its own tokens itself


def build(chain: Deployer) -> None:
    """Deploy the factories at mainnet's addresses; each makes its first pool."""
    fees = f"{TASKS}/20220725-protocol-fee-percentages-provider/artifact"
    fees_code = creation_code(BALANCER, f"{fees}/ProtocolFeePercentagesProvider.json")
    words = (BALANCER_VAULT, WAD, WAD)
    chain.deploy_at(BALANCER_FEE_PERCENTAGES, fees_code, "address,uint256,uint256", *words)
    queries = f"{TASKS}/20220721-balancer-queries/artifact/BalancerQueries.json"
    chain.deploy_at(BALANCER_QUERIES, creation_code(BALANCER, queries), "address", BALANCER_VAULT)
    approve(chain, WETH.address, BALANCER_VAULT)  # the stablecoins are since the stable pool
    _composable(chain)
    _weighted(chain)


def _composable(chain: Deployer) -> None:
    name = "20230206-composable-stable-pool-v3/artifact/ComposableStablePoolFactory"
    _factory(chain, BALANCER_COMPOSABLE_FACTORY, name)
    coins = sorted((DAI, USDC, USDT), key=_number)
    pool = _create(
        chain,
        BALANCER_COMPOSABLE_FACTORY,
        "create(string,string,address[],uint256,address[],uint256[],bool[],uint256,address)",
        *("Sandbox DAI-USDC-USDT", "bb-USD"),
        *([coin.address for coin in coins], AMPLIFICATION, [ZERO] * 3, [0] * 3, [False] * 3),
        *(STABLE_FEE_WAD, DEPLOYER),
    )
    amounts = {coin.address: STABLE_DEPTH * 10**coin.decimals for coin in coins}
    _join(chain, pool, amounts | {pool: OWN_TOKENS})


def _weighted(chain: Deployer) -> None:
    _factory(
        chain, BALANCER_WEIGHTED_FACTORY, "20230206-weighted-pool-v3/artifact/WeightedPoolFactory"
    )
    usdc_depth = WETH_DEPTH * USD_PER_WETH * (WAD - WETH_WEIGHT_WAD) // WETH_WEIGHT_WAD
    pool = _create(
        chain,
        BALANCER_WEIGHTED_FACTORY,
        "create(string,string,address[],uint256[],address[],uint256,address)",
        *("Sandbox 80WETH-20USDC", "80WETH-20USDC", [USDC.address, WETH.address]),
        *([WAD - WETH_WEIGHT_WAD, WETH_WEIGHT_WAD], [ZERO] * 2, WEIGHTED_FEE_WAD, DEPLOYER),
    )
    _join(
        chain,
        pool,
        {USDC.address: usdc_depth * 10**USDC.decimals, WETH.address: WETH_DEPTH * WAD},
    )


def _factory(chain: Deployer, address: Address, name: str) -> None:
    code = creation_code(BALANCER, f"{TASKS}/{name}.json")
    words = (BALANCER_VAULT, BALANCER_FEE_PERCENTAGES, "", "")
    chain.deploy_at(address, code, "address,address,string,string", *words)


def _create(chain: Deployer, factory: Address, signature: str, *arguments: Any) -> Address:
    receipt = chain.send(factory, signature, *arguments)
    return Address(to_checksum_address(receipt["logs"][-1]["topics"][1][-40:]))


def _join(chain: Deployer, pool: Address, depths: dict[Address, int]) -> None:
    (pool_id,) = chain.call(pool, "getPoolId()", "bytes32")
    found, _, _ = chain.call(
        BALANCER_VAULT, "getPoolTokens(bytes32)", "address[],uint256[],uint256", pool_id
    )
    tokens = [Address(to_checksum_address(token)) for token in found]
    how = abi_encode(["uint256", "uint256[]"], [JOIN_INIT, [depths[token] for token in tokens]])
    request = (tokens, [UINT256_MAX] * len(tokens), how, False)
    chain.send(BALANCER_VAULT, JOIN_POOL, pool_id, DEPLOYER, DEPLOYER, request)


def _number(token: Token) -> int:
    return int(token.address, 16)

"""Uniswap V2: the factory, USDC/USDT, the USDC/WETH pair that prices gas, and plain tokens."""

from bot.domain.venues import UNISWAP_V2_FACTORY, V2_USDC_USDT, V2_USDC_WETH, PoolSpec
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import UNISWAP_V2
from bot.sandbox.pools import V2_PLAIN

STABLE_DEPTH = 20_000_000
WETH_DEPTH, USD_PER_WETH = 2_000, 3_000


def build(chain: Deployer) -> None:
    """Deploy the factory; it creates the pairs, at mainnet's addresses."""
    factory = creation_code(UNISWAP_V2, "build/UniswapV2Factory.json")
    chain.deploy_at(UNISWAP_V2_FACTORY, factory, "address", DEPLOYER)
    open_pair(chain, V2_USDC_USDT, (STABLE_DEPTH, STABLE_DEPTH))
    open_pair(chain, V2_USDC_WETH, (WETH_DEPTH * USD_PER_WETH, WETH_DEPTH))
    open_pair(chain, V2_PLAIN, (STABLE_DEPTH, STABLE_DEPTH))


def open_pair(chain: Deployer, pool: PoolSpec, depths: tuple[int, int]) -> None:
    """Let the factory make `pool`, and put `depths` whole coins into it."""
    tokens = [token.address for token in pool.tokens]
    chain.send(UNISWAP_V2_FACTORY, "createPair(address,address)", *tokens)
    for token, depth in zip(pool.tokens, depths, strict=True):
        amount = depth * 10**token.decimals
        chain.send(token.address, "transfer(address,uint256)", pool.address, amount)
    chain.send(pool.address, "mint(address)", DEPLOYER)

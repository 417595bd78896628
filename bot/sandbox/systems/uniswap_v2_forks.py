"""SushiSwap pairs of Uniswap's own bytecode, PancakeSwap pairs that are stand-ins of this project.

Each pair stands where mainnet's factory would put it, but is put there by hand: the factories here
do not know their pairs.
"""

from bot.chain.artifacts import load_artifact
from bot.domain.units import Address
from bot.domain.venues import PANCAKE_V2_FACTORY, SUSHI_FACTORY, PoolSpec
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import UNISWAP_V2
from bot.sandbox.pools import PANCAKE_PAIRS, SUSHI_PAIRS

DEPTH = 5_000_000  # whole coins of each token


def build(chain: Deployer) -> None:
    """Deploy both factories, then their pairs."""
    factory = creation_code(UNISWAP_V2, "build/UniswapV2Factory.json")
    for address in (SUSHI_FACTORY, PANCAKE_V2_FACTORY):
        chain.deploy_at(address, factory, "address", DEPLOYER)
    pair = creation_code(UNISWAP_V2, "build/UniswapV2Pair.json")
    for pool in SUSHI_PAIRS:
        _pair(chain, pool, pair, SUSHI_FACTORY)
    pair = load_artifact("PancakePair").creation_code
    for pool in PANCAKE_PAIRS:
        _pair(chain, pool, pair, PANCAKE_V2_FACTORY)


def _pair(chain: Deployer, pool: PoolSpec, code: bytes, factory: Address) -> None:
    chain.deploy_at(pool.address, code, sender=factory)
    tokens = [token.address for token in pool.tokens]
    chain.send(pool.address, "initialize(address,address)", *tokens, sender=factory)
    for token in pool.tokens:
        amount = DEPTH * 10**token.decimals
        chain.send(token.address, "transfer(address,uint256)", pool.address, amount)
    chain.send(pool.address, "mint(address)", DEPLOYER)

"""Uniswap V3: factory, position manager, router, quoter, and the two 0.01 % stablecoin pools."""

from math import isqrt

from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.units import Address
from bot.domain.venues import UNISWAP_V3_FACTORY, V3_DAI_USDC, V3_USDC_USDT, PoolSpec
from bot.sandbox.addresses import (
    DEPLOYER,
    UNISWAP_V3_DESCRIPTOR,
    UNISWAP_V3_POSITIONS,
    UNISWAP_V3_QUOTER,
    UNISWAP_V3_ROUTER,
)
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import UNISWAP_V3, UNISWAP_V3_PERIPHERY
from bot.sandbox.systems.tokens import approve

FEE_PIPS, TICK_SPACING = 100, 1
# Half-width in ticks around parity, and whole coins of each token within.
RANGES = ((5, 20_000_000), (50, 10_000_000), (500, 3_000_000))
FAR_FUTURE = 2**40
MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"


def build(chain: Deployer) -> None:
    """Deploy all; the factory creates both pools, at mainnet's addresses."""
    _contracts(chain)
    for token in (USDC, USDT, DAI):
        approve(chain, token.address, UNISWAP_V3_POSITIONS)
    _pool(chain, V3_USDC_USDT)
    _pool(chain, V3_DAI_USDC)


def _contracts(chain: Deployer) -> None:
    artifacts = "artifacts/contracts"
    factory = creation_code(UNISWAP_V3, f"{artifacts}/UniswapV3Factory.sol/UniswapV3Factory.json")
    chain.deploy_at(UNISWAP_V3_FACTORY, factory)
    chain.send(UNISWAP_V3_FACTORY, "enableFeeAmount(uint24,int24)", FEE_PIPS, TICK_SPACING)

    def periphery(at: Address, name: str, *more: Address) -> None:
        code = creation_code(UNISWAP_V3_PERIPHERY, f"{artifacts}/{name}.json")
        arguments = (UNISWAP_V3_FACTORY, WETH.address, *more)
        chain.deploy_at(at, code, ",".join(["address"] * len(arguments)), *arguments)

    positions = "NonfungiblePositionManager.sol/NonfungiblePositionManager"
    periphery(UNISWAP_V3_POSITIONS, positions, UNISWAP_V3_DESCRIPTOR)
    periphery(UNISWAP_V3_ROUTER, "SwapRouter.sol/SwapRouter")
    periphery(UNISWAP_V3_QUOTER, "lens/QuoterV2.sol/QuoterV2")


def _pool(chain: Deployer, pool: PoolSpec) -> None:
    """Open the pool at parity; `pool.tokens` are in the order of their addresses."""
    pair = [token.address for token in pool.tokens]
    unit_0, unit_1 = (10**token.decimals for token in pool.tokens)
    price = isqrt((unit_1 << 192) // unit_0)
    create = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
    chain.send(UNISWAP_V3_POSITIONS, create, *pair, FEE_PIPS, price)
    slot_0 = chain.call(pool.address, "slot0()", "uint160,int24,uint16,uint16,uint16,uint8,bool")
    tick = slot_0[1]
    for width, coins in RANGES:
        desired = (coins * unit_0, coins * unit_1)
        position = (*pair, FEE_PIPS, tick - width, tick + width, *desired, 0, 0)
        chain.send(UNISWAP_V3_POSITIONS, MINT, (*position, DEPLOYER, FAR_FUTURE))

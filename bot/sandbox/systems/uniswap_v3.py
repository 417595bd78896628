"""Uniswap V3: factory, position manager, router, quoter, and pools."""

from collections.abc import Sequence
from math import isqrt

from bot.domain.assets import DAI, USDC, USDT, WETH, Token
from bot.domain.units import Address
from bot.domain.venues import UNISWAP_V3_FACTORY
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
from bot.sandbox.pools import LOWEST, PLAIN_A, PLAIN_B, TICK_SPACINGS, V3_OPENINGS, V3Opening
from bot.sandbox.systems.tokens import approve
from bot.sandbox.systems.uniswap_v2 import USD_PER_WETH

DOLLARS = {WETH: USD_PER_WETH}  # of one whole token, where it is not one
FAR_FUTURE = 2**40
MINT = "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))"


def build(chain: Deployer) -> None:
    """Deploy all; the factory creates the pools, at mainnet's addresses."""
    _contracts(chain)
    for token in (USDC, USDT, DAI, WETH, PLAIN_A, PLAIN_B):
        approve(chain, token.address, UNISWAP_V3_POSITIONS)
    for opening in V3_OPENINGS:
        open_pool(chain, opening)


def _contracts(chain: Deployer) -> None:
    artifacts = "artifacts/contracts"
    factory = creation_code(UNISWAP_V3, f"{artifacts}/UniswapV3Factory.sol/UniswapV3Factory.json")
    chain.deploy_at(UNISWAP_V3_FACTORY, factory)
    chain.send(UNISWAP_V3_FACTORY, "enableFeeAmount(uint24,int24)", LOWEST, TICK_SPACINGS[LOWEST])

    def periphery(at: Address, name: str, *more: Address) -> None:
        code = creation_code(UNISWAP_V3_PERIPHERY, f"{artifacts}/{name}.json")
        arguments = (UNISWAP_V3_FACTORY, WETH.address, *more)
        chain.deploy_at(at, code, ",".join(["address"] * len(arguments)), *arguments)

    positions = "NonfungiblePositionManager.sol/NonfungiblePositionManager"
    periphery(UNISWAP_V3_POSITIONS, positions, UNISWAP_V3_DESCRIPTOR)
    periphery(UNISWAP_V3_ROUTER, "SwapRouter.sol/SwapRouter")
    periphery(UNISWAP_V3_QUOTER, "lens/QuoterV2.sol/QuoterV2")


def price_of_par(tokens: Sequence[Token]) -> int:
    """Return the square root price times 2**96 at which both tokens are worth their dollars."""
    units, dollars = _units_and_dollars(tokens)
    return isqrt((units[1] * dollars[0] << 192) // (units[0] * dollars[1]))


def open_pool(chain: Deployer, opening: V3Opening) -> None:
    """Open the pool at the dollar's price; `pool.tokens` are in the order of their addresses."""
    tokens, spacing = opening.pool.tokens, TICK_SPACINGS[opening.fee]
    pair = [token.address for token in tokens]
    units, dollars = _units_and_dollars(tokens)
    price = price_of_par(tokens)
    create = "createAndInitializePoolIfNecessary(address,address,uint24,uint160)"
    chain.send(UNISWAP_V3_POSITIONS, create, *pair, opening.fee, price)
    slot_0 = chain.call(
        opening.pool.address, "slot0()", "uint160,int24,uint16,uint16,uint16,uint8,bool"
    )
    tick = slot_0[1] // spacing * spacing
    for width, depth in opening.ranges:
        desired = (depth * unit // dollar for unit, dollar in zip(units, dollars, strict=True))
        position = (*pair, opening.fee, tick - width, tick + width, *desired, 0, 0)
        chain.send(UNISWAP_V3_POSITIONS, MINT, (*position, DEPLOYER, FAR_FUTURE))


def _units_and_dollars(tokens: Sequence[Token]) -> tuple[list[int], list[int]]:
    """Base units of a dollar, as a fraction, because one of WETH is not whole."""
    return [10**token.decimals for token in tokens], [DOLLARS.get(token, 1) for token in tokens]

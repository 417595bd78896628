"""Uniswap V4: PoolManager, Permit2, PositionManager, pools without hooks, Universal Router."""

from math import floor, log

from eth_abi.abi import encode as abi_encode

from bot.domain.assets import USDC, USDT, WETH, Token
from bot.domain.venues import (
    PERMIT2,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    UNISWAP_V4_POOL_MANAGER,
)
from bot.sandbox.addresses import DEPLOYER, UNISWAP_V3_POSITIONS, UNISWAP_V4_POSITIONS, ZERO
from bot.sandbox.addresses import UNIVERSAL_ROUTER as UNIVERSAL_ROUTER_ADDRESS
from bot.sandbox.bytecode import creation_code, permit2_compilation
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import UNISWAP_V4, UNIVERSAL_ROUTER
from bot.sandbox.pools import (
    PLAIN_A,
    PLAIN_B,
    V2_PAIR_CODE_HASH,
    V3_POOL_CODE_HASH,
    V4_OPENINGS,
    V4Opening,
)
from bot.sandbox.solc import compiled
from bot.sandbox.systems.tokens import approve
from bot.sandbox.systems.uniswap_v3 import DOLLARS, price_of_par

POOL_KEY_TYPE = "(address,address,uint24,int24,address)"
UNSUBSCRIBE_GAS = 300_000
FAR_FUTURE = 2**40
ROUTER_PARAMETERS = (
    "(address,address,address,address,bytes32,bytes32,address,address,address,address)"
)
MINT_POSITION, SETTLE_PAIR = 0x02, 0x0D  # actions of the position manager


def build(chain: Deployer) -> None:
    """Deploy the contracts, open the pools at parity and fill them."""
    code = creation_code(UNISWAP_V4, "foundry-out/PoolManager.sol/PoolManager.default.json")
    chain.deploy_at(UNISWAP_V4_POOL_MANAGER, code, "address", DEPLOYER)
    chain.deploy_at(PERMIT2, compiled(permit2_compilation()))
    chain.deploy_at(
        UNISWAP_V4_POSITIONS,
        creation_code(UNISWAP_V4, "foundry-out/PositionManager.sol/PositionManager.json"),
        "address,address,uint256,address,address",
        *(UNISWAP_V4_POOL_MANAGER, PERMIT2, UNSUBSCRIBE_GAS, ZERO, WETH.address),
    )
    for token in (USDC, USDT, PLAIN_A, PLAIN_B):
        allow(chain, token)
    for opening in V4_OPENINGS:
        open_pool(chain, opening)
    _router(chain)


def allow(chain: Deployer, token: Token) -> None:
    """Let the position manager take the deployer's tokens, through Permit2."""
    approve(chain, token.address, PERMIT2)
    chain.send(
        PERMIT2,
        "approve(address,address,uint160,uint48)",
        *(token.address, UNISWAP_V4_POSITIONS, 2**160 - 1, 2**48 - 1),
    )


def open_pool(chain: Deployer, opening: V4Opening) -> None:
    """Open the pool at the dollar's price and fill its one range."""
    price = price_of_par(opening.tokens)
    initialize = f"initialize({POOL_KEY_TYPE},uint160)"
    chain.send(UNISWAP_V4_POOL_MANAGER, initialize, opening.key, price)
    _fill(chain, opening, price)


def _router(chain: Deployer) -> None:
    code = creation_code(
        UNIVERSAL_ROUTER, "artifacts/contracts/UniversalRouter.sol/UniversalRouter.json"
    )
    factories = (UNISWAP_V2_FACTORY, UNISWAP_V3_FACTORY, V2_PAIR_CODE_HASH, V3_POOL_CODE_HASH)
    no_bridge = ZERO
    chain.deploy_at(
        UNIVERSAL_ROUTER_ADDRESS,
        code,
        ROUTER_PARAMETERS,
        (
            *(PERMIT2, WETH.address, *factories),
            *(UNISWAP_V4_POOL_MANAGER, UNISWAP_V3_POSITIONS, UNISWAP_V4_POSITIONS, no_bridge),
        ),
    )


def _fill(chain: Deployer, opening: V4Opening, price_x96: int) -> None:
    # sqrt(1.0001 ** half_width) in millionths of millionths, by repeated integer products.
    scale = 10**12
    root = scale
    for _ in range(opening.half_width // 2):
        root = root * 10_001 // 10_000
    first, width = opening.tokens[0], opening.half_width
    depth = opening.depth * 10**first.decimals // DOLLARS.get(first, 1)
    # What a range holds of token0 is liquidity / price * (1 - 1 / root).
    liquidity = depth * price_x96 * root // ((root - scale) << 96)
    tick = floor(2 * log(price_x96 / 2**96) / log(1.0001)) // opening.spacing * opening.spacing
    bounds = (tick - width, tick + width, liquidity, 2**127, 2**127, DEPLOYER, b"")
    mint = abi_encode(
        [POOL_KEY_TYPE, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"],
        [opening.key, *bounds],
    )
    settle = abi_encode(["address", "address"], list(opening.key[:2]))
    actions = bytes([MINT_POSITION, SETTLE_PAIR])
    unlock_data = abi_encode(["bytes", "bytes[]"], [actions, [mint, settle]])
    chain.send(UNISWAP_V4_POSITIONS, "modifyLiquidities(bytes,uint256)", unlock_data, FAR_FUTURE)

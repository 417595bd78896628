"""Uniswap V4: PoolManager, Permit2, PositionManager and one USDC/USDT pool without hooks."""

from eth_abi.abi import encode as abi_encode

from bot.domain.assets import USDC, USDT, WETH
from bot.domain.venues import PERMIT2, UNISWAP_V4_POOL_MANAGER
from bot.sandbox.addresses import DEPLOYER, UNISWAP_V4_POSITIONS, ZERO
from bot.sandbox.bytecode import creation_code, permit2_compilation
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import UNISWAP_V4
from bot.sandbox.solc import compiled
from bot.sandbox.systems.tokens import approve

FEE_PIPS, TICK_SPACING, HALF_WIDTH = 10, 1, 10
DEPTH = 10_000_000 * 10**USDC.decimals  # of each token, within the one range
POOL_KEY = (USDC.address, USDT.address, FEE_PIPS, TICK_SPACING, ZERO)
POOL_KEY_TYPE = "(address,address,uint24,int24,address)"
PARITY_X96 = 2**96
UNSUBSCRIBE_GAS = 300_000
FAR_FUTURE = 2**40
MINT_POSITION, SETTLE_PAIR = 0x02, 0x0D  # actions of the position manager


def build(chain: Deployer) -> None:
    """Deploy the three contracts, open the pool at parity and fill it."""
    code = creation_code(UNISWAP_V4, "foundry-out/PoolManager.sol/PoolManager.default.json")
    chain.deploy_at(UNISWAP_V4_POOL_MANAGER, code, "address", DEPLOYER)
    chain.deploy_at(PERMIT2, compiled(permit2_compilation()))
    chain.deploy_at(
        UNISWAP_V4_POSITIONS,
        creation_code(UNISWAP_V4, "foundry-out/PositionManager.sol/PositionManager.json"),
        "address,address,uint256,address,address",
        *(UNISWAP_V4_POOL_MANAGER, PERMIT2, UNSUBSCRIBE_GAS, ZERO, WETH.address),
    )
    chain.send(
        UNISWAP_V4_POOL_MANAGER, f"initialize({POOL_KEY_TYPE},uint160)", POOL_KEY, PARITY_X96
    )
    for token in (USDC, USDT):
        approve(chain, token.address, PERMIT2)
        chain.send(
            PERMIT2,
            "approve(address,address,uint160,uint48)",
            *(token.address, UNISWAP_V4_POSITIONS, 2**160 - 1, 2**48 - 1),
        )
    _fill(chain)


def _fill(chain: Deployer) -> None:
    # sqrt(1.0001 ** HALF_WIDTH) in millionths of millionths, by repeated integer products.
    scale = 10**12
    root = scale
    for _ in range(HALF_WIDTH // 2):
        root = root * 10_001 // 10_000
    liquidity = DEPTH * root // (root - scale)  # amount = L * (1 - 1 / root)
    bounds = (-HALF_WIDTH, HALF_WIDTH, liquidity, 2**127, 2**127, DEPLOYER, b"")
    mint = abi_encode(
        [POOL_KEY_TYPE, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"],
        [POOL_KEY, *bounds],
    )
    settle = abi_encode(["address", "address"], [USDC.address, USDT.address])
    actions = bytes([MINT_POSITION, SETTLE_PAIR])
    unlock_data = abi_encode(["bytes", "bytes[]"], [actions, [mint, settle]])
    chain.send(UNISWAP_V4_POSITIONS, "modifyLiquidities(bytes,uint256)", unlock_data, FAR_FUTURE)

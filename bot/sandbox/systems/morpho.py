"""Morpho Blue: one market per stablecoin, enough to lend from."""

from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.units import WAD
from bot.domain.venues import MORPHO_BLUE
from bot.sandbox.addresses import DEPLOYER, ZERO
from bot.sandbox.bytecode import morpho_compilation
from bot.sandbox.deployer import Deployer
from bot.sandbox.solc import compiled
from bot.sandbox.systems.tokens import approve

DEPTH = 50_000_000  # whole coins of each
LOAN_TO_VALUE = 86 * WAD // 100
MARKET = "(address,address,address,address,uint256)"


def build(chain: Deployer) -> None:
    """Deploy, open three markets without interest, and supply to each."""
    chain.deploy_at(MORPHO_BLUE, compiled(morpho_compilation()), "address", DEPLOYER)
    chain.send(MORPHO_BLUE, "enableLltv(uint256)", LOAN_TO_VALUE)
    chain.send(MORPHO_BLUE, "enableIrm(address)", ZERO)
    for token in (USDC, USDT, DAI):
        market = (token.address, WETH.address, ZERO, ZERO, LOAN_TO_VALUE)
        chain.send(MORPHO_BLUE, f"createMarket({MARKET})", market)
        approve(chain, token.address, MORPHO_BLUE)
        chain.send(
            MORPHO_BLUE,
            f"supply({MARKET},uint256,uint256,address,bytes)",
            *(market, DEPTH * 10**token.decimals, 0, DEPLOYER, b""),
        )

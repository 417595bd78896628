"""Curve's DAI/USDC/USDT/sUSD pool: the original Vyper bytecode."""

from bot.domain.venues import CURVE_SUSD
from bot.sandbox.addresses import CURVE_SUSD_LP
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import SET_PROTOCOL
from bot.sandbox.systems.tokens import approve

AMPLIFICATION = 256
FEE = 4_000_000  # 4 bps of 10**10
DEPTH = 15_000_000  # whole coins of each


def build(chain: Deployer) -> None:
    """Deploy the pool and its share token, and fill the pool evenly."""
    coins = [token.address for token in CURVE_SUSD.tokens]
    chain.deploy_at(
        CURVE_SUSD_LP,
        creation_code(SET_PROTOCOL, "external/abi/curve/CurvePoolERC20.json"),
        "string,string,uint256,uint256",
        *("Curve.fi DAI/USDC/USDT/sUSD", "crvPlain3andSUSD", 18, 0),
    )
    chain.deploy_at(
        CURVE_SUSD.address,
        creation_code(SET_PROTOCOL, "external/abi/curve/Stableswap.json"),
        "address[4],address[4],address,uint256,uint256",
        *(coins, coins, CURVE_SUSD_LP, AMPLIFICATION, FEE),
    )
    chain.send(CURVE_SUSD_LP, "set_minter(address)", CURVE_SUSD.address)
    for coin in coins:
        approve(chain, coin, CURVE_SUSD.address)
    amounts = [DEPTH * 10**token.decimals for token in CURVE_SUSD.tokens]
    chain.send(CURVE_SUSD.address, "add_liquidity(uint256[4],uint256)", amounts, 0)

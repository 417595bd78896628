"""Stand-in of this project for Balancer's V3 Vault: lending only."""

from bot.chain.artifacts import load_artifact
from bot.domain.assets import DAI, USDC, USDT, WETH
from bot.domain.venues import BALANCER_V3_VAULT
from bot.sandbox.deployer import Deployer

DEPTHS = {USDC: 20_000_000, USDT: 20_000_000, DAI: 20_000_000, WETH: 5_000}  # whole coins


def build(chain: Deployer) -> None:
    """Fill the address first: what the vault finds there at birth are its reserves."""
    for token, depth in DEPTHS.items():
        amount = depth * 10**token.decimals
        chain.send(token.address, "transfer(address,uint256)", BALANCER_V3_VAULT, amount)
    vault = load_artifact("BalancerV3Vault").creation_code
    tokens = [token.address for token in DEPTHS]
    chain.deploy_at(BALANCER_V3_VAULT, vault, "address[]", tokens)

"""Stand-ins of this project for crvUSD and its flash lender."""

from bot.chain.artifacts import load_artifact
from bot.domain.assets import CRVUSD
from bot.domain.venues import CRVUSD_FLASH_LENDER
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.deployer import Deployer
from bot.sandbox.systems.tokens import SUPPLY

LENT = 10_000_000  # whole coins the lender holds


def build(chain: Deployer) -> None:
    """Deploy both; the deployer may mint."""
    chain.deploy_at(CRVUSD.address, load_artifact("CrvUsd").creation_code, "address", DEPLOYER)
    lender = load_artifact("CrvUsdFlashLender").creation_code
    chain.deploy_at(CRVUSD_FLASH_LENDER, lender, "address", CRVUSD.address)
    for holder, coins in ((DEPLOYER, SUPPLY), (CRVUSD_FLASH_LENDER, LENT)):
        amount = coins * 10**CRVUSD.decimals
        chain.send(CRVUSD.address, "mint(address,uint256)", holder, amount)

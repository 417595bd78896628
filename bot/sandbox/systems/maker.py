"""Stand-ins of this project for Maker's flash mint, LitePSM and Savings DAI."""

from bot.chain.artifacts import load_artifact
from bot.domain.assets import DAI, USDC
from bot.domain.units import UINT256_MAX
from bot.domain.venues import DSS_FLASH, LITE_PSM_POCKET, LITE_PSM_USDC, SDAI
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.deployer import Deployer
from bot.sandbox.systems.tokens import approve

FLASH_CEILING = 500_000_000 * 10**DAI.decimals
PSM_SIDE = 400_000_000  # whole coins on each side
SAVINGS_DEPOSIT = 100_000_000 * 10**DAI.decimals
SAVINGS_EARNED = 12_000_000 * 10**DAI.decimals  # a share is worth 1.12 DAI at the start


def build(chain: Deployer) -> None:
    """Deploy and fill the three; Dai accepts the flash mint as a minter."""
    code = {
        name: load_artifact(name).creation_code for name in ("DssFlash", "LitePSM", "SavingsDai")
    }
    chain.deploy_at(
        DSS_FLASH, code["DssFlash"], "address,uint256,address", DAI.address, FLASH_CEILING, DEPLOYER
    )
    chain.send(DAI.address, "rely(address)", DSS_FLASH)
    psm = LITE_PSM_USDC.address
    chain.deploy_at(
        psm,
        code["LitePSM"],
        "address,address,address,address",
        *(DAI.address, USDC.address, LITE_PSM_POCKET, DEPLOYER),
    )
    chain.send(USDC.address, "approve(address,uint256)", psm, UINT256_MAX, sender=LITE_PSM_POCKET)
    chain.send(USDC.address, "mint(address,uint256)", LITE_PSM_POCKET, PSM_SIDE * 10**USDC.decimals)
    chain.send(DAI.address, "mint(address,uint256)", psm, PSM_SIDE * 10**DAI.decimals)
    chain.deploy_at(SDAI, code["SavingsDai"], "address", DAI.address)
    approve(chain, DAI.address, SDAI)
    chain.send(SDAI, "deposit(uint256,address)", SAVINGS_DEPOSIT, DEPLOYER)
    chain.send(DAI.address, "mint(address,uint256)", SDAI, SAVINGS_EARNED)

"""Stand-ins of this project for Sky's USDS and converter, and Maker's first peg module."""

from bot.chain.artifacts import load_artifact
from bot.domain.assets import DAI, USDC, USDS
from bot.domain.venues import DAI_USDS, DSS_PSM_USDC, DSS_PSM_USDC_JOIN
from bot.sandbox.addresses import DEPLOYER
from bot.sandbox.deployer import Deployer
from bot.sandbox.systems.tokens import SUPPLY, approve

PSM_GEMS = 400_000_000  # whole USDC in the first module
PSM_CEILING = 1_000_000_000 * 10**DAI.decimals  # of its debt


def build(chain: Deployer) -> None:
    """Deploy and fill them; DAI and USDS accept the converter and the module as minters."""
    code = {name: load_artifact(name).creation_code for name in ("Usds", "DaiUsds")}
    chain.deploy_at(USDS.address, code["Usds"], "address", DEPLOYER)
    chain.deploy_at(DAI_USDS, code["DaiUsds"], "address,address", DAI.address, USDS.address)
    for coin in (DAI, USDS):
        chain.send(coin.address, "rely(address)", DAI_USDS)
    supply = SUPPLY * 10**USDS.decimals
    chain.send(USDS.address, "mint(address,uint256)", DEPLOYER, supply)
    _first_module(chain)


def _first_module(chain: Deployer) -> None:
    join, module = (load_artifact(name).creation_code for name in ("AuthGemJoin", "DssPsm"))
    chain.deploy_at(DSS_PSM_USDC_JOIN, join, "address,address", USDC.address, DEPLOYER)
    words = (DSS_PSM_USDC_JOIN, DAI.address, DEPLOYER, PSM_CEILING)
    chain.deploy_at(DSS_PSM_USDC, module, "address,address,address,uint256", *words)
    chain.send(DSS_PSM_USDC_JOIN, "rely(address)", DSS_PSM_USDC)
    chain.send(DAI.address, "rely(address)", DSS_PSM_USDC)
    approve(chain, USDC.address, DSS_PSM_USDC_JOIN)
    chain.send(DSS_PSM_USDC, "sellGem(address,uint256)", DEPLOYER, PSM_GEMS * 10**USDC.decimals)

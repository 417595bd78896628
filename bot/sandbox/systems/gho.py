"""Stand-ins of this project for GHO, its reserve, both stability modules and its flash minter."""

from bot.chain.artifacts import load_artifact
from bot.domain.assets import GHO, USDC, USDT, Token
from bot.domain.units import WAD, Address
from bot.domain.venues import (
    AAVE_ADDRESSES_PROVIDER,
    GHO_FLASH_MINTER,
    GHO_RESERVE,
    GSM_USDC,
    GSM_USDT,
)
from bot.sandbox.addresses import DEPLOYER, GHO_TREASURY
from bot.sandbox.deployer import Deployer
from bot.sandbox.systems.tokens import approve

SUPPLY = 500_000_000 * WAD
RESERVE_DEPTH = 200_000_000 * WAD
RESERVE_LIMIT = 100_000_000 * WAD  # of each module
EXPOSURE_CAP = 50_000_000  # whole coins of each module
MODULE_DEPTH = 20_000_000  # sold to each module at the start
BUY_FEE_BPS, SELL_FEE_BPS = 2, 0
FLASH_CAPACITY = 50_000_000 * WAD
FLASH_FEE_BPS = 0


def build(chain: Deployer) -> None:
    """Deploy and fill them. Aave must be there: its access list names who borrows free."""
    chain.deploy_at(GHO.address, load_artifact("GhoToken").creation_code, "address", DEPLOYER)
    _facilitator(chain, DEPLOYER, "Sandbox", SUPPLY)
    chain.send(GHO.address, "mint(address,uint256)", DEPLOYER, SUPPLY)
    reserve = load_artifact("GhoReserve").creation_code
    chain.deploy_at(GHO_RESERVE, reserve, "address,address", DEPLOYER, GHO.address)
    chain.send(GHO.address, "transfer(address,uint256)", GHO_RESERVE, RESERVE_DEPTH)
    _module(chain, GSM_USDC, USDC)
    _module(chain, GSM_USDT, USDT)
    chain.deploy_at(
        GHO_FLASH_MINTER,
        load_artifact("GhoFlashMinter").creation_code,
        "address,address,uint256,address",
        *(GHO.address, GHO_TREASURY, FLASH_FEE_BPS, AAVE_ADDRESSES_PROVIDER),
    )
    _facilitator(chain, GHO_FLASH_MINTER, "FlashMinter", FLASH_CAPACITY)


def _facilitator(chain: Deployer, who: Address, label: str, capacity: int) -> None:
    add = "addFacilitator(address,string,uint128)"
    chain.send(GHO.address, add, who, label, capacity)


def _module(chain: Deployer, address: Address, coin: Token) -> None:
    unit = 10**coin.decimals
    price = load_artifact("FixedPriceStrategy").creation_code
    prices = chain.deploy(price, "uint256,address", WAD, coin.address)
    fee = load_artifact("FixedFeeStrategy").creation_code
    fees = chain.deploy(fee, "uint256,uint256", BUY_FEE_BPS, SELL_FEE_BPS)
    chain.deploy_at(
        address,
        load_artifact("Gsm").creation_code,
        "address,address,address,address,uint128",
        *(prices, GHO_RESERVE, DEPLOYER, GHO_TREASURY, EXPOSURE_CAP * unit),
    )
    chain.send(address, "updateFeeStrategy(address)", fees)
    chain.send(GHO_RESERVE, "setLimit(address,uint256)", address, RESERVE_LIMIT)
    approve(chain, coin.address, address)
    chain.send(address, "sellAsset(uint256,address)", MODULE_DEPTH * unit, DEPLOYER)

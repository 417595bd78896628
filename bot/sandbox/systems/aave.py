"""Aave V3: provider, pool, configurator, oracle, and reserves of USDC, USDT and DAI."""

from bot.domain.assets import DAI, USDC, USDT, Token
from bot.domain.units import Address
from bot.domain.venues import AAVE_ADDRESSES_PROVIDER, AAVE_POOL
from bot.sandbox.addresses import DEPLOYER, ZERO
from bot.sandbox.bytecode import creation_code
from bot.sandbox.deployer import Deployer
from bot.sandbox.pins import AAVE
from bot.sandbox.systems.tokens import approve

RESERVES = (USDC, USDT, DAI)
DEPTH = 200_000_000  # whole coins of each
FLASH_PREMIUM_BPS = 5
ONE_USD = 10**8
RAY = 10**27
LOGIC = "protocol/libraries/logic"
TOKENIZATION = "protocol/tokenization"
# Optimal use, base rate, and the slopes of variable and stable rates, in percent.
RATES = tuple(percent * RAY // 100 for percent in (90, 0, 4, 60, 1, 60, 1, 8, 20))
RISK_BPS = (7_500, 7_800, 10_450)  # loan to value, liquidation threshold, liquidation bonus
RESERVE_INPUT = (
    "(address,address,address,uint8,address,address,address,address,"
    "string,string,string,string,string,string,bytes)"
)


def build(chain: Deployer) -> None:
    """Deploy the market in Aave's order, so that its pool lands on mainnet's address."""
    provider = _code("protocol/configuration/PoolAddressesProvider.sol/PoolAddressesProvider")
    chain.deploy_at(
        AAVE_ADDRESSES_PROVIDER, provider, "string,address", "Aave Ethereum Market", DEPLOYER
    )
    pool, configurator = _logic(chain)
    _access(chain)
    chain.send(AAVE_ADDRESSES_PROVIDER, "setPoolImpl(address)", pool)
    chain.send(AAVE_ADDRESSES_PROVIDER, "setPoolConfiguratorImpl(address)", configurator)
    _oracle(chain)
    _reserves(chain, chain.address_of(AAVE_ADDRESSES_PROVIDER, "getPoolConfigurator()"))


def _code(name: str, libraries: dict[str, Address] | None = None) -> bytes:
    return creation_code(AAVE, f"artifacts/contracts/{name}.json", libraries)


def _logic(chain: Deployer) -> tuple[Address, Address]:
    names = ("Borrow", "Bridge", "EMode", "Liquidation", "Pool", "Supply", "Configurator")
    libraries = {
        f"{name}Logic": chain.deploy(_code(f"{LOGIC}/{name}Logic.sol/{name}Logic"))
        for name in names
    }
    flash = _code(f"{LOGIC}/FlashLoanLogic.sol/FlashLoanLogic", libraries)
    libraries["FlashLoanLogic"] = chain.deploy(flash)
    pool_code = _code("protocol/pool/Pool.sol/Pool", libraries)
    pool = chain.deploy(pool_code, "address", AAVE_ADDRESSES_PROVIDER)
    chain.send(pool, "initialize(address)", AAVE_ADDRESSES_PROVIDER)
    configurator = _code("protocol/pool/PoolConfigurator.sol/PoolConfigurator", libraries)
    return pool, chain.deploy(configurator)


def _access(chain: Deployer) -> None:
    chain.send(AAVE_ADDRESSES_PROVIDER, "setACLAdmin(address)", DEPLOYER)
    manager_code = _code("protocol/configuration/ACLManager.sol/ACLManager")
    manager = chain.deploy(manager_code, "address", AAVE_ADDRESSES_PROVIDER)
    chain.send(AAVE_ADDRESSES_PROVIDER, "setACLManager(address)", manager)
    for role in ("addPoolAdmin", "addRiskAdmin", "addAssetListingAdmin"):
        chain.send(manager, f"{role}(address)", DEPLOYER)


def _oracle(chain: Deployer) -> None:
    feed = _code("mocks/oracle/CLAggregators/MockAggregator.sol/MockAggregator")
    feeds = [chain.deploy(feed, "int256", ONE_USD) for _ in RESERVES]
    oracle = chain.deploy(
        _code("misc/AaveOracle.sol/AaveOracle"),
        "address,address[],address[],address,address,uint256",
        AAVE_ADDRESSES_PROVIDER,
        [token.address for token in RESERVES],
        *(feeds, ZERO, ZERO, ONE_USD),
    )
    chain.send(AAVE_ADDRESSES_PROVIDER, "setPriceOracle(address)", oracle)
    data_code = _code("misc/AaveProtocolDataProvider.sol/AaveProtocolDataProvider")
    data = chain.deploy(data_code, "address", AAVE_ADDRESSES_PROVIDER)
    chain.send(AAVE_ADDRESSES_PROVIDER, "setPoolDataProvider(address)", data)


def _reserves(chain: Deployer, configurator: Address) -> None:
    rates_name = "DefaultReserveInterestRateStrategy"
    rates = chain.deploy(
        _code(f"protocol/pool/{rates_name}.sol/{rates_name}"),
        "address" + ",uint256" * len(RATES),
        *(AAVE_ADDRESSES_PROVIDER, *RATES),
    )
    claims = tuple(
        chain.deploy(_code(f"{TOKENIZATION}/{name}.sol/{name}"), "address", AAVE_POOL)
        for name in ("AToken", "StableDebtToken", "VariableDebtToken")
    )
    inputs = [_reserve_input(token, claims, rates) for token in RESERVES]
    chain.send(configurator, f"initReserves({RESERVE_INPUT}[])", inputs)
    for token in RESERVES:
        chain.send(configurator, "setReserveFlashLoaning(address,bool)", token.address, True)  # noqa: FBT003
        chain.send(
            configurator,
            "configureReserveAsCollateral(address,uint256,uint256,uint256)",
            *(token.address, *RISK_BPS),
        )
        approve(chain, token.address, AAVE_POOL)
        chain.send(
            AAVE_POOL,
            "supply(address,uint256,address,uint16)",
            *(token.address, DEPTH * 10**token.decimals, DEPLOYER, 0),
        )
    chain.send(configurator, "updateFlashloanPremiumTotal(uint128)", FLASH_PREMIUM_BPS)


def _reserve_input(token: Token, claims: tuple[Address, ...], rates: Address) -> tuple[object, ...]:
    names = (
        text
        for kind, short in (
            ("", "a"),
            ("Variable Debt ", "variableDebt"),
            ("Stable Debt ", "stableDebt"),
        )
        for text in (f"Aave Ethereum {kind}{token.symbol}", f"{short}Eth{token.symbol}")
    )
    where = (rates, token.address, DEPLOYER, ZERO)  # treasury, incentives controller
    return (*claims, token.decimals, *where, *names, b"\x10")

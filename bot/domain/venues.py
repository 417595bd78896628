"""Pools, rails and lenders of Ethereum mainnet: one table, checked on chain at start.

The local mainnet puts the same protocols at the same addresses, so this table serves both.
"""

from enum import Enum, IntEnum

import msgspec

from bot.domain.assets import DAI, SUSD, USDC, USDT, WETH, Token
from bot.domain.units import Address, Pips

MAINNET_CHAIN_ID = 1
CHAIN_VENUE = "ethereum"  # of orders: every pool and rail that our account calls by itself


class Venue(IntEnum):
    """Kinds of swap of the executor; values match `IDepegExecutor.Venue`, append only."""

    CURVE = 0
    UNISWAP_V2 = 1
    UNISWAP_V3 = 2
    LITE_PSM = 3
    UNISWAP_V4 = 4
    CURVE_UNDERLYING = 5
    CURVE_RECEIVED = 6
    BALANCER_V2 = 7
    BALANCER_V2_BATCH = 8
    MAKER_PSM = 9
    DAI_USDS = 10
    GHO_GSM = 11
    ERC4626 = 12


class Lender(IntEnum):
    """Flash lenders of the executor; values match `IDepegExecutor.Lender`, append only."""

    AAVE_V3 = 0
    BALANCER_V2 = 1
    MORPHO = 2
    BALANCER_V3 = 3
    UNISWAP_V4 = 4
    UNISWAP_V3 = 5
    ERC3156 = 6
    UNISWAP_V3_SWAP = 7  # a pool of the route, which pays first
    UNISWAP_V2_SWAP = 8


class Kind(Enum):
    """Whose arithmetic a pool follows; one venue of the executor can serve several."""

    CONSTANT_PRODUCT = "Uniswap V2"
    CONCENTRATED = "Uniswap V3 and V4"
    STABLESWAP = "Curve StableSwap"
    STABLESWAP_NG = "Curve StableSwap-NG"
    METAPOOL = "Curve metapool, by underlying coins"
    BALANCER_STABLE = "Balancer V2 composable stable"
    BALANCER_WEIGHTED = "Balancer V2 weighted"
    LITE_PSM = "Maker LitePSM"
    MAKER_PSM = "Maker PSM"
    CONVERTER = "DAI/USDS converter"
    GSM = "GHO GSM"
    ERC4626 = "ERC-4626 vault"


_KIND_OF_VENUE = {
    Venue.CURVE: Kind.STABLESWAP,
    Venue.UNISWAP_V2: Kind.CONSTANT_PRODUCT,
    Venue.UNISWAP_V3: Kind.CONCENTRATED,
    Venue.LITE_PSM: Kind.LITE_PSM,
    Venue.UNISWAP_V4: Kind.CONCENTRATED,
    Venue.CURVE_UNDERLYING: Kind.METAPOOL,
    Venue.CURVE_RECEIVED: Kind.STABLESWAP_NG,
    Venue.BALANCER_V2: Kind.BALANCER_STABLE,
    Venue.BALANCER_V2_BATCH: Kind.BALANCER_STABLE,
    Venue.MAKER_PSM: Kind.MAKER_PSM,
    Venue.DAI_USDS: Kind.CONVERTER,
    Venue.GHO_GSM: Kind.GSM,
    Venue.ERC4626: Kind.ERC4626,
}


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Where a pool is and which tokens stand at which position in it.

    Rails list the coin first that goes in when they are used in their direction 0.
    """

    name: str
    venue: Venue
    address: Address
    tokens: tuple[Token, ...]
    fee: Pips = Pips(0)  # Uniswap V3 and V4
    tick_spacing: int = 0  # Uniswap V4
    factory: int = 0  # Uniswap V2: 0 Uniswap, 1 Sushi, 2 Pancake
    pool_ids: tuple[bytes, ...] = ()  # Balancer V2, one per hop
    between: Token | None = None  # Balancer V2 in two hops
    puller: Address | None = None  # Maker's first module: its gem join
    special: Kind | None = None  # where the arithmetic is not its venue's usual one
    base: "PoolSpec | None" = None  # of a metapool: a swap moves it too, so use one of the two
    shares: Address | None = None  # the token of the pool's providers, where it is another contract

    @property
    def kind(self) -> Kind:
        """Whose arithmetic the pool follows."""
        return self.special or _KIND_OF_VENUE[self.venue]


CURVE_SUSD = PoolSpec(
    name="Curve DAI/USDC/USDT/sUSD",
    venue=Venue.CURVE,
    address=Address("0xA5407eAE9Ba41422680e2e00537571bcC53efBfD"),
    tokens=(DAI, USDC, USDT, SUSD),
)
CURVE_3POOL = PoolSpec(
    name="Curve 3pool",
    venue=Venue.CURVE,
    address=Address("0xbEbc44782C7dB0a1A60Cb6fe97d0b483032FF1C7"),
    tokens=(DAI, USDC, USDT),
)
V2_USDC_USDT = PoolSpec(
    name="Uniswap V2 USDC/USDT",
    venue=Venue.UNISWAP_V2,
    address=Address("0x3041CbD36888bECc7bbCBc0045E3B1f144466f5f"),
    tokens=(USDC, USDT),
)
V2_USDC_WETH = PoolSpec(
    name="Uniswap V2 USDC/WETH",
    venue=Venue.UNISWAP_V2,
    address=Address("0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc"),
    tokens=(USDC, WETH),
)
V3_USDC_WETH = PoolSpec(
    name="Uniswap V3 USDC/WETH 0.05%",
    venue=Venue.UNISWAP_V3,
    address=Address("0x88e6A0c2dDD26FEEb64F039a2c41296FcB3f5640"),
    tokens=(USDC, WETH),
    fee=Pips(500),
)
V3_USDC_USDT = PoolSpec(
    name="Uniswap V3 USDC/USDT 0.01%",
    venue=Venue.UNISWAP_V3,
    address=Address("0x3416cF6C708Da44DB2624D63ea0AAef7113527C6"),
    tokens=(USDC, USDT),
    fee=Pips(100),
)
V3_DAI_USDC = PoolSpec(
    name="Uniswap V3 DAI/USDC 0.01%",
    venue=Venue.UNISWAP_V3,
    address=Address("0x5777d92f208679DB4b9778590Fa3CAB3aC9e2168"),
    tokens=(DAI, USDC),
    fee=Pips(100),
)
LITE_PSM_USDC = PoolSpec(
    name="LitePSM USDC/DAI",
    venue=Venue.LITE_PSM,
    address=Address("0xf6e72Db5454dd049d0788e411b06CfAF16853042"),
    tokens=(USDC, DAI),
)

# A pool of this table that has no code on the connected chain is left out, with a log line.
POOLS = (
    CURVE_SUSD,
    CURVE_3POOL,
    V2_USDC_USDT,
    V3_USDC_USDT,
    V3_DAI_USDC,
    LITE_PSM_USDC,
)
# They turn gas, paid in ETH, into USDC. The dearer answer counts: moving one pool gains nothing.
GAS_PRICE_POOLS = (V2_USDC_WETH, V3_USDC_WETH)

AAVE_POOL = Address("0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2")
AAVE_ADDRESSES_PROVIDER = Address("0x2f39d218133AFaB8F2B819B1066c7E434Ad94E9e")
BALANCER_VAULT = Address("0xBA12222222228d8Ba445958a75a0704d566BF2C8")
BALANCER_FEE_COLLECTOR = Address("0xce88686553686DA562CE7Cea497CE749DA109f9F")
MORPHO_BLUE = Address("0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb")
LITE_PSM_POCKET = Address("0x37305B1cD40574E4C5Ce33f8e8306Be057fD7341")
UNISWAP_V2_FACTORY = Address("0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f")
SUSHI_FACTORY = Address("0xC0AEe478e3658e2610c5F7A4A2E1777cE9e4f2Ac")
PANCAKE_V2_FACTORY = Address("0x1097053Fd2ea711dad45caCcc45EfF7548fCB362")
UNISWAP_V3_FACTORY = Address("0x1F98431c8aD98523631AE4a59f267346ea31F984")
UNISWAP_V4_POOL_MANAGER = Address("0x000000000004444c5dc75cB358380D2e3dE08A90")
PERMIT2 = Address("0x000000000022D473030F116dDEE9F6B43aC78BA3")
MULTICALL3 = Address("0xcA11bde05977b3631167028862bE2a173976CA11")
DSS_FLASH = Address("0x60744434d6339a6B27d73d9Eda62b6F66a0a04FA")
SDAI = Address("0x83F20F44975D03b1b09e64809B757c47f942BEeA")
DAI_USDS = Address("0x3225737a9Bbb6473CB4a45b7244ACa2BeFdB276A")  # converter
DSS_PSM_USDC = Address("0x89B78CfA322F6C5dE0aBcEecab66Aee45393cC5A")  # Maker's first module
DSS_PSM_USDC_JOIN = Address("0x0A59649758aa4d66E25f08Dd01271e891fe52199")  # takes its gems
GSM_USDC = Address("0x3A3868898305f04beC7FEa77BecFf04C13444112")
GSM_USDT = Address("0x882285E62656b9623AF136Ce3078c6BdCc33F5E3")
GHO_RESERVE = Address("0x54C58157DeF387A880AE62332D1445f03adbE7E9")
GHO_FLASH_MINTER = Address("0xb639D208Bcf0589D54FaC24E655C79EC529762B8")
CRVUSD_FLASH_LENDER = Address("0x26dE7861e213A5351F6ED767d00e0839930e9eE1")
BALANCER_V3_VAULT = Address("0xbA1333333333a1BA1108E8412f11850A5C319bA9")
NG_USDC_USDT = Address("0x4f493B7dE8aAC7d55F71853688b1F7C8F0243C85")  # StableSwap-NG
NG_GHO_CRVUSD = Address("0x635EF0056A597D13863B73825CcA297236578595")  # StableSwap-NG

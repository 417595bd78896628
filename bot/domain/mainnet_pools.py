"""More pools and rails of Ethereum mainnet, beside those of `venues`.

Sources: CREATE2 for what a Uniswap factory made; for the rest the public lists of the protocols and
of routers, as found in 2026. `registry` has the checks that decide on chain.
"""

from bot.domain.assets import (
    CRVUSD,
    DAI,
    FRAX,
    GHO,
    LUSD,
    PYUSD,
    SAVINGS_DAI,
    SAVINGS_USDS,
    USDC,
    USDE,
    USDS,
    USDT,
    Token,
)
from bot.domain.units import Address, Pips
from bot.domain.venues import (
    CURVE_3POOL,
    DAI_USDS,
    DSS_PSM_USDC,
    DSS_PSM_USDC_JOIN,
    GSM_USDC,
    GSM_USDT,
    NG_GHO_CRVUSD,
    NG_USDC_USDT,
    UNISWAP_V4_POOL_MANAGER,
    PoolSpec,
    Venue,
)

THREE_CRV = Address("0x6c3F90f043a72FA612cbac8115EE7e52BDe6E490")  # shares of 3pool


def _curve(address: str, *tokens: Token) -> PoolSpec:
    return named("Curve", Venue.CURVE, address, tokens)


def _next_generation(address: str, *tokens: Token) -> PoolSpec:
    return named("Curve NG", Venue.CURVE_RECEIVED, address, tokens)


def named(prefix: str, venue: Venue, address: str, tokens: tuple[Token, ...]) -> PoolSpec:
    """Return the pool under a name made of `prefix` and its coins."""
    coins = "/".join(token.symbol for token in tokens)
    return PoolSpec(name=f"{prefix} {coins}", venue=venue, address=Address(address), tokens=tokens)


def _uniswap_v2(address: str, first: Token, second: Token) -> PoolSpec:
    return named("Uniswap V2", Venue.UNISWAP_V2, address, (first, second))


def uniswap_v3(address: str, first: Token, second: Token, fee: int) -> PoolSpec:
    """Return the pool of that fee; the tokens stand in the order of addresses."""
    return PoolSpec(
        name=f"Uniswap V3 {first.symbol}/{second.symbol} {fee / 10_000:g}%",
        venue=Venue.UNISWAP_V3,
        address=Address(address),
        tokens=(first, second),
        fee=Pips(fee),
    )


def uniswap_v4(first: Token, second: Token, fee: int, spacing: int) -> PoolSpec:
    """Return the pool without hooks of that key; the tokens stand in the order of addresses."""
    return PoolSpec(
        name=f"Uniswap V4 {first.symbol}/{second.symbol} {fee / 10_000:g}%/{spacing}",
        venue=Venue.UNISWAP_V4,
        address=UNISWAP_V4_POOL_MANAGER,
        tokens=(first, second),
        fee=Pips(fee),
        tick_spacing=spacing,
    )


CURVE_CRVUSD_USDC = _curve("0x4DEcE678ceceb27446b35C672dC7d61F30bAD69E", USDC, CRVUSD)
CURVE_CRVUSD_USDT = _curve("0x390f3595bCa2Df7d23783dFd126427CCeb997BF4", USDT, CRVUSD)
CURVE_FRAX_USDC = _curve("0xDcEF968d416a41Cdac0ED8702fAC8128A64241A2", FRAX, USDC)
CURVE_PYUSD_USDC = _next_generation("0x383E6b4437b59fff47B619CBA855CA29342A8559", PYUSD, USDC)
CURVE_USDE_USDC = _next_generation("0x02950460E2b9529D0E00284A5fA2d7bDF3fA4d72", USDE, USDC)
CURVE_USDC_USDT = _next_generation(NG_USDC_USDT, USDC, USDT)
CURVE_GHO_CRVUSD = _next_generation(NG_GHO_CRVUSD, GHO, CRVUSD)
CURVE_LUSD_3POOL = PoolSpec(
    name="Curve LUSD/3pool",
    venue=Venue.CURVE_UNDERLYING,
    address=Address("0xEd279fDD11cA84bEef15AF5D39BB4d4bEE23F0cA"),
    tokens=(LUSD, *CURVE_3POOL.tokens),
    base=CURVE_3POOL,
    shares=THREE_CRV,
)
CURVE_FRAX_3POOL = PoolSpec(
    name="Curve FRAX/3pool",
    venue=Venue.CURVE_UNDERLYING,
    address=Address("0xd632f22692FaC7611d2AA1C0D552930D43CAEd3B"),
    tokens=(FRAX, *CURVE_3POOL.tokens),
    base=CURVE_3POOL,
    shares=THREE_CRV,
)
V2_DAI_USDC = _uniswap_v2("0xAE461cA67B15dc8dc81CE7615e0320dA1A9aB8D5", DAI, USDC)
V2_DAI_USDT = _uniswap_v2("0xB20bd5D04BE54f870D5C0d3cA85d82b34B836405", DAI, USDT)
V3_USDC_USDT_500 = uniswap_v3("0x7858E59e0C01EA06Df3aF3D20aC7B0003275D4Bf", USDC, USDT, 500)
V3_DAI_USDC_500 = uniswap_v3("0x6c6Bc977E13Df9b0de53b251522280BB72383700", DAI, USDC, 500)
V3_DAI_USDT_100 = uniswap_v3("0x48DA0965ab2d2cbf1C17C09cFB5Cbe67Ad5B1406", DAI, USDT, 100)
V4_USDC_USDT_8 = uniswap_v4(USDC, USDT, 8, 1)
V4_USDC_USDT_10 = uniswap_v4(USDC, USDT, 10, 1)
V4_USDC_USDT_100 = uniswap_v4(USDC, USDT, 100, 1)
MAKER_PSM_USDC = PoolSpec(
    name="Maker PSM USDC/DAI",
    venue=Venue.MAKER_PSM,
    address=DSS_PSM_USDC,
    tokens=(USDC, DAI),
    puller=DSS_PSM_USDC_JOIN,
)
DAI_USDS_CONVERTER = PoolSpec(
    name="DAI/USDS converter", venue=Venue.DAI_USDS, address=DAI_USDS, tokens=(DAI, USDS)
)
GHO_GSM_USDC = PoolSpec(
    name="GSM USDC/GHO", venue=Venue.GHO_GSM, address=GSM_USDC, tokens=(USDC, GHO)
)
GHO_GSM_USDT = PoolSpec(
    name="GSM USDT/GHO", venue=Venue.GHO_GSM, address=GSM_USDT, tokens=(USDT, GHO)
)
SAVINGS_DAI_VAULT = PoolSpec(
    name="Savings DAI",
    venue=Venue.ERC4626,
    address=SAVINGS_DAI.address,
    tokens=(DAI, SAVINGS_DAI),
)
SAVINGS_USDS_VAULT = PoolSpec(
    name="Savings USDS",
    venue=Venue.ERC4626,
    address=SAVINGS_USDS.address,
    tokens=(USDS, SAVINGS_USDS),
)

MORE_POOLS = (
    CURVE_CRVUSD_USDC,
    CURVE_CRVUSD_USDT,
    CURVE_FRAX_USDC,
    CURVE_PYUSD_USDC,
    CURVE_USDE_USDC,
    CURVE_USDC_USDT,
    CURVE_GHO_CRVUSD,
    CURVE_LUSD_3POOL,
    CURVE_FRAX_3POOL,
    V2_DAI_USDC,
    V2_DAI_USDT,
    V3_USDC_USDT_500,
    V3_DAI_USDC_500,
    V3_DAI_USDT_100,
    V4_USDC_USDT_8,
    V4_USDC_USDT_10,
    V4_USDC_USDT_100,
    MAKER_PSM_USDC,
    DAI_USDS_CONVERTER,
    GHO_GSM_USDC,
    GHO_GSM_USDT,
    SAVINGS_DAI_VAULT,
    SAVINGS_USDS_VAULT,
)

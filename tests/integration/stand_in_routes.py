"""Routes through what the local mainnet stands in for, and what moves their prices first."""

from collections.abc import Callable

import msgspec

from bot.domain.assets import CRVUSD, DAI, GHO, USDC, USDS, USDT, WETH, Token
from bot.domain.units import Address
from bot.domain.venues import (
    BALANCER_VAULT,
    CRVUSD_FLASH_LENDER,
    DAI_USDS,
    DSS_FLASH,
    DSS_PSM_USDC,
    DSS_PSM_USDC_JOIN,
    GHO_FLASH_MINTER,
    GSM_USDC,
    LITE_PSM_USDC,
    NG_GHO_CRVUSD,
    NG_USDC_USDT,
    SDAI,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
    Venue,
)
from bot.sandbox.addresses import (
    BALANCER_COMPOSABLE_POOL,
    BALANCER_STABLE_POOL,
    BALANCER_WEIGHTED_POOL,
    CURVE_META_POOL,
    DEPLOYER,
    NG_CRVUSD_USDC,
    NG_SDAI_USDC,
    NG_USDS_USDC,
)
from bot.sandbox.deployer import Deployer
from bot.sandbox.pools import PANCAKE_PAIRS, SUSHI_PAIRS, V3_USDC_WETH

MILLION = 1_000_000
SAVINGS = Token(symbol="sDAI", address=SDAI, decimals=18)
EXCHANGE = "exchange(int128,int128,uint256,uint256)"
SWAP = (
    "swap((bytes32,uint8,address,address,uint256,bytes),(address,bool,address,bool),"
    "uint256,uint256)"
)


def pool(venue: Venue, address: Address, *tokens: Token) -> PoolSpec:
    return PoolSpec(name=venue.name, venue=venue, address=address, tokens=tokens)


NG_STABLE = pool(Venue.CURVE, NG_USDC_USDT, USDC, USDT)
NG_RECEIVED = pool(Venue.CURVE_RECEIVED, NG_USDC_USDT, USDC, USDT)
NG_CRVUSD = pool(Venue.CURVE, NG_CRVUSD_USDC, USDC, CRVUSD)
NG_GHO = pool(Venue.CURVE, NG_GHO_CRVUSD, GHO, CRVUSD)
NG_USDS = pool(Venue.CURVE, NG_USDS_USDC, USDS, USDC)
NG_SAVINGS = pool(Venue.CURVE, NG_SDAI_USDC, SAVINGS, USDC)
META = pool(Venue.CURVE_UNDERLYING, CURVE_META_POOL, CRVUSD, DAI, USDC, USDT)
CONVERTER = pool(Venue.DAI_USDS, DAI_USDS, DAI, USDS)
MODULE = pool(Venue.GHO_GSM, GSM_USDC, USDC, GHO)
VAULT = pool(Venue.ERC4626, SDAI, DAI, SAVINGS)
FIRST_PSM = msgspec.structs.replace(
    pool(Venue.MAKER_PSM, DSS_PSM_USDC, USDC, DAI), puller=DSS_PSM_USDC_JOIN
)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A route, what moves its price, and who advances 100,000 coins of its first token."""

    route: tuple[tuple[PoolSpec, Token], ...]  # pool, token received
    start: Token = USDC
    shock: Callable[[Deployer], None]
    lender: Lender = Lender.MORPHO
    target: Address | None = None


def sells(where: PoolSpec, token: Token, whole: int) -> Callable[[Deployer], None]:
    def act(chain: Deployer) -> None:
        i = where.tokens.index(token)
        amount = whole * 10**token.decimals
        if where.venue is Venue.UNISWAP_V2:
            chain.send(token.address, "transfer(address,uint256)", where.address, amount)
            outs = [0, 0]
            outs[1 - i] = whole * 10 ** where.tokens[1 - i].decimals // 2
            swap = "swap(uint256,uint256,address,bytes)"
            chain.send(where.address, swap, *outs, DEPLOYER, b"")
        else:
            chain.send(where.address, EXCHANGE, i, 1 - i, amount, 0)

    return act


def sells_to_balancer(
    address: Address, token: Token, into: Token, whole: int
) -> Callable[[Deployer], None]:
    def act(chain: Deployer) -> None:
        (pool_id,) = chain.call(address, "getPoolId()", "bytes32")
        amount = whole * 10**token.decimals
        single = (pool_id, 0, token.address, into.address, amount, b"")
        funds = (DEPLOYER, False, DEPLOYER, False)
        chain.send(BALANCER_VAULT, SWAP, single, funds, 0, 2**255)

    return act


BACK = (V3_USDC_USDT, USDC)
CASES = {
    "NG exchange": Case(route=((NG_STABLE, USDT), BACK), shock=sells(NG_STABLE, USDT, 9 * MILLION)),
    "NG exchange_received": Case(
        route=((NG_RECEIVED, USDT), BACK), shock=sells(NG_STABLE, USDT, 9 * MILLION)
    ),
    "metapool out": Case(
        route=((NG_CRVUSD, CRVUSD), (META, USDC)), shock=sells(NG_CRVUSD, CRVUSD, 8 * MILLION)
    ),
    "metapool in": Case(
        route=((META, CRVUSD), (NG_CRVUSD, USDC)), shock=sells(NG_CRVUSD, USDC, 8 * MILLION)
    ),
    "converter, first PSM buys": Case(
        route=((NG_USDS, USDS), (CONVERTER, DAI), (FIRST_PSM, USDC)),
        shock=sells(NG_USDS, USDS, 8 * MILLION),
    ),
    "first PSM sells, converter back": Case(
        route=((FIRST_PSM, DAI), (CONVERTER, USDS), (NG_USDS, USDC)),
        shock=sells(NG_USDS, USDC, 8 * MILLION),
    ),
    "GSM sells": Case(
        route=((MODULE, GHO), (NG_GHO, CRVUSD), (NG_CRVUSD, USDC)),
        shock=sells(NG_GHO, CRVUSD, 4 * MILLION),
    ),
    "GSM buys": Case(
        route=((NG_CRVUSD, CRVUSD), (NG_GHO, GHO), (MODULE, USDC)),
        shock=sells(NG_GHO, GHO, 4 * MILLION),
    ),
    "vault deposits": Case(
        route=((LITE_PSM_USDC, DAI), (VAULT, SAVINGS), (NG_SAVINGS, USDC)),
        shock=sells(NG_SAVINGS, USDC, 4 * MILLION),
    ),
    "vault redeems": Case(
        route=((NG_SAVINGS, SAVINGS), (VAULT, DAI), (LITE_PSM_USDC, USDC)),
        shock=sells(NG_SAVINGS, SAVINGS, 4 * MILLION),
    ),
    "SushiSwap": Case(
        route=((SUSHI_PAIRS[0], USDT), BACK), shock=sells(SUSHI_PAIRS[0], USDT, 500_000)
    ),
    "PancakeSwap": Case(
        route=((PANCAKE_PAIRS[0], USDT), BACK), shock=sells(PANCAKE_PAIRS[0], USDT, 500_000)
    ),
    "Balancer composable": Case(
        route=((pool(Venue.BALANCER_V2, BALANCER_COMPOSABLE_POOL, USDC, USDT), USDT), BACK),
        shock=sells_to_balancer(BALANCER_COMPOSABLE_POOL, USDT, USDC, 9 * MILLION),
    ),
    "Balancer two hops": Case(
        route=(
            (
                msgspec.structs.replace(
                    pool(Venue.BALANCER_V2_BATCH, BALANCER_COMPOSABLE_POOL, USDC, USDT),
                    between=DAI,
                ),
                USDT,
            ),
            BACK,
        ),
        shock=sells_to_balancer(BALANCER_STABLE_POOL, USDT, DAI, 9 * MILLION),
    ),
    "Balancer weighted": Case(
        route=(
            (pool(Venue.BALANCER_V2, BALANCER_WEIGHTED_POOL, USDC, WETH), WETH),
            (V3_USDC_WETH, USDC),
        ),
        shock=sells_to_balancer(BALANCER_WEIGHTED_POOL, WETH, USDC, 600),
    ),
    "Balancer V3 lends": Case(
        route=((NG_STABLE, USDT), BACK),
        shock=sells(NG_STABLE, USDT, 9 * MILLION),
        lender=Lender.BALANCER_V3,
    ),
    "GHO minter lends": Case(
        start=GHO,
        route=((NG_GHO, CRVUSD), (NG_CRVUSD, USDC), (MODULE, GHO)),
        shock=sells(NG_GHO, CRVUSD, 4 * MILLION),
        lender=Lender.ERC3156,
        target=GHO_FLASH_MINTER,
    ),
    "crvUSD lender lends": Case(
        start=CRVUSD,
        route=((NG_CRVUSD, USDC), (META, CRVUSD)),
        shock=sells(NG_CRVUSD, USDC, 8 * MILLION),
        lender=Lender.ERC3156,
        target=CRVUSD_FLASH_LENDER,
    ),
    "DssFlash lends": Case(
        start=DAI,
        route=((CONVERTER, USDS), (NG_USDS, USDC), (LITE_PSM_USDC, DAI)),
        shock=sells(NG_USDS, USDC, 8 * MILLION),
        lender=Lender.ERC3156,
        target=DSS_FLASH,
    ),
}

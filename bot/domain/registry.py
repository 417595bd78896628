"""Everything of mainnet that the bot relies on, with its role and how the chain confirms it.

`repeg doctor` asks the checks; nothing here was believed because a list said so.
"""

from enum import Enum

import msgspec

from bot.domain.assets import CRVUSD, DAI, GHO, TOKENS, USDC, USDT, Token
from bot.domain.local_pools import LOCAL_POOLS
from bot.domain.mainnet_pools import MORE_POOLS
from bot.domain.oracles import MAINNET_ORACLES
from bot.domain.oracles import SOURCE as ORACLES_SOURCE
from bot.domain.pool_checks import Check, checks_of
from bot.domain.units import Address
from bot.domain.venues import (
    AAVE_ADDRESSES_PROVIDER,
    AAVE_POOL,
    BALANCER_FEE_COLLECTOR,
    BALANCER_V3_VAULT,
    BALANCER_VAULT,
    CRVUSD_FLASH_LENDER,
    DSS_FLASH,
    GAS_PRICE_POOLS,
    GHO_FLASH_MINTER,
    MORPHO_BLUE,
    POOLS,
    UNISWAP_V2_FACTORY,
    UNISWAP_V3_FACTORY,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V3_USDC_USDT,
    PoolSpec,
    Venue,
)

ALL_POOLS = (*POOLS, *MORE_POOLS, *LOCAL_POOLS)


class Role(Enum):
    """What the bot uses an entry for."""

    COIN = "coin"
    POOL = "pool"
    RAIL = "rail"
    GAS = "gas price"
    LENDER = "lender"
    FACTORY = "factory"
    ORACLE = "oracle"
    EXECUTOR = "executor"  # of the operator's own, in no table


class Need(Enum):
    """What it means when an entry is not there."""

    REQUIRED = "the bot cannot run without it"
    OPTIONAL = "the market is smaller without it"
    LOCAL = "only local chains have it"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One contract, or one pool inside a contract."""

    name: str
    role: Role
    address: Address
    source: str  # where the address is from; the checks are what counts
    checks: tuple[Check, ...]
    need: Need = Need.OPTIONAL
    pool: PoolSpec | None = None


_RAILS = (Venue.LITE_PSM, Venue.MAKER_PSM, Venue.DAI_USDS, Venue.GHO_GSM, Venue.ERC4626)
_SOURCES = {
    Venue.CURVE: "curvefi/curve-js, 2026-07",
    Venue.CURVE_RECEIVED: "curvefi/curve-router-ng, 2025-05; several routers' lists, 2026",
    Venue.CURVE_UNDERLYING: "curvefi/curve-js, 2026-07",
    Venue.UNISWAP_V2: "CREATE2 of the factory",
    Venue.UNISWAP_V3: "CREATE2 of the factory",
    Venue.UNISWAP_V4: "hash of the pool's key",
    Venue.LITE_PSM: "sky-ecosystem/spells-mainnet, 2026-05",
    Venue.MAKER_PSM: "sky-ecosystem/spells-mainnet, 2026-05",
    Venue.DAI_USDS: "sky-ecosystem/spells-mainnet, 2026-05",
    Venue.GHO_GSM: "bgd-labs/aave-address-book, 2026-05",
    Venue.ERC4626: "sky-ecosystem/spells-mainnet, 2026-05",
}
_REQUIRED_TOKENS = ("USDC", "USDT", "DAI", "WETH")


def _token(token: Token) -> Entry:
    at = token.address
    return Entry(
        name=token.symbol,
        role=Role.COIN,
        address=at,
        source="bgd-labs/aave-address-book and the issuers, 2026-05",
        checks=(
            Check(target=at, view="decimals()", expects=token.decimals),
            Check(target=at, view="symbol()", expects=token.symbol, reads_text=True),
        ),
        need=Need.REQUIRED if token.symbol in _REQUIRED_TOKENS else Need.OPTIONAL,
    )


def _pool(spec: PoolSpec, need: Need) -> Entry:
    gas, rail = spec in GAS_PRICE_POOLS, spec.venue in _RAILS
    return Entry(
        name=spec.name,
        role=Role.GAS if gas else Role.RAIL if rail else Role.POOL,
        address=spec.address,
        source=_SOURCES[spec.venue] if need is not Need.LOCAL else "this project's local mainnet",
        checks=checks_of(spec),
        need=need,
        pool=spec,
    )


def _contract(name: str, role: Role, address: Address, source: str, *checks: Check) -> Entry:
    return Entry(name=name, role=role, address=address, source=source, checks=checks)


def _lends(target: Address, token: Token) -> Check:
    return Check(target=target, view="maxFlashLoan(address)", arguments=(token.address,))


_BOOK, _SPELLS = "bgd-labs/aave-address-book, 2026-05", "sky-ecosystem/spells-mainnet, 2026-05"
_LENDERS = (
    _contract(
        *("Aave V3 Pool", Role.LENDER, AAVE_POOL, _BOOK),
        Check(target=AAVE_ADDRESSES_PROVIDER, view="getPool()", expects=AAVE_POOL),
        Check(target=AAVE_POOL, view="ADDRESSES_PROVIDER()", expects=AAVE_ADDRESSES_PROVIDER),
    ),
    _contract(
        *("Balancer V2 Vault", Role.LENDER, BALANCER_VAULT, "balancer-deployments, 2026-03"),
        Check(
            target=BALANCER_VAULT,
            view="getProtocolFeesCollector()",
            expects=BALANCER_FEE_COLLECTOR,
        ),
    ),
    _contract(
        *("Balancer V3 Vault", Role.LENDER, BALANCER_V3_VAULT, "balancer-deployments, 2026-03"),
        Check(target=BALANCER_V3_VAULT, view="getReservesOf(address)", arguments=(USDC.address,)),
    ),
    _contract(
        *("Morpho Blue", Role.LENDER, MORPHO_BLUE, "docs.morpho.org"),
        Check(target=MORPHO_BLUE, view="owner()"),
    ),
    _contract(
        *("Uniswap V4 PoolManager", Role.LENDER, UNISWAP_V4_POOL_MANAGER, "docs.uniswap.org"),
        Check(target=UNISWAP_V4_POOL_MANAGER, view="owner()"),
    ),
    _contract(
        *("DssFlash", Role.LENDER, DSS_FLASH, _SPELLS),
        _lends(DSS_FLASH, DAI),
    ),
    _contract(
        *("GHO flash minter", Role.LENDER, GHO_FLASH_MINTER, _BOOK),
        _lends(GHO_FLASH_MINTER, GHO),
    ),
    _contract(
        *("crvUSD flash lender", Role.LENDER, CRVUSD_FLASH_LENDER, "docs.curve.finance"),
        _lends(CRVUSD_FLASH_LENDER, CRVUSD),
    ),
)
_FACTORIES = (
    _contract(
        *("Uniswap V2 factory", Role.FACTORY, UNISWAP_V2_FACTORY, "docs.uniswap.org"),
        Check(
            target=UNISWAP_V2_FACTORY,
            view="getPair(address,address)",
            arguments=(USDC.address, USDT.address),
            expects=V2_USDC_USDT.address,
        ),
    ),
    _contract(
        *("Uniswap V3 factory", Role.FACTORY, UNISWAP_V3_FACTORY, "docs.uniswap.org"),
        Check(
            target=UNISWAP_V3_FACTORY,
            view="getPool(address,address,uint24)",
            arguments=(USDC.address, USDT.address, 100),
            expects=V3_USDC_USDT.address,
        ),
    ),
)
_ORACLES = tuple(
    Entry(
        name=f"Chainlink {oracle.pair}",
        role=Role.ORACLE,
        address=oracle.proxy,
        source=ORACLES_SOURCE,
        checks=oracle.checks,
    )
    for oracle in MAINNET_ORACLES
)

ENTRIES = (
    *map(_token, TOKENS),
    *(_pool(spec, Need.REQUIRED) for spec in GAS_PRICE_POOLS[:1]),
    *(_pool(spec, Need.OPTIONAL) for spec in (*GAS_PRICE_POOLS[1:], *POOLS, *MORE_POOLS)),
    *(_pool(spec, Need.LOCAL) for spec in LOCAL_POOLS),
    *_LENDERS,
    *_FACTORIES,
    *_ORACLES,
)

"""Stand-ins of this project for StableSwap-NG pools, and a metapool over a pool of three."""

import msgspec

from bot.chain.artifacts import load_artifact
from bot.domain.assets import CRVUSD, DAI, GHO, USDC, USDS, USDT, Token
from bot.domain.units import WAD, Address
from bot.domain.venues import NG_GHO_CRVUSD, NG_USDC_USDT, SDAI
from bot.sandbox.addresses import (
    CURVE_BASE_LP,
    CURVE_BASE_POOL,
    CURVE_META_LP,
    CURVE_META_POOL,
    DEPLOYER,
    NG_CRVUSD_USDC,
    NG_SDAI_USDC,
    NG_USDS_USDC,
)
from bot.sandbox.deployer import Deployer
from bot.sandbox.systems.tokens import approve

PLAIN, VAULT = 0, 3  # asset types
FEE, OFFPEG_MULTIPLIER = 1_000_000, 5 * 10**10  # 1 bp of 10**10; up to five times as much off peg
SAVINGS = Token(symbol="sDAI", address=SDAI, decimals=18)
BASE_COINS = (DAI, USDC, USDT)
BASE_DEPTH, BASE_AMPLIFICATION = 30_000_000, 2_000
META_DEPTH, META_AMPLIFICATION = 10_000_000, 200
CLASSIC_FEE = 4_000_000  # 4 bps of 10**10


class NgPool(msgspec.Struct, frozen=True, kw_only=True):
    """One pool and what is put into it."""

    address: Address
    coins: tuple[Token, ...]
    amplification: int
    depths: tuple[int, ...]  # whole coins
    types: tuple[int, ...] = (PLAIN, PLAIN)


NG_POOLS = (
    NgPool(
        address=NG_USDC_USDT,
        coins=(USDC, USDT),
        amplification=10_000,
        depths=(10_000_000, 10_000_000),
    ),
    NgPool(
        address=NG_GHO_CRVUSD,
        coins=(GHO, CRVUSD),
        amplification=500,
        depths=(5_000_000, 5_000_000),
    ),
    NgPool(
        address=NG_CRVUSD_USDC,
        coins=(USDC, CRVUSD),
        amplification=500,
        depths=(10_000_000, 10_000_000),
    ),
    NgPool(
        address=NG_USDS_USDC,
        coins=(USDS, USDC),
        amplification=1_000,
        depths=(10_000_000, 10_000_000),
    ),
    NgPool(
        address=NG_SDAI_USDC,
        coins=(SAVINGS, USDC),
        amplification=1_000,
        depths=(5_000_000, 5_600_000),  # a share is worth 1.12 DAI
        types=(VAULT, PLAIN),
    ),
)


def build(chain: Deployer) -> None:
    """Deploy and fill all; nobody else has shares in them."""
    for pool in NG_POOLS:
        _next_generation(chain, pool)
    _base(chain)
    _meta(chain)


def _next_generation(chain: Deployer, pool: NgPool) -> None:
    name = "/".join(coin.symbol for coin in pool.coins)
    chain.deploy_at(
        pool.address,
        load_artifact("StableSwapNG").creation_code,
        "string,string,uint256[3],address[],uint8[],address",
        *(name, name, (pool.amplification, FEE, OFFPEG_MULTIPLIER)),
        *([coin.address for coin in pool.coins], list(pool.types), DEPLOYER),
    )
    for coin in pool.coins:
        approve(chain, coin.address, pool.address)
    amounts = [
        depth * 10**coin.decimals for coin, depth in zip(pool.coins, pool.depths, strict=True)
    ]
    chain.send(pool.address, "add_liquidity(uint256[],uint256)", amounts, 0)


def _base(chain: Deployer) -> None:
    _shares(chain, CURVE_BASE_LP, CURVE_BASE_POOL)
    chain.deploy_at(
        CURVE_BASE_POOL,
        load_artifact("CurveBasePool").creation_code,
        "address,address[3],address,uint256,uint256",
        *(DEPLOYER, [coin.address for coin in BASE_COINS], CURVE_BASE_LP),
        *(BASE_AMPLIFICATION, CLASSIC_FEE),
    )
    for coin in BASE_COINS:
        approve(chain, coin.address, CURVE_BASE_POOL)
    amounts = [BASE_DEPTH * 10**coin.decimals for coin in BASE_COINS]
    chain.send(CURVE_BASE_POOL, "add_liquidity(uint256[3],uint256)", amounts, 0)


def _meta(chain: Deployer) -> None:
    _shares(chain, CURVE_META_LP, CURVE_META_POOL)
    chain.deploy_at(
        CURVE_META_POOL,
        load_artifact("CurveMetaPool").creation_code,
        "address,address,address,address,uint256,uint256",
        *(DEPLOYER, CRVUSD.address, CURVE_META_LP, CURVE_BASE_POOL),
        *(META_AMPLIFICATION, CLASSIC_FEE),
    )
    for coin in (CRVUSD.address, CURVE_BASE_LP):
        approve(chain, coin, CURVE_META_POOL)
    amounts = [META_DEPTH * WAD] * 2
    chain.send(CURVE_META_POOL, "add_liquidity(uint256[2],uint256)", amounts, 0)


def _shares(chain: Deployer, address: Address, minter: Address) -> None:
    token = load_artifact("CurveLpToken").creation_code
    chain.deploy_at(address, token, "string,string,address", "Curve shares", "CRV-LP", minter)

"""Books made of exact pools with round numbers in them."""

from collections.abc import Sequence

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.generations import generation_of
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.domain.assets import DAI, USDC, Token
from bot.domain.units import GWEI, WAD, Bps, Pips, Raw, Wad, Wei
from bot.domain.venues import (
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V2_USDC_WETH,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
)
from bot.market.book import MarketBook
from bot.market.lenders import LenderState, bps_half_up, wad_up

BLOCK = 100
USD_PER_ETH = 3_000


def raw(token: Token, coins: float) -> Raw:
    """Return whole coins in base units."""
    return Raw(int(coins * 10**6) * 10**token.decimals // 10**6)


def curve_pool(coins: Sequence[float], spec: PoolSpec = CURVE_SUSD) -> StableSwapPool:
    """A StableSwap pool that holds `coins` whole coins of each token; A 256, fee 0.04 %."""
    return StableSwapPool(
        spec=spec,
        block=BLOCK,
        amplification=256,
        fee=4_000_000,
        balances=tuple(raw(token, held) for token, held in zip(spec.tokens, coins, strict=True)),
        generation=generation_of(spec),
    )


def v2_pool(coins: tuple[float, float], spec: PoolSpec = V2_USDC_USDT) -> ConstantProductPool:
    """A pair that holds `coins` whole coins."""
    reserves = (raw(spec.tokens[0], coins[0]), raw(spec.tokens[1], coins[1]))
    return ConstantProductPool(spec=spec, block=BLOCK, reserves=reserves)


def v3_pool(liquidity: int, spec: PoolSpec = V3_USDC_USDT) -> ConcentratedPool:
    """Six-decimal coins at parity with one position 100 ticks either side."""
    return ConcentratedPool(
        spec=spec,
        block=BLOCK,
        sqrt_price_x96=2**96,
        tick=0,
        liquidity=liquidity,
        fee=Pips(100),
        tick_spacing=1,
        lowest_tick=-1024,
        highest_tick=1023,
        ticks=(-100, 100),
        liquidity_nets=(liquidity, -liquidity),
    )


def peg_module(dai: float, gem: float, *, tin: int = 0, tout: int = 0) -> PegModulePool:
    """A LitePSM with so many whole coins on each side."""
    return PegModulePool(
        spec=LITE_PSM_USDC,
        block=BLOCK,
        tin=Wad(tin),
        tout=Wad(tout),
        factor=10**12,
        dai_balance=raw(DAI, dai),
        gem_balance=raw(USDC, gem),
    )


def gas_pool(usd_per_eth: float = USD_PER_ETH) -> ConstantProductPool:
    """A USDC/WETH pair so deep that one ETH does not move it much."""
    return v2_pool((100_000 * usd_per_eth, 100_000), V2_USDC_WETH)


def lender(
    kind: Lender, token: Token, coins: float, *, bps: int = 0, wad: float = 0
) -> LenderState:
    """What `kind` offers, in whole coins."""
    return LenderState(
        lender=kind,
        token=token,
        available=raw(token, coins),
        charge=wad_up(Wad(int(wad * WAD))) if wad else bps_half_up(Bps(bps)),
    )


def book_of(
    pools: Sequence[Pool],
    lenders: Sequence[LenderState] = (),
    *,
    base_fee: int = GWEI,
    gas: Pool | None = None,
) -> MarketBook:
    """A book of `BLOCK`."""
    return MarketBook(
        chain_id=1,
        block=BLOCK,
        block_hash="0x" + "ab" * 32,
        timestamp_s=1_750_000_000,
        next_base_fee=Wei(base_fee),
        pools={pool.spec: pool for pool in pools},
        lenders=tuple(lenders),
        gas_pools=(gas or gas_pool(),),
    )

"""One plain pool of each kind, and hypothesis strategies for more of them."""

from hypothesis import strategies as st

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.generations import Generation, generation_of
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.amm.stableswap import StableSwapPool
from bot.amm.tick_math import sqrt_ratio_at
from bot.domain.units import WAD
from bot.domain.venues import (
    CURVE_3POOL,
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V3_USDC_USDT,
)

MILLION = 10**6 * 10**6  # of a coin with six decimals


def pair(reserve_in: int = 10 * MILLION, reserve_out: int = 10 * MILLION) -> ConstantProductPool:
    return ConstantProductPool(spec=V2_USDC_USDT, block=1, reserves=(reserve_in, reserve_out))


def stable(
    balances: tuple[int, ...] = (10**25, 10 * MILLION, 10 * MILLION),
    amplification: int = 2_000,
    generation: Generation | None = None,
    **changed: int,
) -> StableSwapPool:
    spec = CURVE_3POOL if len(balances) == 3 else CURVE_SUSD
    return StableSwapPool(
        spec=spec,
        block=1,
        amplification=amplification,
        fee=changed.get("fee", 1_000_000),
        balances=balances,
        generation=generation or generation_of(spec),
        amplification_precision=changed.get("amplification_precision", 1),
    )


def concentrated(tick: int = 3, nets: dict[int, int] | None = None) -> ConcentratedPool:
    """Return a 0.01 % pool at `tick`, scanned from -512 to 511."""
    known = {-200: 10**15, -7: 10**16, 5: -(10**16), 300: -(10**15)} if nets is None else nets
    return ConcentratedPool(
        spec=V3_USDC_USDT,
        block=1,
        sqrt_price_x96=sqrt_ratio_at(tick) + 12_345,
        tick=tick,
        liquidity=sum(net for at, net in known.items() if at <= tick),
        fee=100,
        tick_spacing=1,
        lowest_tick=-512,
        highest_tick=511,
        ticks=tuple(known),
        liquidity_nets=tuple(known.values()),
    )


def peg_module(**changed: int) -> PegModulePool:
    state = {"tin": 0, "tout": 0, "dai_balance": 10**25, "gem_balance": 5 * MILLION} | changed
    return PegModulePool(spec=LITE_PSM_USDC, block=1, factor=10**12, **state)


def pools() -> st.SearchStrategy[Pool]:
    amounts = st.integers(10**6, 10**15)
    wads = st.integers(10**18, 10**27)
    fees = st.sampled_from([0, 10**14, WAD // 100])
    return st.one_of(
        st.builds(pair, amounts, amounts),
        st.builds(stable, st.tuples(wads, amounts, amounts), st.integers(1, 10_000)),
        st.builds(stable, st.tuples(wads, amounts, amounts, wads), st.integers(1, 10_000)),
        st.builds(concentrated, st.integers(-190, 290)),
        st.builds(peg_module, tin=fees, tout=fees, dai_balance=wads, gem_balance=amounts),
    )

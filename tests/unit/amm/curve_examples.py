"""NG pools and a metapool with round numbers in them."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from bot.amm.generations import Generation
from bot.amm.metapool import MetaPool
from bot.amm.stableswap import StableSwapPool
from bot.amm.stableswap_ng import StableSwapNgPool
from bot.domain.assets import CRVUSD, USDC, USDT
from bot.domain.units import Address, Raw
from bot.domain.venues import CURVE_3POOL, NG_USDC_USDT, PoolSpec, Venue

MILLION = 10**6 * 10**6  # of a coin with six decimals
NG_SPEC = PoolSpec(
    name="NG USDC/USDT", venue=Venue.CURVE_RECEIVED, address=NG_USDC_USDT, tokens=(USDC, USDT)
)
META_SPEC = PoolSpec(
    name="crvUSD/3pool",
    venue=Venue.CURVE_UNDERLYING,
    address=Address("0x" + "09" * 20),
    tokens=(CRVUSD, *CURVE_3POOL.tokens),
    base=CURVE_3POOL,
)


def next_generation(
    balances: tuple[int, int] = (10 * MILLION, 10 * MILLION), **changed: Any
) -> StableSwapNgPool:
    """USDC/USDT; A 500, fee 1 bp, five times as much off the peg."""
    pool = StableSwapNgPool(
        spec=NG_SPEC,
        block=1,
        amplification=50_000,
        fee=1_000_000,
        offpeg_fee_multiplier=5 * 10**10,
        balances=(Raw(balances[0]), Raw(balances[1])),
        rates=(10**30, 10**30),
    )
    return msgspec.structs.replace(pool, **changed)


def base_pool(**changed: Any) -> StableSwapPool:
    """Thirty million coins in 3pool, evenly; fee 1.5 bp."""
    pool = StableSwapPool(
        spec=CURVE_3POOL,
        block=1,
        amplification=2_000,
        fee=1_500_000,
        balances=(Raw(10**25), Raw(10 * MILLION), Raw(10 * MILLION)),
        generation=Generation.THREE_POOL,
    )
    return msgspec.structs.replace(pool, **changed)


def metapool(**changed: Any) -> MetaPool:
    """A million crvUSD against as many shares of 3pool, each worth 1.04; A 200, fee 4 bps."""
    pool = MetaPool(
        spec=META_SPEC,
        block=1,
        amplification=20_000,
        fee=4_000_000,
        balances=(Raw(10**24), Raw(10**24)),
        base=base_pool(),
        base_supply=Raw(3 * 10**25 * 100 // 104),
    )
    return msgspec.structs.replace(pool, **changed)


def rated_pools(multipliers: tuple[int, ...] = (0,)) -> st.SearchStrategy[StableSwapNgPool]:
    """NG pools of any balance, rate and fee, as far as their contracts settle on an invariant."""
    amounts = st.integers(10**6, 10**15)
    rates = st.tuples(st.integers(8 * 10**29, 19 * 10**29), st.just(10**30))
    return st.builds(
        next_generation,
        st.tuples(amounts, amounts),
        rates=rates,
        amplification=st.integers(100, 10**6),
        fee=st.sampled_from([0, 10**6, 10**8]),
        offpeg_fee_multiplier=st.sampled_from(multipliers),
    ).filter(lambda pool: pool.closed is None)

"""Compiles the search before it is needed: seconds the first time, then it is read from disk."""

from bot.amm.concentrated import ConcentratedPool
from bot.amm.constant_product import ConstantProductPool
from bot.amm.router import Router
from bot.domain.assets import USDC
from bot.domain.units import Pips, Raw
from bot.domain.venues import V2_USDC_USDT, V3_USDC_USDT

_RESERVE, _DEAR_RESERVE = Raw(10**12), Raw(11 * 10**11)
_Q96 = 1 << 96


def compile_search() -> None:
    """Search a market of two pools, which calls every compiled part."""
    pair = ConstantProductPool(spec=V2_USDC_USDT, block=0, reserves=(_RESERVE, _DEAR_RESERVE))
    ranges = ConcentratedPool(
        spec=V3_USDC_USDT,
        block=0,
        sqrt_price_x96=_Q96,
        tick=0,
        liquidity=_RESERVE,
        fee=Pips(100),
        tick_spacing=1,
        lowest_tick=-1_000,
        highest_tick=1_000,
        ticks=(-900, 900),
        liquidity_nets=(_RESERVE, -_RESERVE),
    )
    router = Router((pair.spec, ranges.spec), USDC)
    router.refresh({pair.spec: pair, ranges.spec: ranges})
    router.solve()
    router.best_cycles({}, max_hops=2, count=1)
    router.pruned({}, most_pools=2)

"""The rows of the gas benchmark: routes through the local mainnet's pools."""

from bot.bench.gas_lenders import LENDERS
from bot.bench.gas_routes import PLAIN, USDC_FIRST, USDT_FIRST, Route
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.units import Pips
from bot.domain.venues import (
    CURVE_SUSD,
    LITE_PSM_USDC,
    NG_USDC_USDT,
    UNISWAP_V4_POOL_MANAGER,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    Lender,
    PoolSpec,
    Venue,
)
from bot.sandbox import pools

_V2, _V3, _V4 = "V2", "V3", "V4"
_CURVE, _NG, _PSM = "Curve", "Ng", "Psm"
_UNISWAP = (_V2, _V3, _V4)
USD = "usd"


def _v4(opening: pools.V4Opening) -> PoolSpec:
    return PoolSpec(
        name=f"Uniswap V4 {opening.fee} pips",
        venue=Venue.UNISWAP_V4,
        address=UNISWAP_V4_POOL_MANAGER,
        tokens=opening.tokens,
        fee=Pips(opening.fee),
        tick_spacing=opening.spacing,
    )


_NG_USD = PoolSpec(
    name="StableSwap-NG USDC/USDT",
    venue=Venue.CURVE_RECEIVED,
    address=NG_USDC_USDT,
    tokens=(USDC, USDT),
)
# Of each protocol the pool that is displaced, and the one that stands at par.
_FIRST = {
    (_V2, PLAIN): pools.V2_PLAIN,
    (_V3, PLAIN): pools.V3_PLAIN_LOW,
    (_V4, PLAIN): _v4(pools.V4_PLAIN_500),
    (_V2, USD): V2_USDC_USDT,
    (_V3, USD): pools.V3_USDC_USDT_LOW,
    (_V4, USD): _v4(pools.V4_USDC_USDT_100),
    (_CURVE, USD): CURVE_SUSD,
    (_NG, USD): _NG_USD,
}
_LAST = {
    (_V2, PLAIN): pools.V2_PLAIN,
    (_V3, PLAIN): pools.V3_PLAIN,
    (_V4, PLAIN): _v4(pools.V4_PLAIN),
    (_V2, USD): V2_USDC_USDT,
    (_V3, USD): V3_USDC_USDT,
    (_V4, USD): _v4(pools.V4_USDC_USDT),
}
_PAIR = {
    PLAIN: (pools.PLAIN_A, pools.PLAIN_B),
    USDC_FIRST: (USDC, USDT),
    USDT_FIRST: (USDT, USDC),
}
_POOLS = {PLAIN: PLAIN, USDC_FIRST: USD, USDT_FIRST: USD}
# Whole coins: enough for a price 0.2 to 1 % off par.
_MOVED = {_V2: 100_000, _V3: 10_400_000, _V4: 8_000_000, _CURVE: 5_000_000, _NG: 9_500_000}


def _two(first: str, last: str, coins: str, lender: Lender | None = None) -> Route:
    lent = "Loan" if lender is not None else ""
    name = f"{first}_{last}".lower()
    return Route(
        name=name if lender is None else f"{name}_{LENDERS[lender]}",
        coins=coins,
        pools=(_FIRST[first, _POOLS[coins]], _LAST[last, _POOLS[coins]]),
        tokens=_PAIR[coins],
        displaced=(_MOVED[first], 0),
        lender=lender,
        floor=f"Floor{first}{last}{lent}",
        routed=first in _UNISWAP and last in _UNISWAP,
    )


def _split(coins: str) -> Route:
    group = _POOLS[coins]
    return Route(
        name="split",
        coins=coins,
        pools=(_FIRST[_V3, group], _FIRST[_V2, group], _LAST[_V3, group]),
        tokens=_PAIR[coins],
        displaced=(_MOVED[_V3], _MOVED[_V2], 0),
        split=2,
        floor="FloorSplit",
        routed=True,
    )


_PAIRS = ((_V4, _V4), (_V4, _V3), (_V3, _V4), (_V2, _V3), (_V3, _V2), (_V3, _V3))
_PSM_V3 = Route(
    name="psm_v3",
    coins=USDC_FIRST,
    pools=(LITE_PSM_USDC, V3_DAI_USDC),
    tokens=(USDC, DAI),
    displaced=(0, 22_000_000),
    floor="FloorPsmV3",
)
_THREE = Route(
    name="v3_v3_v3",
    coins=USDC_FIRST,
    pools=(_FIRST[_V3, USD], pools.V3_DAI_USDT, V3_DAI_USDC),
    tokens=(USDC, USDT, DAI),
    displaced=(_MOVED[_V3], 0, 0),
    floor="FloorV3V3V3",
    routed=True,
)
ROUTES = (
    *(_two(*pair, coins) for coins in _PAIR for pair in _PAIRS),
    *(_two(_CURVE, _V3, coins) for coins in (USDC_FIRST, USDT_FIRST)),
    _two(_NG, _V4, USDC_FIRST),
    _PSM_V3,
    *(_two(_CURVE, _V3, USDC_FIRST, lender) for lender in LENDERS),
    _THREE,
    *(_split(coins) for coins in (PLAIN, USDC_FIRST)),
)

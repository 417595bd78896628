"""The rows of the gas benchmark: routes through the local mainnet's pools."""

from bot.bench.gas_lenders import LENDERS
from bot.bench.gas_pools import GasPool, Kind
from bot.bench.gas_routes import PLAIN, USD, Route
from bot.domain.assets import DAI, USDC, USDT
from bot.domain.venues import (
    CURVE_SUSD,
    LITE_PSM_USDC,
    V2_USDC_USDT,
    V3_DAI_USDC,
    V3_USDC_USDT,
    PoolSpec,
)
from bot.sandbox import pools

UNISWAP = (Kind.V2, Kind.V3, Kind.V4)


def _of(kind: Kind, spec: PoolSpec, fee: int = 0) -> GasPool:
    return GasPool(kind=kind, address=spec.address, tokens=spec.tokens, fee=fee)


def _v4(opening: pools.V4Opening) -> GasPool:
    return GasPool(kind=Kind.V4, tokens=opening.tokens, fee=opening.fee, spacing=opening.spacing)


_V2_PLAIN, _V2_USD = _of(Kind.V2, pools.V2_PLAIN), _of(Kind.V2, V2_USDC_USDT)
_V3_USD = _of(Kind.V3, V3_USDC_USDT, pools.LOWEST)
# Of each protocol the pool that is displaced, and the one that stands at par.
_FIRST = {
    (Kind.V2, PLAIN): _V2_PLAIN,
    (Kind.V3, PLAIN): _of(Kind.V3, pools.V3_PLAIN_LOW, pools.LOW),
    (Kind.V4, PLAIN): _v4(pools.V4_PLAIN_500),
    (Kind.V2, USD): _V2_USD,
    (Kind.V3, USD): _of(Kind.V3, pools.V3_USDC_USDT_LOW, pools.LOW),
    (Kind.V4, USD): _v4(pools.V4_USDC_USDT_100),
    (Kind.CURVE, USD): _of(Kind.CURVE, CURVE_SUSD),
}
_LAST = {
    (Kind.V2, PLAIN): _V2_PLAIN,
    (Kind.V3, PLAIN): _of(Kind.V3, pools.V3_PLAIN, pools.LOWEST),
    (Kind.V4, PLAIN): _v4(pools.V4_PLAIN),
    (Kind.V2, USD): _V2_USD,
    (Kind.V3, USD): _V3_USD,
    (Kind.V4, USD): _v4(pools.V4_USDC_USDT),
}
_PAIR = {PLAIN: (pools.PLAIN_A, pools.PLAIN_B), USD: (USDC, USDT)}
# Enough for a price 0.2 to 1 % off par.
_MOVED = {Kind.V2: 100_000, Kind.V3: 10_400_000, Kind.V4: 8_000_000, Kind.CURVE: 5_000_000}


def _two(first: Kind, last: Kind, coins: str) -> Route:
    return Route(
        name=f"{first.value}_{last.value}",
        coins=coins,
        pools=(_FIRST[first, coins], _LAST[last, coins]),
        tokens=_PAIR[coins],
        displaced=(_MOVED[first], 0),
        floor=f"Floor{first.value.title()}{last.value.title()}",
        routed=first in UNISWAP and last in UNISWAP,
    )


def _lent(lender: str) -> Route:
    return Route(
        name=f"curve_v3_{lender}",
        coins=USD,
        pools=(_FIRST[Kind.CURVE, USD], _V3_USD),
        tokens=(USDC, USDT),
        displaced=(_MOVED[Kind.CURVE], 0),
        lender=lender,
        floor="FloorCurveV3Loan",
    )


_UNISWAP_ONLY = (
    (Kind.V4, Kind.V4),
    (Kind.V4, Kind.V3),
    (Kind.V3, Kind.V4),
    (Kind.V2, Kind.V3),
    (Kind.V3, Kind.V2),
    (Kind.V3, Kind.V3),
)
_PSM_V3 = Route(
    name="psm_v3",
    coins=USD,
    pools=(_of(Kind.PSM, LITE_PSM_USDC), _of(Kind.V3, V3_DAI_USDC, pools.LOWEST)),
    tokens=(USDC, DAI),
    displaced=(0, 22_000_000),
    floor="FloorPsmV3",
)
_THREE = Route(
    name="v3_v3_v3",
    coins=USD,
    pools=(
        _FIRST[Kind.V3, USD],
        _of(Kind.V3, pools.V3_DAI_USDT, pools.LOWEST),
        _of(Kind.V3, V3_DAI_USDC, pools.LOWEST),
    ),
    tokens=(USDC, USDT, DAI),
    displaced=(10_400_000, 0, 0),
    floor="FloorV3V3V3",
    routed=True,
)


def _split(coins: str) -> Route:
    return Route(
        name="split",
        coins=coins,
        pools=(_FIRST[Kind.V3, coins], _FIRST[Kind.V2, coins], _LAST[Kind.V3, coins]),
        tokens=_PAIR[coins],
        displaced=(_MOVED[Kind.V3], _MOVED[Kind.V2], 0),
        split=2,
        routed=True,
        floor="FloorSplit",
    )


ROUTES = (
    *(_two(*pair, coins) for coins in (PLAIN, USD) for pair in _UNISWAP_ONLY),
    _two(Kind.CURVE, Kind.V3, USD),
    *(_lent(lender) for lender in LENDERS),
    _PSM_V3,
    _THREE,
    *(_split(coins) for coins in (PLAIN, USD)),
)

"""Random markets of exact pools: pairs, ranges, StableSwap curves and one-way rails.

Prices agree but for noise of the size of fees; a few pools are further off, and one token has lost
its peg. Numbers of coins and pools, depth and fees are spread as among real stablecoin pools.
"""

from random import Random

import msgspec

from bot.amm.constant_product import ConstantProductPool
from bot.amm.peg_module import HALTED, PegModulePool
from bot.amm.pool import Pool
from bot.bench.random_shapes import curve_at, ranges_at, spec_of, token_at
from bot.domain.assets import Token
from bot.domain.units import WAD, Pips, Raw, Wad
from bot.domain.venues import PoolSpec, Venue

FAR_OFF = 0.05  # share of pools that are
_PAIRS, _RANGES, _CURVES = 0.25, 0.7, 0.95  # of pools, added up; the rest are rails
_PAIR_FEES = (500, 3_000, 3_000)
_RANGE_FEES = ((100, 1), (100, 1), (500, 10))
_CURVE_COINS = (2, 2, 2, 3, 3, 4)


class Market(msgspec.Struct, frozen=True):
    """Pools by spec; money is counted in `numeraire`."""

    numeraire: Token
    pools: dict[PoolSpec, Pool]


class Coin(msgspec.Struct, frozen=True):
    """A token and what a whole one is worth."""

    token: Token
    price: float


def random_market(
    seed: int, pools: int, tokens: int | None = None, far_off: float = FAR_OFF
) -> Market:
    """Return `pools` pools over five to twelve tokens, or over as many as asked for."""
    rng = Random(seed)
    count = tokens or rng.randint(5, 12)
    coins = [
        Coin(token_at(place, rng.choice((6, 18))), 1 + rng.gauss(0, 0.0005))
        for place in range(count)
    ]
    fallen = rng.randrange(count)
    coins[fallen] = Coin(coins[fallen].token, rng.uniform(0.93, 0.995))
    drawn = [_pool(rng, coins, number, far=rng.random() < far_off) for number in range(pools)]
    return Market(coins[0].token, {pool.spec: pool for pool in drawn})


def _pool(rng: Random, coins: list[Coin], number: int, *, far: bool) -> Pool:
    drawn = rng.random()
    if drawn < _PAIRS:
        return _pair(rng, rng.sample(coins, 2), number, far=far)
    if drawn < _RANGES:
        return _ranges(rng, rng.sample(coins, 2), number, far=far)
    if drawn < _CURVES:
        chosen = rng.sample(coins, min(len(coins), rng.choice(_CURVE_COINS)))
        return _curve(rng, chosen, number, far=far)
    return _rail(rng, rng.sample(coins, 2), number)


def _pair(rng: Random, coins: list[Coin], number: int, *, far: bool) -> Pool:
    fee = rng.choice(_PAIR_FEES)
    first, second = coins
    price = first.price / second.price * (1 + rng.gauss(0, 0.01 if far else fee * 0.7e-6))
    depth = 10 ** rng.uniform(4, 7)
    reserves = (_raw(depth, first.token), _raw(depth * price, second.token))
    spec = spec_of(Venue.UNISWAP_V2, _tokens(coins), number, fee)
    return ConstantProductPool(spec=spec, block=0, reserves=reserves, fee=Pips(fee))


def _ranges(rng: Random, coins: list[Coin], number: int, *, far: bool) -> Pool:
    fee, spacing = rng.choice(_RANGE_FEES)
    first, second = coins
    price = first.price / second.price * (1 + rng.gauss(0, 0.003 if far else fee * 0.7e-6))
    spec = spec_of(Venue.UNISWAP_V3, _tokens(coins), number, fee, spacing)
    return ranges_at(rng, spec, price, ticks=rng.randint(20, 80), worth=10 ** rng.uniform(5, 7.7))


def _curve(rng: Random, coins: list[Coin], number: int, *, far: bool) -> Pool:
    prices = [coin.price * (1 + rng.gauss(0, 0.004 if far else 0.0001)) for coin in coins]
    return curve_at(
        spec_of(Venue.CURVE, _tokens(coins), number),
        prices,
        worth=10 ** rng.uniform(5, 8.3),
        amplification=rng.choice((100, 200, 400, 1_000, 2_000, 4_000)),
        fee=rng.choice((10**6, 4 * 10**6)),
    )


def _rail(rng: Random, coins: list[Coin], number: int) -> Pool:
    """Return a module that sells the second token only, at most at par."""
    first, second = sorted(coins, key=lambda coin: coin.token.decimals)
    rate = min(1.0, first.price / second.price * (1 + rng.gauss(0, 0.0003)))
    return PegModulePool(
        spec=spec_of(Venue.LITE_PSM, (first.token, second.token), number),
        block=0,
        tin=Wad(int((1 - rate) * WAD)),
        tout=HALTED,
        factor=10 ** (second.token.decimals - first.token.decimals),
        dai_balance=_raw(10 ** rng.uniform(5, 8), second.token),
        gem_balance=Raw(0),
    )


def _tokens(coins: list[Coin]) -> tuple[Token, ...]:
    return tuple(coin.token for coin in coins)


def _raw(whole: float, token: Token) -> Raw:
    return Raw(int(whole * 10**token.decimals))

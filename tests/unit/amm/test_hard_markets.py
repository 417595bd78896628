"""Markets that make the search's work hard, and what it does when it fails."""

import math
from random import Random

import msgspec
import pytest
from pool_examples import stable

from bot.amm.image import Image, Product
from bot.amm.kernels.dual_newton import minimise
from bot.amm.peg_module import PegModulePool
from bot.amm.pool import Pool
from bot.amm.router import Router
from bot.amm.stableswap import StableSwapPool
from bot.bench.market_moves import next_block
from bot.bench.random_markets import Market, random_market
from bot.bench.random_shapes import spec_of
from bot.domain.assets import USDC
from bot.domain.units import Raw, Wad
from bot.domain.venues import V2_USDC_WETH, PoolSpec, Venue


def router_of(market: Market) -> Router:
    router = Router(list(market.pools), market.numeraire)
    router.refresh(market.pools)
    return router


def with_wide_rails(market: Market, rng: Random) -> Market:
    """Return the market with eight modules, many of them free, of a thousand million each way."""
    pools = dict(market.pools)
    tokens = sorted({token for spec in pools for token in spec.tokens}, key=lambda t: t.symbol)
    for number in range(8):
        gem, dai = sorted(rng.sample(tokens, 2), key=lambda token: token.decimals)
        fee = Wad(rng.choice((0, 0, 10**14)))
        spec = spec_of(Venue.LITE_PSM, (gem, dai), 1_000 + number)
        pools[spec] = PegModulePool(
            spec=spec,
            block=0,
            tin=fee,
            tout=fee,
            factor=10 ** (dai.decimals - gem.decimals),
            dai_balance=Raw(10 ** (9 + dai.decimals)),
            gem_balance=Raw(10 ** (9 + gem.decimals)),
        )
    return msgspec.structs.replace(market, pools=pools)


@pytest.mark.parametrize("seed", range(12))
def test_wide_rails_beside_little_to_earn_raise_no_alarm(seed: int) -> None:
    rng = Random(seed)  # noqa: S311
    market = with_wide_rails(random_market(seed, 30, tokens=5, far_off=0), rng)
    router = router_of(market)
    for _ in range(3):
        found = router.solve()
        assert found.gap < 1e-4
        assert not found.cold
        market = next_block(rng, market)
        router.refresh(market.pools)


def test_more_coins_than_a_row_holds_are_refused() -> None:
    spec = PoolSpec(
        name="wide", venue=stable().spec.venue, address=V2_USDC_WETH.address, tokens=(USDC,) * 9
    )
    wide = msgspec.structs.replace(stable(), spec=spec, balances=(10**24,) * 9)
    with pytest.raises(ValueError, match="9 coins"):
        router_of(Market(USDC, {spec: wide}))


def test_search_that_misses_the_optimum_starts_again_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = random_market(2, 50)
    router = router_of(market)
    best = router.solve().bound
    router._search.prices[1:] *= 1.001
    calls = []

    def lazy(*arguments: object) -> object:
        calls.append(arguments)
        return minimise(*arguments) if len(calls) > 2 else None

    monkeypatch.setattr("bot.amm.dual_search.minimise", lazy)
    router.refresh({})
    router.refresh(market.pools)
    found = router.solve()
    assert found.cold
    assert found.gap < 1e-6
    assert found.bound == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_curves_far_out_of_balance_are_searched_as_well(seed: int) -> None:
    market = random_market(seed, 60)
    for number, (spec, pool) in enumerate(market.pools.items()):
        if isinstance(pool, StableSwapPool) and number % 3 == 0:
            first, *others = pool.balances
            emptied = (first, *(other // 60 for other in others))
            market.pools[spec] = msgspec.structs.replace(pool, balances=emptied)
    solution = router_of(market).solve()
    assert solution.gap < 1e-6
    assert solution.bound > 1e4


def test_picture_with_a_number_that_is_none_leaves_the_others_alone() -> None:
    class Broken:
        def __init__(self, pool: Pool) -> None:
            self.spec, self.block = pool.spec, pool.block

        def images(self) -> tuple[Image, ...]:
            return (Product(coins=(0, 1), reserves=(math.nan, 1.0), keep=1.0),)

    market = random_market(2, 30)
    spec = next(spec for spec, pool in market.pools.items() if len(pool.images()[0].coins) == 2)
    without = {other: pool for other, pool in market.pools.items() if other != spec}
    broken = market.pools | {spec: Broken(market.pools[spec])}
    expected = router_of(Market(market.numeraire, without)).solve().bound
    assert router_of(Market(market.numeraire, broken)).solve().bound == pytest.approx(expected)

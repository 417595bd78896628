"""Prices and depths of random pools against what those pools pay."""

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.amm.pool import Pool
from bot.bench.random_markets import random_market
from bot.domain.units import WAD, Nanos, Raw
from bot.feeds.pool_prices import price_of
from bot.feeds.redemption_feed import RAILS, redemption

SEEDS = st.integers(0, 10**9)
AT = Nanos(0)


def pools_of(seed: int, *, rails: bool) -> Iterator[Pool]:
    for pool in random_market(seed, pools=10).pools.values():
        if (pool.spec.kind in RAILS) is rails:
            yield pool


def sold(pool: Pool, i: int, j: int, amount: Raw) -> float:
    """Return coins of `j` per coin of `i`."""
    coin, other = (10 ** pool.spec.tokens[k].decimals for k in (i, j))
    return pool.amount_out(i, j, amount) / other / (amount / coin)


@given(SEEDS)
@settings(max_examples=60)
def test_the_whole_depth_is_sold_between_the_bid_and_a_thousandth_below(seed: int) -> None:
    for pool in pools_of(seed, rails=False):
        price = price_of(pool, 0, 1)
        if price is None or price[2] < 1_000 * WAD:
            continue
        bid, ask, depth = price
        assert 0 < bid <= ask
        amount = Raw(depth * 10 ** pool.spec.tokens[0].decimals // WAD)
        rate = sold(pool, 0, 1, amount)
        assert bid / WAD * (1 - 0.001) * 0.99999 <= rate <= bid / WAD * 1.00001


@given(SEEDS)
@settings(max_examples=60)
def test_neither_direction_sells_below_its_own_price_as_the_other_sees_it(seed: int) -> None:
    for pool in pools_of(seed, rails=False):
        there, back = price_of(pool, 0, 1), price_of(pool, 1, 0)
        assert (there is None) == (back is None)
        if there and back:
            assert abs(there[0] * back[1] / WAD / WAD - 1) < 1e-9
            assert abs(there[1] * back[0] / WAD / WAD - 1) < 1e-9


@given(SEEDS)
@settings(max_examples=60)
def test_a_rail_pays_its_value_for_all_that_it_takes(seed: int) -> None:
    for pool in pools_of(seed, rails=True):
        for i, j in ((0, 1), (1, 0)):
            found = redemption(pool, i, j, AT, AT)
            room = pool.max_in(i, j)
            assert found.is_open == (room > 0)
            if found.is_open:
                assert abs(sold(pool, i, j, room) / (found.value / WAD) - 1) < 1e-6

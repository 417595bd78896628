from pool_examples import MILLION, pair

from bot.amm.image import Product, Shut
from bot.amm.pool import Closed
from bot.domain.units import Raw


def test_fee_is_three_tenths_of_a_percent_of_the_input() -> None:
    # 1,000 in 10,000,000: 997 after the fee, against 10,000,997.
    assert pair().amount_out(0, 1, 10**9) == 997 * 10**6 * 10 * MILLION // (
        10 * MILLION + 997 * 10**6
    )


def test_empty_pair_is_closed() -> None:
    pool = pair(0, MILLION)
    assert pool.max_in(0, 1) == pool.max_in(1, 0) == 0
    assert pool.amount_out(0, 1, 1) == 0
    assert pool.marginal_rate(0, 1) == 0


def test_empty_pair_says_so_and_shows_nothing_to_the_search() -> None:
    pool = pair(0, MILLION)
    assert pool.limits(0, 1).closed is Closed.EMPTY
    assert pool.images() == (Shut(coins=(0, 1)),)


def test_limits_are_a_swap_of_the_largest_size() -> None:
    limits = pair().limits(0, 1)
    assert limits.closed is None
    assert pair().amount_out(0, 1, limits.max_in) == limits.max_out > 0
    assert not pair().amount_out(0, 1, Raw(limits.max_in + 1))


def test_picture_is_in_whole_coins() -> None:
    (image,) = pair().images()
    assert isinstance(image, Product)
    wholes = tuple(
        reserve / 10**token.decimals
        for reserve, token in zip(pair().reserves, pair().spec.tokens, strict=True)
    )
    assert image.reserves == wholes
    assert image.keep == 0.997

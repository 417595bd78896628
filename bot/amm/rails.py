"""What all rails share: two coins, one fixed rate per direction, and a cap."""

from bot.amm.image import Image, Rail, Shut
from bot.amm.pool import Closed, Limits, Pool

MOST_COINS = 1e9  # a rail without a cap still ends somewhere in the search


def limits_up_to_max_in(pool: Pool, i: int, j: int, closed: Closed) -> Limits:
    """Return the limits of a pool that pays most for `max_in`; `closed` is why that is zero."""
    max_in = pool.max_in(i, j)
    return Limits(
        max_in=max_in,
        max_out=pool.amount_out(i, j, max_in),
        closed=None if max_in else closed,
    )


def rail_images(pool: Pool) -> tuple[Image, ...]:
    """Return one picture for each direction, the first coin's first."""
    return _image(pool, 0, 1), _image(pool, 1, 0)


def _image(pool: Pool, i: int, j: int) -> Image:
    rate = pool.marginal_rate(i, j)
    if not rate:
        return Shut(coins=(i, j))
    one_in, one_out = (10.0 ** pool.spec.tokens[coin].decimals for coin in (i, j))
    return Rail(
        coins=(i, j),
        rate=rate * one_in / one_out,
        cap=min(pool.max_in(i, j) / one_in, MOST_COINS),
    )

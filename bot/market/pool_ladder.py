"""A pool as a book: what each further slice of a coin is sold or bought for."""

from collections.abc import Iterator

from bot.amm.pool import Pool
from bot.domain.orders import Level
from bot.domain.units import WAD, Raw, Wad, mul_div_up, to_wad_down

_FIRST_SLICE = 1_000  # whole coins; each further slice is twice the one before it


def bids(pool: Pool, base: int, quote: int, slices: int) -> tuple[Level, ...]:
    """Return what the pool pays for slices of coin `base`, rounded down, best first."""
    return tuple(_levels(_sold(pool, base, quote, slices), pool, base, quote))


def asks(pool: Pool, base: int, quote: int, slices: int) -> tuple[Level, ...]:
    """Return what slices of coin `base` cost, rounded up, best first."""
    return tuple(_levels(_bought(pool, base, quote, slices), pool, base, quote, up=True))


def _sizes(pool: Pool, base: int, slices: int) -> Iterator[Raw]:
    unit = 10 ** pool.spec.tokens[base].decimals
    for number in range(1, slices + 1):
        yield Raw(_FIRST_SLICE * unit * (2**number - 1))


def _sold(pool: Pool, base: int, quote: int, slices: int) -> Iterator[tuple[int, int]]:
    """Yield how much of `base` goes in and what it pays, in all so far."""
    most = pool.max_in(base, quote)
    for size in _sizes(pool, base, slices):
        paid = pool.amount_out(base, quote, Raw(min(size, most)))
        if not paid:
            return
        yield min(size, most), paid
        if size >= most:
            return


def _bought(pool: Pool, base: int, quote: int, slices: int) -> Iterator[tuple[int, int]]:
    """Yield how much of `base` comes out and what it costs, in all so far."""
    for size in _sizes(pool, base, slices):
        cost = pool.amount_in(quote, base, size)
        if not cost:
            return
        yield size, cost


def _levels(
    totals: Iterator[tuple[int, int]], pool: Pool, base: int, quote: int, *, up: bool = False
) -> Iterator[Level]:
    decimals = pool.spec.tokens[base].decimals, pool.spec.tokens[quote].decimals
    amount_before = value_before = 0
    for amount, value in totals:
        more = to_wad_down(Raw(amount - amount_before), decimals[0])
        worth = to_wad_down(Raw(value - value_before), decimals[1])
        price = mul_div_up(worth, WAD, more) if up else worth * WAD // more
        if price <= 0:
            return
        yield Level(price=Wad(price), amount=more)
        amount_before, value_before = amount, value

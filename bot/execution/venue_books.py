"""Books as venues answer them over REST, checked before anybody reckons with them."""

import time
from itertools import pairwise

from bot.domain.orders import Level, VenueBook
from bot.domain.units import Nanos


def book_of(
    venue: str, pair: str, bids: tuple[Level, ...], asks: tuple[Level, ...], *, levels: int
) -> VenueBook:
    """Return a book of at most so many levels a side; a side may be empty.

    Raises:
        ValueError: a price or an amount is not above zero, out of order, or the book is crossed.
    """
    bids, asks = bids[:levels], asks[:levels]
    prices = [level.price for level in reversed(bids)] + [level.price for level in asks]
    if any(level.price <= 0 or level.amount <= 0 for level in (*bids, *asks)):
        raise ValueError("a price or an amount of its book is not above zero")
    if any(one >= other for one, other in pairwise(prices)):
        raise ValueError("its book is crossed, or not in order")
    return VenueBook(venue=venue, pair=pair, bids=bids, asks=asks, at=Nanos(time.time_ns()))

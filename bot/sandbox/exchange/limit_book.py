"""Orders at rest in one market, by price, then by time."""

import bisect
from collections.abc import Iterator
from decimal import Decimal

from bot.sandbox.exchange.orders import ZERO, Level, Order, OrderSide


class BookSide:
    """One side of a book; best price first."""

    def __init__(self, side: OrderSide) -> None:
        self.side = side
        self._sign = -1 if side is OrderSide.BUY else 1  # bids descend
        self._keys: list[Decimal] = []  # signed prices, ascending: best first
        self._queues: dict[Decimal, dict[int, Order]] = {}
        self._sizes: dict[Decimal, Decimal] = {}

    def add(self, order: Order, price: Decimal) -> Level:
        """Put an order behind all others of its price; return the level as it is then."""
        if price not in self._queues:
            bisect.insort(self._keys, self._sign * price)
            self._queues[price], self._sizes[price] = {}, ZERO
        self._queues[price][order.id] = order
        return self._resized(price, order.remaining)

    def take(self, price: Decimal, size: Decimal) -> Level:
        """Note that `size` of the level was filled; return what the level is then."""
        return self._resized(price, -size)

    def resize(self, order: Order, price: Decimal, size: Decimal) -> Level:
        """Make `size` what remains of an order, in its place; return what the level is then."""
        by = size - order.remaining
        order.size += by
        return self._resized(price, by)

    def remove(self, order: Order, price: Decimal) -> Level:
        """Take an order out with all that remains of it; return what the level is then."""
        queue = self._queues[price]
        del queue[order.id]
        level = self._resized(price, -order.remaining)
        if not queue:
            del self._queues[price], self._sizes[price]
            self._keys.pop(bisect.bisect_left(self._keys, self._sign * price))
            return price, ZERO
        return level

    def first(self) -> Order | None:
        """Return the order that trades next."""
        return next(self.orders(), None)

    def orders(self) -> Iterator[Order]:
        """Yield every order in the sequence in which they would trade."""
        for key in self._keys:
            yield from self._queues[self._sign * key].values()

    def levels(self, limit: int | None = None) -> tuple[Level, ...]:
        """Return the best `limit` levels, best first."""
        prices = (self._sign * key for key in self._keys[:limit])
        return tuple((price, self._sizes[price]) for price in prices)

    def size_at(self, price: Decimal) -> Decimal:
        """Return what rests at a price."""
        return self._sizes.get(price, ZERO)

    def is_reached_by(self, price: Decimal | None) -> bool:
        """Whether an order from the other side with this limit (None: any) would trade."""
        if not self._keys:
            return False
        return price is None or self._keys[0] <= self._sign * price

    def _resized(self, price: Decimal, by: Decimal) -> Level:
        self._sizes[price] += by
        return price, self._sizes[price]


class LimitBook:
    """Both sides of one market."""

    def __init__(self) -> None:
        self.bids, self.asks = BookSide(OrderSide.BUY), BookSide(OrderSide.SELL)
        self.version = 1  # counts level changes; venues number their messages by it

    def side(self, side: OrderSide) -> BookSide:
        """Return where orders of this side rest."""
        return self.bids if side is OrderSide.BUY else self.asks

"""One order book as a venue's messages make it; prices and sizes are wads."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from itertools import islice
from zlib import crc32

from bot.feeds.book_news import Level

_CHECKED = 10  # levels a side in Kraken's checksum


class BookSide:
    """Bids or asks, by price."""

    __slots__ = ("prices", "sizes")

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}
        self.prices: list[int] = []  # ascending

    def reset(self, levels: Iterable[Level]) -> None:
        """Forget everything but these levels."""
        self.sizes = {price: size for price, size in levels if size}
        self.prices = sorted(self.sizes)

    def apply(self, levels: Iterable[Level]) -> None:
        """Set sizes; a size of 0 takes the level away, if it was there."""
        sizes, prices = self.sizes, self.prices
        for price, size in levels:
            if size:
                if price not in sizes:
                    insort(prices, price)
                sizes[price] = size
            elif sizes.pop(price, None) is not None:
                del prices[bisect_left(prices, price)]

    def drop(self, gone: list[int]) -> None:
        """Forget levels, after `prices` was cut."""
        for price in gone:
            del self.sizes[price]


class OrderBook:
    """Both sides."""

    __slots__ = ("asks", "bids")

    def __init__(self) -> None:
        self.bids, self.asks = BookSide(), BookSide()

    @property
    def top(self) -> tuple[int, int] | None:
        """Best bid and ask; None where a side is empty."""
        bids, asks = self.bids.prices, self.asks.prices
        return (bids[-1], asks[0]) if bids and asks else None

    def levels(self, count: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return the best levels of both sides, the best first."""
        bids, asks = self.bids, self.asks
        return (
            tuple((price, bids.sizes[price]) for price in islice(reversed(bids.prices), count)),
            tuple((price, asks.sizes[price]) for price in asks.prices[:count]),
        )

    def cut(self, depth: int) -> None:
        """Keep this many levels a side, the best ones."""
        bids, asks = self.bids, self.asks
        if len(bids.prices) > depth:
            gone = bids.prices[:-depth]
            del bids.prices[:-depth]
            bids.drop(gone)
        if len(asks.prices) > depth:
            gone = asks.prices[depth:]
            del asks.prices[depth:]
            asks.drop(gone)

    def depth_within(self, lowest: int, highest: int) -> int:
        """Return what the smaller side holds between two prices, in wads of the asset."""
        bid = ask = 0
        sizes = self.bids.sizes
        for price in reversed(self.bids.prices):
            if price < lowest:
                break
            bid += sizes[price]
        sizes = self.asks.sizes
        for price in self.asks.prices:
            if price > highest:
                break
            ask += sizes[price]
        return min(bid, ask)

    def checksum(self, price_unit: int, size_unit: int) -> int:
        """Return Kraken's checksum of the ten best levels a side.

        The digits of price and size at the pair's full precision without their leading zeros, that
        is, the numbers in the smallest unit; asks from the lowest, then bids from the highest.
        """
        bids, asks = self.levels(_CHECKED)
        digits = [
            f"{price // price_unit}{size // size_unit}"
            for side in (asks, bids)
            for price, size in side
        ]
        return crc32("".join(digits).encode())

"""What one act on the engine changed, told to the listeners when it is over."""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from bot.domain.units import Nanos
from bot.sandbox.exchange.limit_book import LimitBook
from bot.sandbox.exchange.orders import (
    BookChanged,
    Fill,
    Happening,
    Level,
    Order,
    OrderChanged,
    OrderSide,
    Trade,
)

Listener = Callable[[Happening], None]


class ActLog:
    """Collects; trades and orders keep their sequence, books come last and once each."""

    def __init__(self, clock: Callable[[], Nanos]) -> None:
        self.listeners: list[Listener] = []
        self._clock = clock
        self._said: list[Happening] = []
        self._levels: dict[tuple[str, OrderSide], dict[Decimal, Decimal]] = {}

    def note_order(self, order: Order, fill: Fill | None = None) -> None:
        """Remember an order as it is now."""
        copy = msgspec.structs.replace(order, fills=list(order.fills))
        self._said.append(OrderChanged(order=copy, fill=fill, at=order.changed_at))

    def note_trade(self, trade: Trade) -> None:
        """Remember a trade."""
        self._said.append(trade)

    def note_level(self, pair: str, side: OrderSide, level: Level) -> None:
        """Remember what a level came to; only its last state counts."""
        self._levels.setdefault((pair, side), {})[level[0]] = level[1]

    def close(self, books: dict[str, LimitBook]) -> None:
        """Number the changes of books and tell everything."""
        said, levels = self._said, self._levels
        self._said, self._levels = [], {}
        for pair in dict.fromkeys(pair for pair, _ in levels):
            bids = tuple(levels.get((pair, OrderSide.BUY), {}).items())
            asks = tuple(levels.get((pair, OrderSide.SELL), {}).items())
            first = books[pair].version + 1
            books[pair].version += len(bids) + len(asks)
            last = books[pair].version
            now = self._clock()
            said.append(
                BookChanged(pair=pair, first=first, last=last, bids=bids, asks=asks, at=now)
            )
        for happening in said:
            for listener in tuple(self.listeners):
                listener(happening)

"""What Kraken tells about the past of a market beyond the engine: since when each level is."""

from collections import deque

from bot.domain.units import Nanos
from bot.sandbox.exchange.orders import ZERO, BookChanged, Happening, Level, Trade
from bot.sandbox.exchange.trading_floor import Floor

_KEPT_TRADES = 20_000


class KrakenTape:
    """Listens to one floor from its opening on."""

    def __init__(self, floor: Floor) -> None:
        markets = floor.engine.markets
        self._changed_at: dict[str, dict[str, Nanos]] = {pair: {} for pair in markets}
        self._trades: dict[str, deque[tuple[Trade, str]]] = {
            pair: deque(maxlen=_KEPT_TRADES) for pair in markets
        }
        self._limit_order = 0
        self._opened_at = floor.engine.clock()
        floor.engine.listen(self._note)

    def trades(self, pair: str) -> deque[tuple[Trade, str]]:
        """Return the newest trades, oldest first, each with its taker's order type."""
        return self._trades[pair]

    def type_of(self, trade: Trade) -> str:
        """Return the taker's order type of a trade that is just being told."""
        return "limit" if trade.taker_order == self._limit_order else "market"

    def changed_at(self, pair: str, level: Level) -> Nanos:
        """Return when a level was last changed."""
        return self._changed_at[pair].get(str(level[0].normalize()), self._opened_at)

    def _note(self, happening: Happening) -> None:
        if isinstance(happening, BookChanged):
            stamps = self._changed_at[happening.pair]
            for price, size in (*happening.bids, *happening.asks):
                key = str(price.normalize())
                if size == ZERO:
                    stamps.pop(key, None)
                else:
                    stamps[key] = happening.at
        elif isinstance(happening, Trade):
            kind = self.type_of(happening)
            self._trades[happening.pair].append((happening, kind))
        elif happening.order.request.price is not None:
            self._limit_order = happening.order.id

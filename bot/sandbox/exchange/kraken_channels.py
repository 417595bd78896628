"""Kraken's public channels besides the book: best prices, trades, candles.

Source: Kraken API documentation, WebSocket v2, ticker, trade, ohlc.
"""

from decimal import Decimal
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_markets import CANDLES, DAY_S, KrakenMarkets, average
from bot.sandbox.exchange.kraken_tape import KrakenTape
from bot.sandbox.exchange.kraken_words import bare, instant
from bot.sandbox.exchange.orders import BookChanged, Happening, Level, Trade
from bot.sandbox.exchange.trading_floor import Floor

_SNAPSHOT_TRADES = 50
_NOTHING: Level = (Decimal(0), Decimal(0))


class TickerChannel:
    """Best prices and the last 24 hours, told after trades, or whenever the best changes."""

    def __init__(
        self, floor: Floor, socket: FrameSocket, pair: str, markets: KrakenMarkets, *, of_best: bool
    ) -> None:
        self._floor, self._socket, self._pair = floor, socket, pair
        self._markets, self._of_best = markets, of_best
        self._told: tuple[Level, Level] = _NOTHING, _NOTHING

    def open(self) -> None:
        """Send how it is."""
        self._say("snapshot", self._best())

    def note(self, happening: Happening) -> None:
        """Send how it is if what is watched has changed."""
        if isinstance(happening, Trade) and happening.pair == self._pair and not self._of_best:
            self._say("update", self._best())
        elif isinstance(happening, BookChanged) and happening.pair == self._pair and self._of_best:
            best = self._best()
            if best != self._told:
                self._say("update", best)

    def _best(self) -> tuple[Level, Level]:
        book = self._floor.engine.books[self._pair]
        bids, asks = book.bids.levels(1), book.asks.levels(1)
        return bids[0] if bids else _NOTHING, asks[0] if asks else _NOTHING

    def _say(self, kind: str, best: tuple[Level, Level]) -> None:
        self._told = best
        market = self._floor.engine.markets[self._pair]
        bids, asks = self._floor.mishaps.spoil_levels(self._pair, best[:1], best[1:])
        bid, ask = (side[0] if side else _NOTHING for side in (bids, asks))
        last, day = self._markets.last(self._pair), self._markets.span(self._pair, DAY_S)
        bar = day or Bar(open_s=0, open=last, high=last, low=last, close=last)
        change = last - bar.open
        prices, sizes = market.price_decimals, market.size_decimals
        data = {
            "symbol": self._pair,
            "bid": bare(bid[0], prices),
            "bid_qty": bare(bid[1], sizes),
            "ask": bare(ask[0], prices),
            "ask_qty": bare(ask[1], sizes),
            "last": bare(last, prices),
            "volume": bare(bar.volume, 8),
            "vwap": bare(average(bar), prices),
            "low": bare(bar.low, prices),
            "high": bare(bar.high, prices),
            "change": bare(change, prices),
            "change_pct": bare(change / bar.open * 100, 2),
            "timestamp": instant(self._floor.clock.event_time()),
        }
        self._socket.say(
            {"channel": "ticker", "type": kind, "data": [data]}, pair=self._pair, is_book=False
        )


class TradeChannel:
    """The tape."""

    def __init__(
        self, floor: Floor, socket: FrameSocket, pair: str, tape: KrakenTape, *, snapshot: bool
    ) -> None:
        self._floor, self._socket, self._pair = floor, socket, pair
        self._tape, self._with_snapshot = tape, snapshot

    def open(self) -> None:
        """Send the newest trades if that was asked for."""
        if self._with_snapshot:
            rows = list(self._tape.trades(self._pair))[-_SNAPSHOT_TRADES:]
            self._say("snapshot", [self._row(trade, kind) for trade, kind in rows])

    def note(self, happening: Happening) -> None:
        """Send a trade."""
        if isinstance(happening, Trade) and happening.pair == self._pair:
            self._say("update", [self._row(happening, self._tape.type_of(happening))])

    def _row(self, trade: Trade, kind: str) -> dict[str, Any]:
        market = self._floor.engine.markets[self._pair]
        return {
            "symbol": self._pair,
            "side": trade.taker_side.value,
            "price": bare(trade.price, market.price_decimals),
            "qty": bare(trade.size, market.size_decimals),
            "ord_type": kind,
            "trade_id": trade.id,
            "timestamp": instant(trade.at),
        }

    def _say(self, kind: str, rows: list[dict[str, Any]]) -> None:
        self._socket.say(
            {"channel": "trade", "type": kind, "data": rows}, pair=self._pair, is_book=False
        )


class CandleChannel:
    """Candles of `minutes` each, told after each trade."""

    def __init__(self, floor: Floor, socket: FrameSocket, pair: str, minutes: int) -> None:
        self._floor, self._socket = floor, socket
        self._pair, self._minutes = pair, minutes

    def open(self) -> None:
        """Send the newest candles."""
        self._say("snapshot", self._bars(CANDLES))

    def note(self, happening: Happening) -> None:
        """Send the candle that a trade fell into."""
        if isinstance(happening, Trade) and happening.pair == self._pair:
            self._say("update", self._bars(1))

    def _bars(self, count: int) -> list[Bar]:
        now_s = self._floor.clock.event_time() // NANOS_PER_S
        return self._floor.candles[self._pair].read(self._minutes * 60, count, end_s=now_s)

    def _say(self, kind: str, bars: list[Bar]) -> None:
        now = instant(self._floor.clock.event_time())
        message = {"channel": "ohlc", "type": kind, "timestamp": now}
        rows = [self._row(bar) for bar in bars]
        self._socket.say(message | {"data": rows}, pair=self._pair, is_book=False)

    def _row(self, bar: Bar) -> dict[str, Any]:
        decimals = self._floor.engine.markets[self._pair].price_decimals
        return {
            "symbol": self._pair,
            "open": bare(bar.open, decimals),
            "high": bare(bar.high, decimals),
            "low": bare(bar.low, decimals),
            "close": bare(bar.close, decimals),
            "trades": bar.trades,
            "volume": bare(bar.volume, 8),
            "vwap": bare(average(bar), decimals),
            "interval_begin": instant(bar.open_s * NANOS_PER_S),
            "interval": self._minutes,
            "timestamp": instant((bar.open_s + self._minutes * 60) * NANOS_PER_S),
        }

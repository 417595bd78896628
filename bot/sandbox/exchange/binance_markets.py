"""Binance's public data: markets, books, trades, candles, tickers."""

from typing import Any

from bot.domain.units import NANOS_PER_MS
from bot.sandbox.exchange.binance_symbols import limit_row, symbol_of, symbol_row
from bot.sandbox.exchange.binance_words import (
    BinanceError,
    Params,
    integer_in,
    limit_in,
    needed,
    number,
    unknown_symbol,
)
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.orders import Level, OrderSide, Trade
from bot.sandbox.exchange.trading_floor import Floor

DAY_S = 86_400
FRAMES_S = {
    **{f"{n}m": n * 60 for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": n * 3_600 for n in (1, 2, 4, 6, 8, 12)},
    "1d": DAY_S,
    "3d": 3 * DAY_S,
}


class BinanceMarkets:
    """Answers from one floor; every method takes the request's parameters."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._pairs = {symbol_of(pair): pair for pair in floor.engine.markets}

    def pair(self, symbol: str) -> str:
        """Return our name of a symbol.

        Raises:
            BinanceError: it is not listed.
        """
        if symbol not in self._pairs:
            raise unknown_symbol()
        return self._pairs[symbol]

    def info(self, params: Params) -> dict[str, Any]:
        """Every symbol and its filters."""
        asked = params.get("symbol")
        pairs = [self.pair(asked)] if asked else list(self._pairs.values())
        limits = self._floor.options.limits
        return {
            "timezone": "UTC",
            "serverTime": self._floor.clock.now() // NANOS_PER_MS,
            "rateLimits": [
                limit_row("REQUEST_WEIGHT", "MINUTE", 1, limits.weight_per_minute),
                limit_row("ORDERS", "SECOND", 10, limits.orders_per_ten_s),
            ],
            "exchangeFilters": [],
            "symbols": [symbol_row(self._floor.engine.markets[pair]) for pair in pairs],
        }

    def time(self, _: Params) -> dict[str, Any]:
        """The venue's clock."""
        return {"serverTime": self._floor.clock.now() // NANOS_PER_MS}

    def depth(self, params: Params) -> dict[str, Any]:
        """A book, with the number of the last change that is in it."""
        pair = self.pair(needed(params, "symbol"))
        limit = limit_in(params, 100, 5_000)
        book = self._floor.engine.books[pair]
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(limit), book.asks.levels(limit)
        )
        return {"lastUpdateId": book.version, "bids": levels(bids), "asks": levels(asks)}

    def trades(self, params: Params) -> list[dict[str, Any]]:
        """The newest trades, oldest first."""
        pair = self.pair(needed(params, "symbol"))
        found = list(self._floor.engine.trades[pair])[-limit_in(params, 500, 1_000) :]
        return [
            {
                "id": trade.id,
                "price": number(trade.price),
                "qty": number(trade.size),
                "quoteQty": number(trade.price * trade.size),
                "time": trade.at // NANOS_PER_MS,
                "isBuyerMaker": trade.taker_side is OrderSide.SELL,
                "isBestMatch": True,
            }
            for trade in found
        ]

    def aggregate_trades(self, params: Params) -> list[dict[str, Any]]:
        """Trades from a number or a time on, or the newest; one trade is one aggregate here."""
        pair = self.pair(needed(params, "symbol"))
        limit = limit_in(params, 500, 1_000)
        start, end = integer_in(params, "startTime"), integer_in(params, "endTime")
        first = integer_in(params, "fromId")
        found = [
            trade
            for trade in self._floor.engine.trades[pair]
            if (first is None or trade.id >= first)
            and (start is None or trade.at // NANOS_PER_MS >= start)
            and (end is None or trade.at // NANOS_PER_MS <= end)
        ]
        from_start = first is not None or start is not None
        return [aggregate_of(trade) for trade in (found[:limit] if from_start else found[-limit:])]

    def candles(self, params: Params) -> list[list[Any]]:
        """Candles from a time on, or the newest."""
        pair = self.pair(needed(params, "symbol"))
        length_s = FRAMES_S.get(needed(params, "interval"))
        if length_s is None:
            raise BinanceError(-1120, "Invalid interval.")
        start, end = integer_in(params, "startTime"), integer_in(params, "endTime")
        bars = self._floor.candles[pair].read(
            length_s,
            limit_in(params, 500, 1_000),
            start_s=None if start is None else -(-start // 1_000),
            end_s=None if end is None else end // 1_000,
        )
        return [_candle(bar, length_s) for bar in bars]


def levels(found: tuple[Level, ...]) -> list[list[str]]:
    """Return levels as they are sent."""
    return [[number(price), number(size)] for price, size in found]


def aggregate_of(trade: Trade) -> dict[str, Any]:
    """Return a trade as an aggregate of one."""
    return {
        "a": trade.id,
        "p": number(trade.price),
        "q": number(trade.size),
        "f": trade.id,
        "l": trade.id,
        "T": trade.at // NANOS_PER_MS,
        "m": trade.taker_side is OrderSide.SELL,
        "M": True,
    }


def _candle(bar: Bar, length_s: int) -> list[Any]:
    return [
        bar.open_s * 1_000,
        *(number(price) for price in (bar.open, bar.high, bar.low, bar.close, bar.volume)),
        (bar.open_s + length_s) * 1_000 - 1,
        number(bar.value),
        bar.trades,
        number(bar.bought),
        number(bar.bought * bar.value / bar.volume if bar.volume else bar.volume),
        "0",
    ]

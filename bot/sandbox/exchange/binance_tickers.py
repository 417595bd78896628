"""Binance's tickers: of 24 hours, of the top of the book, of the last trade."""

from decimal import Decimal
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.binance_markets import DAY_S, BinanceMarkets
from bot.sandbox.exchange.binance_symbols import symbol_of
from bot.sandbox.exchange.binance_words import Params, number
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.trading_floor import Floor


class BinanceTickers:
    """Of one symbol, or of all where none is asked for."""

    def __init__(self, floor: Floor, markets: BinanceMarkets) -> None:
        self._floor, self._markets = floor, markets

    def day_tickers(self, params: Params) -> Any:
        """What happened to one symbol, or to all, in 24 hours."""
        return self._rows(params, self._day_ticker)

    def book_tickers(self, params: Params) -> Any:
        """The best bid and ask of one symbol, or of all."""
        return self._rows(params, self._book_ticker)

    def prices(self, params: Params) -> Any:
        """The last price of one symbol, or of all."""
        return self._rows(
            params, lambda pair: {"symbol": symbol_of(pair), "price": number(self._last(pair))}
        )

    def _rows(self, params: Params, row: Any) -> Any:
        if "symbol" in params:
            return row(self._markets.pair(params["symbol"]))
        return [row(pair) for pair in self._floor.engine.markets]

    def _day_ticker(self, pair: str) -> dict[str, Any]:
        now_s = self._floor.clock.event_time() // NANOS_PER_S
        minutes = self._floor.candles[pair].read(60, DAY_S // 60, end_s=now_s)
        last = self._last(pair)
        flat = Bar(open_s=now_s, open=last, high=last, low=last, close=last)
        day = minutes[0] if minutes else flat
        for bar in minutes[1:]:
            day.absorb(bar)
        change = day.close - day.open
        trades = self._floor.engine.trades[pair]
        return {
            **self._book_ticker(pair),
            "priceChange": number(change),
            "priceChangePercent": f"{change / day.open * 100:.3f}",
            "weightedAvgPrice": number(day.value / day.volume if day.volume else last),
            "prevClosePrice": number(day.open),
            "lastPrice": number(day.close),
            "lastQty": number(trades[-1].size if trades else Decimal(0)),
            "openPrice": number(day.open),
            "highPrice": number(day.high),
            "lowPrice": number(day.low),
            "volume": number(day.volume),
            "quoteVolume": number(day.value),
            "openTime": (now_s - DAY_S) * 1_000,
            "closeTime": now_s * 1_000,
            "firstId": trades[0].id if trades else -1,
            "lastId": trades[-1].id if trades else -1,
            "count": day.trades,
        }

    def _book_ticker(self, pair: str) -> dict[str, Any]:
        book = self._floor.engine.books[pair]
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(1), book.asks.levels(1)
        )
        bid, bid_size = bids[0] if bids else (Decimal(0), Decimal(0))
        ask, ask_size = asks[0] if asks else (Decimal(0), Decimal(0))
        return {
            "symbol": symbol_of(pair),
            "bidPrice": number(bid),
            "bidQty": number(bid_size),
            "askPrice": number(ask),
            "askQty": number(ask_size),
        }

    def _last(self, pair: str) -> Decimal:
        trades = self._floor.engine.trades[pair]
        if trades:
            return trades[-1].price
        bids = self._floor.engine.books[pair].bids.levels(1)
        return bids[0][0] if bids else Decimal(1)

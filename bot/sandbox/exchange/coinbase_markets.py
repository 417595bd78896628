"""Coinbase's market data over REST: books, trades, candles."""

from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.coinbase_products import CoinbaseProducts
from bot.sandbox.exchange.coinbase_words import (
    Params,
    bad_argument,
    count_in,
    instant,
    moment_of,
    number,
    product_id,
)
from bot.sandbox.exchange.orders import Level, Trade
from bot.sandbox.exchange.trading_floor import Floor

_FRAMES_S = {
    "ONE_MINUTE": 60,
    "FIVE_MINUTE": 300,
    "FIFTEEN_MINUTE": 900,
    "THIRTY_MINUTE": 1_800,
    "ONE_HOUR": 3_600,
    "TWO_HOUR": 7_200,
    "FOUR_HOUR": 14_400,
    "SIX_HOUR": 21_600,
    "ONE_DAY": 86_400,
}
_MOST_CANDLES = 350
_MOST_TRADES = 1_000
_MOST_LEVELS = 1_000


class CoinbaseMarkets:
    """Answers from one floor; every public method takes the request's parameters."""

    def __init__(self, floor: Floor, products: CoinbaseProducts) -> None:
        self._floor, self._products = floor, products

    def book(self, params: Params) -> dict[str, Any]:
        """A book, best levels first."""
        pair = self._products.pair(params.get("product_id"))
        book = self._book(pair, count_in(params, "limit", _MOST_LEVELS, _MOST_LEVELS))
        sides = self._floor.engine.books[pair]
        bids, asks = sides.bids.levels(1), sides.asks.levels(1)
        if not bids or not asks:
            return {"pricebook": book}
        (bid, _), (ask, _) = bids[0], asks[0]
        middle = (bid + ask) / 2
        return {
            "pricebook": book,
            "last": number(self._products.last(pair)),
            "mid_market": number(middle),
            "spread_bps": f"{(ask - bid) / middle * 10_000:.8f}",
            "spread_absolute": number(ask - bid),
        }

    def best(self, params: Params) -> dict[str, Any]:
        """The best bid and ask of some markets, or of all."""
        names = params.get("product_ids") or []
        asked = names if isinstance(names, list) else [names]
        pairs = [self._products.pair(name) for name in asked] or list(self._floor.engine.markets)
        return {"pricebooks": [self._book(pair, 1) for pair in pairs]}

    def trades(self, params: Params) -> dict[str, Any]:
        """The newest trades, newest first, and the best prices."""
        pair = self._products.pair(params.get("product_id"))
        start, end = (moment_of(params.get(name), name) for name in ("start", "end"))
        found = [
            trade
            for trade in reversed(self._floor.engine.trades[pair])
            if (start is None or trade.at >= start) and (end is None or trade.at <= end)
        ]
        best = self._book(pair, 1)
        return {
            "trades": [
                trade_row(trade) | {"bid": "", "ask": ""}
                for trade in found[: count_in(params, "limit", 100, _MOST_TRADES)]
            ],
            "best_bid": best["bids"][0]["price"] if best["bids"] else "",
            "best_ask": best["asks"][0]["price"] if best["asks"] else "",
        }

    def candles(self, params: Params) -> dict[str, Any]:
        """Candles of a span, newest first; a span of too many is refused."""
        pair = self._products.pair(params.get("product_id"))
        length_s = _FRAMES_S.get(str(params.get("granularity")))
        if length_s is None:
            raise bad_argument("granularity is not known")
        start, end = (moment_of(params.get(name), name) for name in ("start", "end"))
        if start is None or end is None or end < start:
            raise bad_argument("start and end are required")
        start_s, end_s = start // NANOS_PER_S, end // NANOS_PER_S
        if (end_s - start_s) // length_s > _MOST_CANDLES:
            raise bad_argument(f"number of candles requested should be less than {_MOST_CANDLES}")
        bars = self._floor.candles[pair].read(length_s, _MOST_CANDLES, start_s=start_s, end_s=end_s)
        return {"candles": [_candle(bar) for bar in reversed(bars)]}

    def _book(self, pair: str, limit: int) -> dict[str, Any]:
        book = self._floor.engine.books[pair]
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(limit), book.asks.levels(limit)
        )
        return {
            "product_id": product_id(pair),
            "bids": [_level(level) for level in bids],
            "asks": [_level(level) for level in asks],
            "time": instant(self._floor.clock.event_time()),
        }


def trade_row(trade: Trade) -> dict[str, Any]:
    """Return a trade; its side is that of the order that had been resting."""
    return {
        "trade_id": str(trade.id),
        "product_id": product_id(trade.pair),
        "price": number(trade.price),
        "size": number(trade.size),
        "time": instant(trade.at),
        "side": trade.taker_side.other.name,
    }


def _level(level: Level) -> dict[str, str]:
    return {"price": number(level[0]), "size": number(level[1])}


def _candle(bar: Bar) -> dict[str, str]:
    return {
        "start": str(bar.open_s),
        "low": number(bar.low),
        "high": number(bar.high),
        "open": number(bar.open),
        "close": number(bar.close),
        "volume": number(bar.volume),
    }

"""What Coinbase's channels say: of a market or an account as it is, and of what happens."""

from typing import Any

from bot.sandbox.exchange.coinbase_markets import trade_row
from bot.sandbox.exchange.coinbase_order_views import user_row
from bot.sandbox.exchange.coinbase_products import CoinbaseProducts
from bot.sandbox.exchange.coinbase_words import CoinbaseIds, instant, number, product_id
from bot.sandbox.exchange.orders import (
    BookChanged,
    Happening,
    Level,
    OrderChanged,
    OrderState,
    Trade,
)
from bot.sandbox.exchange.trading_floor import Floor

Told = tuple[str, list[dict[str, Any]]]  # the channel's name in messages, and its events

_SNAPSHOT_TRADES = 100
_BEGINNING = "1970-01-01T00:00:00Z"


class CoinbaseChannels:
    """Of one client."""

    def __init__(self, floor: Floor, products: CoinbaseProducts, ids: CoinbaseIds) -> None:
        self._floor, self._products, self._ids = floor, products, ids

    def snapshot(self, channel: str, pair: str, account: str) -> Told | None:
        """Return what a new subscription is told first."""
        if channel == "level2":
            book = self._floor.engine.books[pair]
            levels = book.bids.levels(), book.asks.levels()
            return "l2_data", [self._levels("snapshot", pair, levels, _BEGINNING)]
        if channel == "market_trades":
            trades = list(self._floor.engine.trades[pair])[-_SNAPSHOT_TRADES:]
            rows = [trade_row(trade) for trade in reversed(trades)]
            return "market_trades", [{"type": "snapshot", "trades": rows}]
        if channel in {"ticker", "ticker_batch"}:
            return channel, [{"type": "snapshot", "tickers": [self._ticker(pair)]}]
        if channel == "user":
            orders = self._floor.engine.orders_of(account)
            rows = [user_row(o, self._ids) for o in orders if o.state is OrderState.OPEN]
            return "user", [{"type": "snapshot", "orders": rows}]
        return None

    def update(self, channel: str, happening: Happening, account: str) -> tuple[str, Told | None]:
        """Return the market that something happened in, and what the channel says of it."""
        if isinstance(happening, OrderChanged):
            order = happening.order
            if channel != "user" or order.account != account:
                return order.request.pair, None
            event = {"type": "update", "orders": [user_row(order, self._ids)]}
            return order.request.pair, ("user", [event])
        return happening.pair, self._of_market(channel, happening)

    def _of_market(self, channel: str, happening: BookChanged | Trade) -> Told | None:
        pair = happening.pair
        if isinstance(happening, BookChanged):
            if channel != "level2":
                return None
            levels = happening.bids, happening.asks
            return "l2_data", [self._levels("update", pair, levels, instant(happening.at))]
        if channel == "market_trades":
            return "market_trades", [{"type": "update", "trades": [trade_row(happening)]}]
        if channel == "ticker":
            return "ticker", [{"type": "update", "tickers": [self._ticker(pair)]}]
        return None

    def _levels(
        self, kind: str, pair: str, levels: tuple[tuple[Level, ...], tuple[Level, ...]], at: str
    ) -> dict[str, Any]:
        bids, asks = self._floor.mishaps.spoil_levels(pair, *levels)
        updates = [
            {
                "side": side,
                "event_time": at,
                "price_level": number(price),
                "new_quantity": number(size),
            }
            for side, found in (("bid", bids), ("offer", asks))
            for price, size in found
        ]
        return {"type": kind, "product_id": product_id(pair), "updates": updates}

    def _ticker(self, pair: str) -> dict[str, Any]:
        book, day = self._floor.engine.books[pair], self._products.day(pair)
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(1), book.asks.levels(1)
        )
        row = {
            "type": "ticker",
            "product_id": product_id(pair),
            "price": number(self._products.last(pair)),
            "volume_24_h": number(day.volume),
            "low_24_h": number(day.low),
            "high_24_h": number(day.high),
            "low_52_w": number(day.low),
            "high_52_w": number(day.high),
            "price_percent_chg_24_h": f"{(day.close - day.open) / day.open * 100:.8f}",
        }
        for name, side in (("best_bid", bids), ("best_ask", asks)):
            row[name] = number(side[0][0]) if side else ""
            row[f"{name}_quantity"] = number(side[0][1]) if side else ""
        return row

"""Coinbase's lists: markets and their rules, currencies, fees, its clock."""

from decimal import Decimal
from typing import Any

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.candle_book import Bar
from bot.sandbox.exchange.coinbase_words import (
    CoinbaseError,
    Params,
    instant,
    named_id,
    number,
    product_id,
)
from bot.sandbox.exchange.spot_market import Market, MarketState
from bot.sandbox.exchange.trading_floor import Floor

_DAY_S = 86_400
_FIAT = {"USD": "US Dollar", "EUR": "Euro", "GBP": "British Pound"}
_MOST_VALUE = "10000000"


class CoinbaseProducts:
    """Answers from one floor; what is asked over REST takes the request's parameters."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._pairs = {product_id(pair): pair for pair in floor.engine.markets}

    def pair(self, name: object) -> str:
        """Return our name of a product.

        Raises:
            CoinbaseError: it is not listed.
        """
        if not isinstance(name, str) or name not in self._pairs:
            raise CoinbaseError(404, "NOT_FOUND", "valid product_id is required")
        return self._pairs[name]

    def last(self, pair: str) -> Decimal:
        """Return the last price, or the best bid where nothing has traded."""
        trades = self._floor.engine.trades[pair]
        bids = self._floor.engine.books[pair].bids.levels(1)
        return trades[-1].price if trades else bids[0][0] if bids else Decimal(1)

    def day(self, pair: str) -> Bar:
        """Return what traded in the last 24 hours as one candle."""
        now_s, last = self._floor.clock.event_time() // NANOS_PER_S, self.last(pair)
        minutes = self._floor.candles[pair].read(
            60, _DAY_S // 60 + 1, start_s=now_s - _DAY_S, end_s=now_s
        )
        if not minutes:
            return Bar(open_s=now_s, open=last, high=last, low=last, close=last)
        bar = minutes[0]
        for later in minutes[1:]:
            bar.absorb(later)
        return bar

    def products(self, params: Params) -> dict[str, Any]:
        """Every market, or those that are asked for; there are no futures."""
        kind, names = str(params.get("product_type", "SPOT")), _all(params, "product_ids")
        pairs = [self.pair(name) for name in names] if names else list(self._floor.engine.markets)
        rows = [self._product(pair) for pair in pairs] if kind in {"SPOT", ""} else []
        return {"products": rows, "num_products": len(rows)}

    def product(self, params: Params) -> dict[str, Any]:
        """One market."""
        return self._product(self.pair(params.get("product_id")))

    def fees(self, _: Params) -> dict[str, Any]:
        """What the account pays."""
        fees = self._floor.engine.fees
        return {
            "total_volume": 0,
            "total_fees": 0,
            "fee_tier": {
                "pricing_tier": "Local",
                "usd_from": "0",
                "usd_to": "",
                "taker_fee_rate": number(fees.taker),
                "maker_fee_rate": number(fees.maker),
                "aop_from": "",
                "aop_to": "",
            },
            "margin_rate": None,
            "goods_and_services_tax": None,
            "advanced_trade_only_volume": 0,
            "advanced_trade_only_fees": 0,
            "coinbase_pro_volume": 0,
            "coinbase_pro_fees": 0,
            "total_balance": "",
            "has_promo_fee": False,
        }

    def time(self, _: Params) -> dict[str, Any]:
        """The venue's clock."""
        now = self._floor.clock.now()
        seconds, millis = now // NANOS_PER_S, now // (NANOS_PER_S // 1_000)
        iso = instant(now)[:19] + "Z"
        return {"iso": iso, "epochSeconds": str(seconds), "epochMillis": str(millis)}

    def old_time(self, _: Params) -> dict[str, Any]:
        """The venue's clock, as the older API tells it."""
        now = self._floor.clock.now()
        return {"data": {"iso": instant(now)[:19] + "Z", "epoch": now // NANOS_PER_S}}

    def fiat(self, _: Params) -> dict[str, Any]:
        """Currencies of states."""
        rows = [
            {"id": name, "name": _FIAT[name], "min_size": "0.01"}
            for name in self._currencies()
            if name in _FIAT
        ]
        return {"data": rows}

    def crypto(self, _: Params) -> dict[str, Any]:
        """All other currencies."""
        rows = [
            {
                "asset_id": named_id("asset", name),
                "code": name,
                "name": name,
                "color": "#0433FF",
                "sort_index": 100,
                "exponent": 8,
                "type": "crypto",
                "address_regex": "^(?:0x)?[0-9a-fA-F]{40}$",
            }
            for name in self._currencies()
            if name not in _FIAT
        ]
        return {"data": rows}

    def rates(self, _: Params) -> dict[str, Any]:
        """What a dollar is in every currency with a dollar market."""
        rates = {"USD": "1"}
        for pair, market in self._floor.engine.markets.items():
            if market.quote == "USD":
                rates[market.base] = number(round(1 / self.last(pair), 8))
        return {"data": {"currency": "USD", "rates": rates}}

    def _currencies(self) -> list[str]:
        markets = self._floor.engine.markets.values()
        return sorted({name for market in markets for name in (market.base, market.quote)})

    def _product(self, pair: str) -> dict[str, Any]:
        market, day = self._floor.engine.markets[pair], self.day(pair)
        change = (day.close - day.open) / day.open * 100
        return {
            "price": number(self.last(pair)),
            "price_percentage_change_24h": f"{change:.8f}",
            "volume_24h": number(day.volume),
            "volume_percentage_change_24h": "0",
            "approximate_quote_24h_volume": f"{day.value:.2f}",
            **_rules(market),
        }


def _rules(market: Market) -> dict[str, Any]:
    is_halted = market.state is MarketState.HALTED
    return {
        "product_id": product_id(market.pair),
        "base_increment": number(market.step),
        "quote_increment": number(market.tick),
        "price_increment": number(market.tick),
        "quote_min_size": number(market.min_value),
        "quote_max_size": _MOST_VALUE,
        "base_min_size": number(market.min_size),
        "base_max_size": number(market.max_size),
        "base_name": market.base,
        "quote_name": _FIAT.get(market.quote, market.quote),
        "watched": False,
        "is_disabled": is_halted,
        "new": False,
        "status": "offline" if is_halted else "online",
        "cancel_only": market.state is MarketState.CANCEL_ONLY,
        "limit_only": False,
        "post_only": market.state is MarketState.POST_ONLY,
        "trading_disabled": is_halted,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": market.quote,
        "base_currency_id": market.base,
        "fcm_trading_session_details": None,
        "mid_market_price": "",
        "alias": "",
        "alias_to": [],
        "base_display_symbol": market.base,
        "quote_display_symbol": market.quote,
        "view_only": False,
        "display_name": product_id(market.pair),
        "product_venue": "CBE",
    }


def _all(params: Params, name: str) -> list[str]:
    """Return every value of a parameter that may come more than once."""
    found = params.get(name)
    return found if isinstance(found, list) else [found] if found else []

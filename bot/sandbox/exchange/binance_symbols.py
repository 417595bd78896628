"""How Binance lists its markets: symbols, filters, limits."""

from decimal import Decimal
from typing import Any

from bot.sandbox.exchange.binance_words import number
from bot.sandbox.exchange.spot_market import Market, MarketState

_MOST = Decimal(1_000_000)


def symbol_of(pair: str) -> str:
    """Return Binance's name of a pair."""
    return pair.replace("/", "")


def limit_row(kind: str, interval: str, count: int, limit: int) -> dict[str, Any]:
    """Return one of the limits that are told with the symbols."""
    return {"rateLimitType": kind, "interval": interval, "intervalNum": count, "limit": limit}


def symbol_row(market: Market) -> dict[str, Any]:
    """Return a market as it is listed; one that takes no orders is on a BREAK."""
    is_open = market.state in {MarketState.TRADING, MarketState.POST_ONLY}
    return {
        "symbol": symbol_of(market.pair),
        "status": "TRADING" if is_open else "BREAK",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": False,
        "ocoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _filters(market),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_TAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER"],
    }


def _filters(market: Market) -> list[dict[str, Any]]:
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": number(market.tick),
            "maxPrice": number(_MOST),
            "tickSize": number(market.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": number(market.min_size),
            "maxQty": number(market.max_size),
            "stepSize": number(market.step),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": number(market.min_value),
            "applyMinToMarket": True,
            "maxNotional": number(_MOST * 9),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
    ]

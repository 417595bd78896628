"""Kraken's words: names of assets and pairs, numbers, times, ids, and how it refuses.

Source: Kraken API documentation (spot REST, spot WebSocket v2, API error messages), read 2026.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from bot.domain.units import NANOS_PER_S
from bot.sandbox.exchange.orders import OrderRefused, Refusal
from bot.sandbox.exchange.spot_market import Market, MarketState

Params = Mapping[str, Any]

_FIAT = frozenset({"USD", "EUR", "GBP", "CAD", "JPY", "AUD"})
_OLD_PAIRS = {"USDT/USD": "USDTZUSD", "EUR/USD": "ZEURZUSD"}  # listed before names were plain
_STATUS = {
    MarketState.TRADING: "online",
    MarketState.POST_ONLY: "post_only",
    MarketState.CANCEL_ONLY: "cancel_only",
    MarketState.HALTED: "cancel_only",
}
_REFUSALS = {
    Refusal.UNKNOWN_MARKET: "EQuery:Unknown asset pair",
    Refusal.BAD_PRICE: "EOrder:Tick size check failed",
    Refusal.BAD_SIZE: "EOrder:Order minimum not met",
    Refusal.TOO_SMALL: "EOrder:Cost minimum not met",
    Refusal.NO_FUNDS: "EOrder:Insufficient funds",
    Refusal.WOULD_TAKE: "EOrder:Post only order",
    Refusal.DUPLICATE: "EOrder:Duplicate cl_ord_id",
    Refusal.NO_SUCH_ORDER: "EOrder:Unknown order",
    Refusal.NOT_OPEN: "EOrder:Unknown order",
}


class KrakenError(Exception):
    """What is answered with an error text; REST answers it with status 200."""


def refusal(error: OrderRefused, market: Market | None = None) -> KrakenError:
    """Return the engine's refusal in Kraken's words."""
    if error.why is Refusal.HALTED:
        mode = status_of(market) if market is not None else "cancel_only"
        return KrakenError(f"EService:Market in {mode} mode")
    return KrakenError(_REFUSALS[error.why])


def status_of(market: Market) -> str:
    """Return what AssetPairs says a market takes."""
    return _STATUS[market.state]


def asset_id(currency: str) -> str:
    """Return Kraken's name of a currency: fiat has a Z before it."""
    return f"Z{currency}" if currency in _FIAT else currency


def pair_id(pair: str) -> str:
    """Return the key of a pair in Kraken's answers."""
    return _OLD_PAIRS.get(pair, altname(pair))


def altname(pair: str) -> str:
    """Return the pair's other name."""
    return pair.replace("/", "")


def bare(value: Decimal, decimals: int) -> msgspec.Raw:
    """Return a number as Kraken's sockets write it: bare, with all of its decimals."""
    return msgspec.Raw(f"{value:.{decimals}f}".encode())


def seconds(nanos: int) -> float:
    """Return a time as REST tells it: seconds, to the microsecond."""
    return round(nanos / NANOS_PER_S, 6)


def instant(nanos: int) -> str:
    """Return a time as sockets tell it: RFC 3339, to the microsecond."""
    moment = dt.datetime.fromtimestamp(nanos // NANOS_PER_S, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanos % NANOS_PER_S // 1000:06d}Z"


def decimal_in(params: Params, name: str) -> Decimal | None:
    """Return a number parameter; None: not sent."""
    value = params.get(name)
    if value is None:
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise KrakenError(f"EGeneral:Invalid arguments:{name}")
    return found


def integer_in(params: Params, name: str, usual: int) -> int:
    """Return a whole-number parameter, or what it is where it is not sent."""
    found = decimal_in(params, name)
    if found is None:
        return usual
    if abs(found) > 10**20:
        raise KrakenError(f"EGeneral:Invalid arguments:{name}")
    return int(found)


def is_set(params: Params, name: str) -> bool:
    """Whether a flag is sent as true; forms say it in letters, JSON as it is."""
    return str(params.get(name, "")).lower() in {"true", "1"}

"""Unmodified ccxt clients whose every address leads to the local exchange."""

from typing import Any

import ccxt.async_support as rest
from ccxt import pro

from bot.feeds.exchange_urls import moved_urls
from bot.sandbox.exchange.local_exchange import LocalExchange


def rest_client(exchange: LocalExchange, venue: str, **options: Any) -> Any:
    """Return ccxt's asynchronous REST client."""
    return _led(getattr(rest, venue)(_config(exchange, venue, options)), exchange)


def pro_client(exchange: LocalExchange, venue: str, **options: Any) -> Any:
    """Return ccxt's WebSocket client."""
    return _led(getattr(pro, venue)(_config(exchange, venue, options)), exchange)


def _config(exchange: LocalExchange, venue: str, options: dict[str, Any]) -> dict[str, Any]:
    venues = {one.venue: one for one in exchange.options.venues}
    logins = venues[venue].logins
    keys = {"apiKey": logins[0].key, "secret": logins[0].secret} if logins else {}
    return {**keys, "enableRateLimit": False, "timeout": 5_000, "options": options}


def _led(client: Any, exchange: LocalExchange) -> Any:
    client.urls = moved_urls(client.urls, exchange.url)
    return client

"""Which venues can be spoken for."""

from importlib import import_module

from bot.domain.errors import BadConfiguration
from bot.sandbox.exchange.dialect import Dialect
from bot.sandbox.exchange.trading_floor import Floor

_DIALECTS = {
    "binance": "bot.sandbox.exchange.binance_rest:BinanceDialect",
    "kraken": "bot.sandbox.exchange.kraken_rest:KrakenDialect",
    "coinbase": "bot.sandbox.exchange.coinbase_rest:CoinbaseDialect",
}


def dialect_of(floor: Floor) -> Dialect:
    """Return who speaks for a floor.

    Raises:
        BadConfiguration: nobody does.
    """
    if floor.venue not in _DIALECTS:
        known = ", ".join(sorted(_DIALECTS))
        raise BadConfiguration(f"no local exchange is called {floor.venue!r}; there are {known}")
    module, _, name = _DIALECTS[floor.venue].partition(":")
    dialect: Dialect = getattr(import_module(module), name)(floor)
    return dialect

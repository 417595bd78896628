"""Kraken's public socket, version 2."""

from typing import Any

from aiohttp import web

from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_book_channel import DEPTHS, BookChannel
from bot.sandbox.exchange.kraken_channels import CandleChannel, TickerChannel, TradeChannel
from bot.sandbox.exchange.kraken_conversation import Channel, Conversation
from bot.sandbox.exchange.kraken_markets import INTERVALS, KrakenMarkets
from bot.sandbox.exchange.kraken_tape import KrakenTape
from bot.sandbox.exchange.kraken_words import KrakenError
from bot.sandbox.exchange.trading_floor import Floor

_EXTRAS = {"book": ("depth", 10), "ohlc": ("interval", 1)}


class KrakenPublicSocket:
    """Serves ``ws.kraken.com/v2``."""

    def __init__(self, floor: Floor, markets: KrakenMarkets, tape: KrakenTape) -> None:
        self._floor, self._markets, self._tape = floor, markets, tape
        self._connections = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it is gone."""
        socket = self._floor.open_socket()
        self._connections += 1
        client = Conversation(self._floor, socket, self._connections)
        client.greet()
        async for message in socket.heard(request):
            for one in _split(message):
                client.obey(one, lambda method, params: self._do(client, socket, method, params))
        return socket.response

    def _do(
        self, client: Conversation, socket: FrameSocket, method: str, params: dict[str, Any]
    ) -> list[dict[str, Any]]:
        if method not in {"subscribe", "unsubscribe"}:
            raise KrakenError("Method Not Found")
        name, pair = str(params.get("channel")), str(params.get("symbol"))
        if pair not in self._floor.engine.markets:
            raise KrakenError(f"Currency pair not supported {pair}")
        result = {"channel": name, "symbol": pair}
        if name in _EXTRAS:
            option, usual = _EXTRAS[name]
            result[option] = params.get(option, usual)
        if method == "unsubscribe":
            client.unsubscribe((name, pair))
        else:
            client.subscribe((name, pair), self._channel(socket, name, pair, params))
            result["snapshot"] = params.get("snapshot", True)
        return [result]

    def _channel(
        self, socket: FrameSocket, name: str, pair: str, params: dict[str, Any]
    ) -> Channel:
        if name == "book":
            depth = params.get("depth", 10)
            if not isinstance(depth, int) or depth not in DEPTHS:
                raise KrakenError("Subscription depth not supported")
            return BookChannel(self._floor, socket, pair, depth)
        if name == "ticker":
            of_best = params.get("event_trigger") == "bbo"
            return TickerChannel(self._floor, socket, pair, self._markets, of_best=of_best)
        if name == "trade":
            snapshot = params.get("snapshot", False) is True
            return TradeChannel(self._floor, socket, pair, self._tape, snapshot=snapshot)
        if name == "ohlc":
            minutes = params.get("interval", 1)
            if not isinstance(minutes, int) or minutes not in INTERVALS:
                raise KrakenError("Subscription ohlc interval not supported")
            return CandleChannel(self._floor, socket, pair, minutes)
        raise KrakenError(f"Unsupported channel {name}")


def _split(message: Any) -> list[Any]:
    """Return one message per symbol: each gets an answer of its own."""
    params = message.get("params") if isinstance(message, dict) else None
    symbols = params.get("symbol") if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(symbols, list):
        return [message]
    return [message | {"params": params | {"symbol": symbol}} for symbol in symbols]

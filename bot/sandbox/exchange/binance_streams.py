"""Binance's market streams: changes of books in batches, trades, best prices, candles.

Source: Binance spot API documentation, web-socket-streams.md.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, Nanos
from bot.sandbox.exchange.binance_markets import FRAMES_S, BinanceMarkets, aggregate_of, levels
from bot.sandbox.exchange.binance_symbols import symbol_of
from bot.sandbox.exchange.binance_words import BinanceError, number
from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.orders import BookChanged, Happening, OrderSide, Trade
from bot.sandbox.exchange.trading_floor import Floor

_BATCH_S = {"depth@100ms": 0.1, "depth": 1.0}
_OTHERS = frozenset({"trade", "aggTrade", "bookTicker", *(f"kline_{frame}" for frame in FRAMES_S)})


class BinanceStreams:
    """Serves ``/ws``, ``/ws/<stream>`` and ``/stream?streams=<stream>/<stream>``."""

    def __init__(self, floor: Floor, markets: BinanceMarkets) -> None:
        self._floor, self._markets = floor, markets

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it is gone."""
        socket = self._floor.open_socket()
        client = _Subscriber(self._floor, socket, wrapped=request.path.endswith("/stream"))
        socket.on_close.append(self._floor.engine.listen(client.note))
        socket.on_close.append(client.close)
        asked = request.match_info.get("streams") or request.query.get("streams", "")
        for stream in asked.split("/"):
            if self._is_stream(stream):
                client.add(stream, self._pair(stream))
        async for message in socket.heard(request):
            self._obey(client, socket, message)
        return socket.response

    def _obey(self, client: "_Subscriber", socket: FrameSocket, message: Any) -> None:
        if not isinstance(message, dict):
            socket.answer(_refused(None, "Invalid request: message must be an object"))
            return
        method, streams, number_ = message.get("method"), message.get("params"), message.get("id")
        if method == "LIST_SUBSCRIPTIONS":
            socket.answer({"result": list(client.streams), "id": number_})
            return
        if method not in {"SUBSCRIBE", "UNSUBSCRIBE"} or not isinstance(streams, list):
            socket.answer(_refused(number_, "Invalid request: unknown variant"))
            return
        socket.answer({"result": None, "id": number_})
        for stream in streams:
            if method == "UNSUBSCRIBE":
                client.remove(str(stream))
            elif self._is_stream(str(stream)):  # Binance is silent about streams that are none
                client.add(str(stream), self._pair(str(stream)))

    def _is_stream(self, stream: str) -> bool:
        symbol, _, kind = stream.partition("@")
        try:
            self._markets.pair(symbol.upper())
        except BinanceError:
            return False
        return kind in _BATCH_S or kind in _OTHERS

    def _pair(self, stream: str) -> str:
        return self._markets.pair(stream.partition("@")[0].upper())


class _Subscriber:
    """What one client hears."""

    def __init__(self, floor: Floor, socket: FrameSocket, *, wrapped: bool) -> None:
        self.streams: dict[str, Callable[[Happening], None]] = {}
        self._floor, self._socket, self._wrapped = floor, socket, wrapped
        self._batches: dict[str, asyncio.Task[None]] = {}

    def add(self, stream: str, pair: str) -> None:
        kind = stream.partition("@")[2]
        if stream in self.streams:
            return
        if kind in _BATCH_S:
            batch = _Batch(self._floor, pair)
            self.streams[stream] = batch.note
            sending = self._send_batches(stream, batch, _BATCH_S[kind])
            self._batches[stream] = asyncio.create_task(sending)
        elif kind == "bookTicker":
            self.streams[stream] = lambda happening: self._best(stream, pair, happening)
        else:
            self.streams[stream] = lambda happening: self._traded(stream, pair, happening)

    def remove(self, stream: str) -> None:
        self.streams.pop(stream, None)
        self._stop_batch(stream)

    def close(self) -> None:
        for stream in tuple(self._batches):
            self._stop_batch(stream)

    def note(self, happening: Happening) -> None:
        for hear in tuple(self.streams.values()):
            hear(happening)

    def _stop_batch(self, stream: str) -> None:
        task = self._batches.pop(stream, None)
        if task is not None:
            task.cancel()

    def _say(self, stream: str, pair: str, message: dict[str, Any]) -> None:
        told = {"stream": stream, "data": message} if self._wrapped else message
        self._socket.say(told, pair=pair, is_book="@depth" in stream)

    async def _send_batches(self, stream: str, batch: "_Batch", every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            message = batch.take()
            if message is not None:
                self._say(stream, batch.pair, message)

    def _best(self, stream: str, pair: str, happening: Happening) -> None:
        if not isinstance(happening, BookChanged) or happening.pair != pair:
            return
        book = self._floor.engine.books[pair]
        bids, asks = self._floor.mishaps.spoil_levels(
            pair, book.bids.levels(1), book.asks.levels(1)
        )
        if bids and asks:
            message = {
                "u": book.version,
                "s": symbol_of(pair),
                "b": number(bids[0][0]),
                "B": number(bids[0][1]),
                "a": number(asks[0][0]),
                "A": number(asks[0][1]),
            }
            self._say(stream, pair, message)

    def _traded(self, stream: str, pair: str, happening: Happening) -> None:
        if not isinstance(happening, Trade) or happening.pair != pair:
            return
        kind, stamp = stream.partition("@")[2], _stamp(happening.at)
        if kind == "aggTrade":
            head = {"e": "aggTrade", "E": stamp, "s": symbol_of(pair)}
            self._say(stream, pair, head | aggregate_of(happening))
        elif kind == "trade":
            self._say(stream, pair, _trade(happening))
        else:
            self._say(stream, pair, self._candle(pair, kind.removeprefix("kline_"), happening))

    def _candle(self, pair: str, frame: str, trade: Trade) -> dict[str, Any]:
        length_s, now_s = FRAMES_S[frame], trade.at // NANOS_PER_S
        bar = self._floor.candles[pair].read(length_s, 1, end_s=now_s)[-1]
        kline = {
            "t": bar.open_s * 1_000,
            "T": (bar.open_s + length_s) * 1_000 - 1,
            "s": symbol_of(pair),
            "i": frame,
            "f": trade.id,
            "L": trade.id,
            "o": number(bar.open),
            "c": number(bar.close),
            "h": number(bar.high),
            "l": number(bar.low),
            "v": number(bar.volume),
            "n": bar.trades,
            "x": False,
            "q": number(bar.value),
            "V": number(bar.bought),
            "Q": number(bar.bought * trade.price),
            "B": "0",
        }
        return {"e": "kline", "E": _stamp(trade.at), "s": symbol_of(pair), "k": kline}


class _Batch:
    """Changes of one book since they were last sent; of a level, the newest counts."""

    def __init__(self, floor: Floor, pair: str) -> None:
        self.pair = pair
        self._floor = floor
        self._changes: list[BookChanged] = []

    def note(self, happening: Happening) -> None:
        if isinstance(happening, BookChanged) and happening.pair == self.pair:
            self._changes.append(happening)

    def take(self) -> dict[str, Any] | None:
        changes, self._changes = self._changes, []
        if not changes:
            return None
        bids = tuple({p: s for change in changes for p, s in change.bids}.items())
        asks = tuple({p: s for change in changes for p, s in change.asks}.items())
        bids, asks = self._floor.mishaps.spoil_levels(self.pair, bids, asks)
        return {
            "e": "depthUpdate",
            "E": _stamp(changes[-1].at),
            "s": symbol_of(self.pair),
            "U": changes[0].first,
            "u": changes[-1].last,
            "b": levels(bids),
            "a": levels(asks),
        }


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "e": "trade",
        "E": _stamp(trade.at),
        "s": symbol_of(trade.pair),
        "t": trade.id,
        "p": number(trade.price),
        "q": number(trade.size),
        "T": _stamp(trade.at),
        "m": trade.taker_side is OrderSide.SELL,
        "M": True,
    }


def _stamp(at: Nanos) -> int:
    return at // NANOS_PER_MS


def _refused(number_: Any, text: str) -> dict[str, Any]:
    return {"id": number_, "error": {"code": 2, "msg": text}}

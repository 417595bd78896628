"""Coinbase's socket: books, trades, best prices, and an account's orders.

Source: Coinbase Advanced Trade API documentation, WebSocket overview and channels. Messages of all
channels are numbered together, per connection.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.exchange.coinbase_channels import CoinbaseChannels
from bot.sandbox.exchange.coinbase_login import CoinbaseLogin
from bot.sandbox.exchange.coinbase_products import CoinbaseProducts
from bot.sandbox.exchange.coinbase_words import CoinbaseError, CoinbaseIds, instant, product_id
from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.orders import Happening
from bot.sandbox.exchange.trading_floor import Floor

_OF_MARKETS = frozenset({"level2", "market_trades", "ticker", "ticker_batch"})
_OF_ALL = frozenset({"heartbeats", "user"})
_BEAT_S = 1.0
_BATCH_BEATS = 5


class CoinbaseSocket:
    """Serves every connection of one floor."""

    def __init__(
        self, floor: Floor, login: CoinbaseLogin, products: CoinbaseProducts, ids: CoinbaseIds
    ) -> None:
        self._floor, self._login, self._products, self._ids = floor, login, products, ids

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one client until it is gone."""
        socket = self._floor.open_socket()
        channels = CoinbaseChannels(self._floor, self._products, self._ids)
        client = _Client(self._floor, socket, channels)
        async for message in socket.heard(request):
            self._obey(client, message if isinstance(message, dict) else {})
        return socket.response

    def _obey(self, client: "_Client", message: dict[str, Any]) -> None:
        kind, channel = str(message.get("type")), str(message.get("channel"))
        asked = message.get("product_ids")
        names = asked if isinstance(asked, list) else []
        if kind not in {"subscribe", "unsubscribe"} or channel not in _OF_MARKETS | _OF_ALL:
            client.refuse("failure to subscribe")
            return
        try:
            pairs = [self._products.pair(name) for name in names]
            if channel == "user":
                client.account = self._login.account(str(message.get("jwt", "")), None)
        except CoinbaseError as error:
            is_login = error.status == 401
            client.refuse("authentication failure" if is_login else str(error))
            return
        change = client.add if kind == "subscribe" else client.remove
        change(channel, pairs or ([] if channel in _OF_MARKETS else [""]))


class _Client:
    """What one client hears."""

    def __init__(self, floor: Floor, socket: FrameSocket, channels: CoinbaseChannels) -> None:
        self.account = ""
        self._floor, self._socket, self._channels = floor, socket, channels
        self._subscribed: dict[str, list[str]] = {}
        self._number = self._beats = 0
        beating = asyncio.create_task(self._beat())
        socket.on_close.append(floor.engine.listen(self._note))
        socket.on_close.append(beating.cancel)

    def refuse(self, message: str) -> None:
        self._socket.answer({"type": "error", "message": message})

    def add(self, channel: str, pairs: list[str]) -> None:
        known = self._subscribed.setdefault(channel, [])
        for pair in pairs:
            if pair not in known:
                known.append(pair)
            if channel == "user" and pair != pairs[0]:
                continue  # one snapshot tells all
            self._tell(pair, self._channels.snapshot(channel, pair, self.account))
        self._confirm()

    def remove(self, channel: str, pairs: list[str]) -> None:
        kept = [pair for pair in self._subscribed.get(channel, []) if pair not in pairs]
        self._subscribed[channel] = kept if pairs else []
        if not self._subscribed[channel]:
            del self._subscribed[channel]
        self._confirm()

    def _confirm(self) -> None:
        rows = {
            channel: [product_id(pair) for pair in pairs]
            for channel, pairs in self._subscribed.items()
        }
        self._say("subscriptions", [{"subscriptions": rows}], self._socket.answer)

    def _note(self, happening: Happening) -> None:
        for channel in tuple(self._subscribed):
            pair, told = self._channels.update(channel, happening, self.account)
            if pair in self._subscribed[channel] or self._subscribed[channel] == [""]:
                self._tell(pair, told)

    def _tell(self, pair: str, told: tuple[str, list[dict[str, Any]]] | None) -> None:
        if told is not None:
            name, events = told
            self._say(name, events, lambda message: self._socket.say(message, pair=pair))

    def _say(self, channel: str, events: list[dict[str, Any]], send: Callable[[Any], None]) -> None:
        message = {
            "channel": channel,
            "client_id": "",
            "timestamp": instant(self._floor.clock.event_time()),
            "sequence_num": self._number,
            "events": events,
        }
        self._number += 1
        send(message)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            self._beats += 1
            if "heartbeats" in self._subscribed:
                now = instant(self._floor.clock.now()).replace("T", " ").replace("Z", " +0000 UTC")
                event = {"current_time": now, "heartbeat_counter": str(self._beats)}
                self._say("heartbeats", [event], self._socket.answer)
            if self._beats % _BATCH_BEATS == 0:
                for pair in self._subscribed.get("ticker_batch", []):
                    self._tell(pair, self._channels.snapshot("ticker_batch", pair, self.account))

"""What both of Kraken's sockets have in common: answers, pings, the beat of a quiet connection."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from bot.sandbox.exchange.frame_socket import FrameSocket
from bot.sandbox.exchange.kraken_words import KrakenError, instant
from bot.sandbox.exchange.orders import Happening
from bot.sandbox.exchange.trading_floor import Floor

_BEAT_S = 1.0


class Channel(Protocol):
    """One subscription of one client."""

    def open(self) -> None:
        """Send how things are."""

    def note(self, happening: Happening) -> None:
        """Send what has changed, if it is in view."""


class Conversation:
    """One client of one socket, and what it has subscribed to."""

    def __init__(self, floor: Floor, socket: FrameSocket, name: int) -> None:
        self.channels: dict[tuple[str, str], Channel] = {}
        self._floor, self._socket = floor, socket
        beating = asyncio.create_task(self._beat())
        socket.on_close.append(floor.engine.listen(self._note))
        socket.on_close.append(beating.cancel)
        self._hello = {
            "channel": "status",
            "type": "update",
            "data": [
                {
                    "version": "2.0.10",
                    "system": "online",
                    "api_version": "v2",
                    "connection_id": name,
                }
            ],
        }

    def obey(self, message: Any, do: Callable[[str, dict[str, Any]], list[dict[str, Any]]]) -> None:
        """Answer one message; `do` takes its method and parameters and returns the results."""
        told_at = self._floor.clock.now()
        if not isinstance(message, dict):
            self._fail({}, "Malformed request", told_at)
            return
        method, params = message.get("method"), message.get("params")
        if method == "ping":
            self._reply(message, {"method": "pong"}, told_at)
            return
        try:
            params = params if isinstance(params, dict) else {}
            for result in do(str(method), params):
                self._succeed(message, result, told_at)
        except KrakenError as error:
            self._fail(message, str(error), told_at)

    def greet(self) -> None:
        """Say what a client hears first."""
        self._socket.answer(self._hello)

    def subscribe(self, key: tuple[str, str], channel: Channel) -> None:
        """Open a channel once its acknowledgement is out.

        Raises:
            KrakenError: it is open already.
        """
        if key in self.channels:
            raise KrakenError("Already subscribed")
        self.channels[key] = channel

    def unsubscribe(self, key: tuple[str, str]) -> None:
        """Close a channel.

        Raises:
            KrakenError: it is not open.
        """
        if self.channels.pop(key, None) is None:
            raise KrakenError("Subscription Not Found")

    def _note(self, happening: Happening) -> None:
        for channel in tuple(self.channels.values()):
            channel.note(happening)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_S)
            if self.channels:
                self._socket.answer({"channel": "heartbeat"})

    def _succeed(self, message: dict[str, Any], result: dict[str, Any], told_at: int) -> None:
        head = {"method": message.get("method"), "result": result, "success": True}
        self._reply(message, head, told_at)
        key = str(result.get("channel")), str(result.get("symbol", ""))
        if message.get("method") == "subscribe" and key in self.channels:
            self.channels[key].open()

    def _fail(self, message: dict[str, Any], error: str, told_at: int) -> None:
        head = {"error": error, "method": message.get("method"), "success": False}
        self._reply(message, head, told_at)

    def _reply(self, message: dict[str, Any], head: dict[str, Any], told_at: int) -> None:
        times = {"time_in": instant(told_at), "time_out": instant(self._floor.clock.now())}
        number = {"req_id": message["req_id"]} if "req_id" in message else {}
        self._socket.answer(head | number | times)

"""One client's WebSocket: all that a dialect says goes through here, and is spoiled here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from bot.sandbox.exchange.hostile_frames import giant_frame, maimed_frame
from bot.sandbox.exchange.mishap import Mishap, MishapKind
from bot.sandbox.exchange.mishaps import Mishaps

_OF_FRAMES = (
    MishapKind.GAP,
    MishapKind.STALL,
    MishapKind.TRUNCATED,
    MishapKind.GIANT,
    MishapKind.GARBAGE,
)
_MAX_WAITING = 50_000  # frames for a client that does not read; then it is cut


class FrameSocket:
    """Frames leave in the sequence in which they were said; saying never waits."""

    def __init__(self, mishaps: Mishaps) -> None:
        self.response = web.WebSocketResponse()  # what the request's handler returns at its end
        self._mishaps = mishaps
        self._waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None
        self._said = 0
        self._last = "{}"
        self.on_close: list[Callable[[], object]] = []  # called once, when the client is gone

    def say(self, message: Any, *, pair: str = "", is_book: bool = True) -> None:
        """Send data: text as it is, anything else as JSON. `pair` is the market it is about.

        Only messages that would be missed, `is_book`, are lost to a gap.
        """
        frame = self._last = _text(message)
        kinds = _OF_FRAMES if is_book else _OF_FRAMES[1:]
        mishap = self._mishaps.take(*kinds, pair=pair)
        if mishap is None:
            self._put(frame)
        elif mishap.kind not in {MishapKind.STALL, MishapKind.GAP}:
            self._said += 1
            self._put(_spoiled(frame, mishap, self._said))

    def answer(self, message: Any) -> None:
        """Send what is no data (an acknowledgement, a pong): only a stall keeps it back."""
        if self._mishaps.take(MishapKind.STALL) is None:
            self._put(_text(message))

    def flood(self, count: int, seed: int) -> None:
        """Send the last data again, maimed in `count` ways; see `maimed_frame`."""
        for number in range(seed, seed + count):
            self._put(maimed_frame(self._last, number))

    def cut(self) -> None:
        """End the connection without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def heard(self, request: web.Request) -> AsyncIterator[Any]:
        """Yield what the client says, decoded, until it is gone; what is no JSON is left out."""
        self._transport = request.transport
        await self.response.prepare(request)
        writer = asyncio.create_task(self._write())
        try:
            async for frame in self.response:
                if frame.type is WSMsgType.TEXT:
                    try:
                        yield msgspec.json.decode(frame.data)
                    except msgspec.DecodeError:
                        continue
        finally:
            writer.cancel()
            for call in self.on_close:
                call()

    def _put(self, frame: str | bytes) -> None:
        if self._waiting.qsize() >= _MAX_WAITING:
            self.cut()
        else:
            self._waiting.put_nowait(frame)

    async def _write(self) -> None:
        while True:
            frame = await self._waiting.get()
            try:
                if isinstance(frame, str):
                    await self.response.send_str(frame)
                else:
                    await self.response.send_bytes(frame)
            except ConnectionError:
                return


def _text(message: Any) -> str:
    return message if isinstance(message, str) else msgspec.json.encode(message).decode()


def _spoiled(frame: str, mishap: Mishap, number: int) -> str | bytes:
    if mishap.kind is MishapKind.TRUNCATED:
        return frame[: len(frame) // 2]
    if mishap.kind is MishapKind.GIANT:
        return giant_frame(int(mishap.amount) or 3_000_000)
    return maimed_frame(frame, number)

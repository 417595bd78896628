"""Frames of a socket that is led past us, and when they came."""

import asyncio
from collections import deque
from types import SimpleNamespace

from bot.feeds.socket_tap import SocketTap


class Protocol:
    """Of aiohttp: bytes go in here; each of them is a frame."""

    def __init__(self) -> None:
        self.frames = deque[str]()
        self.came = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.frames.extend(data.decode())
        self.came.set()


class Socket:
    """Of ccxt, as far as the tap knows it."""

    error = None

    def __init__(self) -> None:
        self.protocol = Protocol()
        self.connection = SimpleNamespace(_conn=SimpleNamespace(protocol=self.protocol))
        self.ended = False

    @property
    def buffer(self) -> deque[str]:
        return self.protocol.frames

    def closed(self) -> bool:
        return self.ended

    async def receive(self) -> str:
        await self.protocol.came.wait()
        frame = self.buffer.popleft()
        if not self.buffer:
            self.protocol.came.clear()
        return frame

    def handle_message(self, frame: str) -> None:
        self.handle_text_or_binary_message(frame)

    def handle_text_or_binary_message(self, data: str) -> None:
        raise AssertionError(data)

    def receive_loop(self) -> None:
        raise AssertionError

    def on_close(self, code: int) -> None:
        raise AssertionError(code)


def test_bytes_are_told_of_before_any_frame_of_them_and_others_have_their_turn_in_between() -> None:
    async def script() -> list[str]:
        socket, said = Socket(), list[str]()

        def hear(data: str | bytes) -> bool:
            said.append(str(data))
            asyncio.get_running_loop().call_soon(said.append, "turn")
            socket.ended = data == "c"
            return True

        SocketTap(
            socket,
            hear,
            fail=lambda _, reason: said.append(reason),
            misread=(),
            arrived=lambda: said.append("bytes"),
        )
        socket.receive_loop()
        socket.protocol.data_received(b"ab")
        await asyncio.sleep(0.01)
        socket.protocol.data_received(b"c")
        await asyncio.sleep(0.01)
        return said

    heard = asyncio.run(script())
    assert heard == ["bytes", "bytes", "a", "turn", "b", "turn", "bytes", "c", "turn"]

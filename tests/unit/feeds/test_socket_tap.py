"""Frames of a socket that is led past us, and when they came."""

import asyncio
from collections import deque
from itertools import count
from types import SimpleNamespace

from bot.domain.units import Nanos
from bot.feeds.pair_watch import Moment
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

    error = "closed by the test"

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


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def heard_of(*bursts: bytes) -> list[str]:
    """Hear bursts of frames; tell each with its arrival, every rest, and the turns of others."""

    async def script() -> list[str]:
        socket, said = Socket(), list[str]()
        ticks = count(1)

        def hear(data: str | bytes) -> bool:
            assert tap.arrived is not None
            said.append(f"{data!s} of {tap.arrived.now}")
            asyncio.get_running_loop().call_soon(said.append, "turn")
            socket.ended = data == "z"
            return True

        def clock() -> Moment:
            return Moment(now=Nanos(next(ticks)), monotonic=Nanos(0))

        tap = SocketTap(socket, hear, fail=lambda _, reason: said.append(reason), misread=())
        tap.date(clock, lambda: said.append("rest"))
        socket.receive_loop()
        for burst in bursts:
            socket.protocol.data_received(burst)
            await turns(40)
        return said

    return asyncio.run(script())


def test_frames_are_dated_by_their_own_bytes_and_heard_in_one_go_as_far_as_they_came() -> None:
    assert heard_of(b"ab", b"c")[:6] == ["a of 2", "b of 2", "rest", "turn", "turn", "c of 3"]


def test_between_the_frames_of_a_long_burst_others_have_their_turn() -> None:
    heard = heard_of(b"abcdefghijkl")
    first, second = heard.index("rest"), heard.index("i of 2")
    assert heard[:first] == [f"{frame} of 2" for frame in "abcdefgh"]
    assert heard[first + 1 : second] == ["turn"] * 8


def test_frames_keep_their_date_while_newer_bytes_come() -> None:
    async def script() -> list[int]:
        socket, found = Socket(), list[int]()
        ticks = count(1)

        def hear(data: str | bytes) -> bool:
            assert tap.arrived is not None
            found.append(tap.arrived.now)
            if data == "a":
                socket.protocol.data_received(b"cz")  # while b still waits
            socket.ended = data == "z"
            return True

        tap = SocketTap(socket, hear, fail=lambda *_: None, misread=())
        tap.date(lambda: Moment(now=Nanos(next(ticks)), monotonic=Nanos(0)), lambda: None)
        socket.receive_loop()
        socket.protocol.data_received(b"ab")
        await turns(40)
        return found

    assert asyncio.run(script()) == [2, 2, 3, 3]

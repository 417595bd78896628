"""Frames of a socket that is led past us, and when they came."""

import asyncio
from collections import deque
from itertools import count
from types import SimpleNamespace

from aiohttp import WSMessage, WSMsgType

from bot.domain.units import Nanos
from bot.feeds.pair_watch import Moment
from bot.feeds.socket_tap import SocketTap


class Protocol:
    """Of aiohttp: bytes go in here; each of them is a frame, those above Z of text."""

    def __init__(self) -> None:
        self.frames = deque[tuple[WSMessage, int]]()
        self.is_over = False

    def data_received(self, data: bytes) -> None:
        for one in data.decode():
            kind = WSMsgType.TEXT if one > "Z" else WSMsgType.PING
            self.frames.append((WSMessage(kind, one, None), 1))

    def connection_lost(self, _: Exception | None) -> None:
        self.is_over = True

    def is_eof(self) -> bool:
        return self.is_over


class Socket:
    """Of ccxt, as far as the tap knows it."""

    error = "closed by the test"

    def __init__(self) -> None:
        self.protocol = Protocol()
        connection = SimpleNamespace(protocol=self.protocol)
        self.connection = SimpleNamespace(_conn=connection, _reader=self.protocol)
        self.ended = False
        self.others = list[str]()  # frames that are no text

    @property
    def buffer(self) -> deque[tuple[WSMessage, int]]:
        return self.protocol.frames

    def closed(self) -> bool:
        return self.ended

    async def receive(self) -> WSMessage:
        if self.buffer:
            return self.buffer.popleft()[0]
        assert self.protocol.is_over, "whoever waits here hears too late"
        self.ended = True
        return WSMessage(WSMsgType.CLOSED, "", None)

    def handle_message(self, frame: WSMessage) -> None:
        assert frame.type is not WSMsgType.TEXT
        self.others.append(frame.data)

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
        await turns(1)
        for burst in bursts:
            socket.protocol.data_received(burst)
            await turns(40)
        return said

    return asyncio.run(script())


def test_frames_are_dated_by_their_own_bytes_and_heard_in_one_go_as_far_as_they_came() -> None:
    assert heard_of(b"ab", b"c")[:6] == ["a of 2", "b of 2", "rest", "turn", "turn", "c of 3"]


def test_frames_are_heard_on_the_very_turn_on_which_their_bytes_come() -> None:
    async def script() -> list[str]:
        socket, heard = Socket(), list[str]()
        tap = SocketTap(
            socket, lambda data: not heard.append(str(data)), fail=lambda *_: None, misread=()
        )
        tap.date(lambda: Moment(now=Nanos(1), monotonic=Nanos(1)), lambda: heard.append("rest"))
        socket.receive_loop()
        socket.protocol.data_received(b"ab")
        socket.ended = True
        return heard

    assert asyncio.run(script()) == ["a", "b", "rest"]


def test_what_is_no_text_is_ccxts_and_keeps_its_place_and_its_date() -> None:
    async def script() -> tuple[list[str], list[str]]:
        socket, heard = Socket(), list[str]()
        ticks = count(1)

        def hear(data: str | bytes) -> bool:
            assert tap.arrived is not None
            heard.append(f"{data!s} of {tap.arrived.now}")
            return True

        tap = SocketTap(socket, hear, fail=lambda *_: None, misread=())
        tap.date(lambda: Moment(now=Nanos(next(ticks)), monotonic=Nanos(0)), lambda: None)
        socket.receive_loop()
        socket.protocol.data_received(b"aPb")
        socket.protocol.data_received(b"c")
        await turns(10)
        socket.protocol.data_received(b"d")
        assert not tap.waiting
        socket.ended = True
        return heard, socket.others

    assert asyncio.run(script()) == (["a of 2", "b of 2", "c of 3", "d of 4"], ["P"])


def test_a_connection_that_is_lost_is_closed_at_once() -> None:
    async def script() -> list[int]:
        socket, closed = Socket(), list[int]()
        socket.error, socket.on_close = None, closed.append
        tap = SocketTap(socket, lambda _: True, fail=lambda *_: None, misread=())
        socket.receive_loop()
        await turns(5)
        socket.protocol.connection_lost(None)
        await turns(10)
        assert not tap.waiting
        return closed

    assert asyncio.run(script()) == [1006]


def test_between_the_frames_of_a_long_burst_others_have_their_turn() -> None:
    frames = b"abcdefghijklmnopqr"
    heard = heard_of(frames)
    first, second = heard.index("rest"), heard.index("q of 2")
    assert heard[:first] == [f"{frame} of 2" for frame in frames.decode()[:16]]
    assert heard[first + 1 : second] == ["turn"] * 16


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

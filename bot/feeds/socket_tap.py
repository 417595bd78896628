"""Reads ccxt's sockets in its place: each frame on the very turn on which its bytes came."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import WSMsgType

from bot.feeds.pair_watch import Moment

_ABNORMAL = 1006
_BURST = 16  # frames that are heard before others have their turn
_LOOK_S = 0.25  # between two looks at whether the socket was closed behind our back
_WORDS = (WSMsgType.TEXT, WSMsgType.BINARY)
Ear = Callable[[str | bytes], bool]  # returns whether the frame was ours


class SocketTap:
    """Leads the frames of one ccxt socket past us; what is not ours goes on to ccxt."""

    def __init__(
        self,
        socket: Any,
        ear: Ear,
        *,
        fail: Callable[[Any, str], None],
        misread: tuple[type[BaseException], ...],
    ) -> None:
        """Tap `socket`; `fail` ends it, `misread` is what ccxt's handlers raise over a frame."""
        self.socket, self._ear, self._fail, self._misread = socket, ear, fail, misread
        self._clock: Callable[[], Moment] | None = None
        self._rest: Callable[[], None] = lambda: None
        self.arrived: Moment | None = None  # the frame that is being heard; None: nobody dates it
        self._frames = deque[Any]()  # aiohttp's: what came and was not heard yet
        self._arrivals = deque[Moment]()  # theirs
        self._left = asyncio.Event()  # there is something that was not heard at once
        self._is_hearing = False
        self._theirs = socket.handle_text_or_binary_message
        self._reader: asyncio.Task[None] | None = None
        socket.handle_text_or_binary_message = self._hear
        socket.receive_loop = self._begin

    def date(self, clock: Callable[[], Moment], rest: Callable[[], None]) -> None:
        """Date the arrival of all bytes: the frames in them may have to wait for their turn.

        `rest` is told when all that came was heard, or others have their turn.
        """
        self._clock, self._rest = clock, rest

    @property
    def waiting(self) -> int:
        """Frames that have arrived, were dated, and wait to be heard."""
        return len(self._arrivals)

    def _begin(self) -> None:
        if not self.socket.closed():
            protocol = self.socket.connection._conn.protocol  # noqa: SLF001 - nothing else tells
            self._receive, protocol.data_received = protocol.data_received, self._bytes_came
            self._lose, protocol.connection_lost = protocol.connection_lost, self._lost
            self._frames = self.socket.buffer
            if self._clock is not None:  # frames may have come with the answer to the handshake
                self._arrivals.extend([self._clock()] * len(self._frames))
        self._reader = asyncio.create_task(self._read())

    def _bytes_came(self, data: bytes) -> None:
        arrived = None if self._clock is None else self._clock()
        before = len(self._frames)
        self._receive(data)
        if arrived is not None:
            self._arrivals.extend([arrived] * (len(self._frames) - before))
        if not before and not self._is_hearing:
            self._hear_burst()
        if self._frames or self._is_over:
            self._left.set()

    def _lost(self, error: Exception | None) -> None:
        self._lose(error)
        self._left.set()

    async def _read(self) -> None:
        """Hear what was not heard at once: long bursts, what is no text, and the end."""
        socket = self.socket
        try:
            while not socket.closed():
                if self._is_over or (self._frames and not self._is_text_next):
                    self._date_next()
                    socket.handle_message(await socket.receive())
                elif self._frames:
                    self._hear_burst()
                    await asyncio.sleep(0)
                else:
                    await self._wait()
        except (OSError, RuntimeError) as error:
            self._fail(socket, str(error))
        else:
            if socket.error is None:
                socket.on_close(_ABNORMAL)

    @property
    def _is_over(self) -> bool:
        """Whether no more bytes will come."""
        return bool(self.socket.connection._reader.is_eof())  # noqa: SLF001 - as above

    @property
    def _is_text_next(self) -> bool:
        return self._frames[0][0].type in _WORDS

    async def _wait(self) -> None:
        self._left.clear()
        try:
            async with asyncio.timeout(_LOOK_S):
                await self._left.wait()
        except TimeoutError:
            pass

    def _hear_burst(self) -> None:
        socket, frames, self._is_hearing = self.socket, self._frames, True
        try:
            for _ in range(_BURST):
                if not frames or socket.closed() or not self._is_text_next:
                    break
                self._date_next()
                frame = _received(socket.receive())
                if frame.type is WSMsgType.TEXT:
                    self._hear(frame.data)
                else:
                    socket.handle_message(frame)  # compressed by some venues
            self._rest()
        except (OSError, RuntimeError) as error:
            self._fail(socket, str(error))
        finally:
            self._is_hearing = False

    def _date_next(self) -> None:
        if self._arrivals:  # frames that aiohttp held back come with no bytes: as those before
            self.arrived = self._arrivals.popleft()

    def _hear(self, data: str | bytes) -> None:
        if self._ear(data):
            return
        try:
            self._theirs(data)
        except self._misread as error:
            self._fail(self.socket, str(error))


def _received(receiving: Coroutine[Any, Any, Any]) -> Any:
    """Return a frame that is there, without waiting for it."""
    try:
        receiving.send(None)
    except StopIteration as received:
        return received.value
    raise RuntimeError("a frame that was there has to be waited for")

"""Reads ccxt's sockets in its place: one task for a connection instead of one for every frame."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from bot.feeds.pair_watch import Moment

_ABNORMAL = 1006
_BURST = 8  # frames that are heard before others have their turn
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
        self._arrivals = deque[Moment]()  # of the frames that wait to be heard
        self.arrived: Moment | None = None  # the frame that is being heard; None: nobody dates it
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
        if self._clock is not None and not self.socket.closed():
            protocol = self.socket.connection._conn.protocol  # noqa: SLF001 - nothing else tells
            self._receive, protocol.data_received = protocol.data_received, self._bytes_came
            self._date(0, self._clock())  # frames may have come with the answer to the handshake
        self._reader = asyncio.create_task(self._read())

    def _bytes_came(self, data: bytes) -> None:
        if self._clock is not None:
            arrived, before = self._clock(), len(self.socket.buffer or ())
            self._receive(data)
            self._date(before, arrived)

    def _date(self, before: int, arrived: Moment) -> None:
        count = len(self.socket.buffer or ()) - before
        self._arrivals.extend([arrived] * count)

    async def _read(self) -> None:
        socket = self.socket
        try:
            while not socket.closed():
                await self._hear_burst()
                if socket.buffer:
                    await asyncio.sleep(0)
        except (OSError, RuntimeError) as error:
            self._fail(socket, str(error))
        else:
            if socket.error is None:
                socket.on_close(_ABNORMAL)

    async def _hear_burst(self) -> None:
        socket = self.socket
        for _ in range(_BURST):
            frame = await socket.receive()
            if self._arrivals:  # frames that aiohttp held back come with no bytes: as those before
                self.arrived = self._arrivals.popleft()
            socket.handle_message(frame)
            if not socket.buffer or socket.closed():
                break
        self._rest()

    def _hear(self, data: str | bytes) -> None:
        if self._ear(data):
            return
        try:
            self._theirs(data)
        except self._misread as error:
            self._fail(self.socket, str(error))

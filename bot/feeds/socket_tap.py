"""Reads ccxt's sockets in its place: one task for a connection instead of one for every frame."""

import asyncio
from collections.abc import Callable
from typing import Any

_ABNORMAL = 1006
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
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        """Tap `socket`; `fail` ends it, `misread` is what ccxt's handlers raise over a frame.

        `arrived` is told when bytes come: the frames in them may have to wait for their turn.
        """
        self._arrived = arrived
        self.socket, self._ear, self._fail, self._misread = socket, ear, fail, misread
        self._theirs = socket.handle_text_or_binary_message
        self._reader: asyncio.Task[None] | None = None
        socket.handle_text_or_binary_message = self._hear
        socket.receive_loop = self._begin

    def _begin(self) -> None:
        if not self.socket.closed():
            protocol = self.socket.connection._conn.protocol  # noqa: SLF001 - nothing else tells
            self._receive, protocol.data_received = protocol.data_received, self._bytes_came
            self._arrived()  # frames may have come with the answer to the handshake
        self._reader = asyncio.create_task(self._read())

    def _bytes_came(self, data: bytes) -> None:
        self._arrived()
        self._receive(data)

    async def _read(self) -> None:
        socket = self.socket
        try:
            while not socket.closed():
                socket.handle_message(await socket.receive())
                if socket.buffer:
                    await asyncio.sleep(0)  # between the frames of a burst others have their turn
        except (OSError, RuntimeError) as error:
            self._fail(socket, str(error))
        else:
            if socket.error is None:
                socket.on_close(_ABNORMAL)

    def _hear(self, data: str | bytes) -> None:
        if self._ear(data):
            return
        try:
            self._theirs(data)
        except self._misread as error:
            self._fail(self.socket, str(error))

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
    ) -> None:
        """Tap `socket`; `fail` ends it, `misread` is what ccxt's handlers raise over a frame."""
        self.socket, self._ear, self._fail, self._misread = socket, ear, fail, misread
        self._theirs = socket.handle_text_or_binary_message
        self._reader: asyncio.Task[None] | None = None
        socket.handle_text_or_binary_message = self._hear
        socket.receive_loop = self._begin

    def _begin(self) -> None:
        self._reader = asyncio.create_task(self._read())

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

"""Turns of depegs on their way into the history, while the listener goes on listening."""

from queue import SimpleQueue
from threading import Thread
from typing import Self

from bot.domain.depegs import DepegChange
from bot.domain.errors import RepegError
from bot.history.depeg_history import DepegHistory


class TurnWriter:
    """Writes in a thread of its own, and everything before its with-block is left."""

    def __init__(self, history: DepegHistory | None) -> None:
        self._history = history
        self._turns: SimpleQueue[DepegChange | None] = SimpleQueue()
        self._thread = Thread(target=self._write)
        self._failed: RepegError | None = None

    def put(self, change: DepegChange) -> None:
        """Let a turn be written.

        Raises:
            RepegError: an earlier one could not be.
        """
        if self._failed is not None:
            raise self._failed
        if self._history is not None:
            self._turns.put(change)

    def _write(self) -> None:
        while (change := self._turns.get()) is not None:
            try:
                if self._history is not None and self._failed is None:
                    self._history.follow(change)
            except RepegError as error:
                self._failed = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._turns.put(None)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

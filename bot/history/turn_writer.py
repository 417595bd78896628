"""Depegs on their way into the history, while the listener goes on listening."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Self

from bot.domain.depegs import Depeg, DepegChange
from bot.domain.errors import RepegError
from bot.domain.past_depegs import PathPoint
from bot.domain.units import Nanos
from bot.history.depeg_history import DepegHistory

_Act = Callable[[DepegHistory], None]


class TurnWriter:
    """Writes in a thread of its own, and everything before its with-block is left."""

    def __init__(self, history: DepegHistory | None) -> None:
        """Write into `history`; None: nothing is kept."""
        self._history = history
        self._acts: SimpleQueue[_Act | None] = SimpleQueue()
        self._thread = Thread(target=self._write)
        self._failed: RepegError | None = None

    def turn(self, change: DepegChange) -> None:
        """Let a turn be written.

        Raises:
            RepegError: an earlier act could not be written.
        """
        self._put(lambda history: history.follow(change))

    def step(self, depeg: Depeg, at: Nanos) -> None:
        """Let where a depeg is now be written into its path.

        Raises:
            RepegError: an earlier act could not be written.
        """
        self._put(lambda history: history.record(depeg, (PathPoint(at, depeg.off_bps),)))

    def _put(self, act: _Act) -> None:
        if self._failed is not None:
            raise self._failed
        if self._history is not None:
            self._acts.put(act)

    def _write(self) -> None:
        while (act := self._acts.get()) is not None:
            try:
                if self._history is not None and self._failed is None:
                    act(self._history)
            except RepegError as error:
                self._failed = error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._acts.put(None)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

"""The market that the engine dealt with last, for who acts between two heads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.market.book import MarketBook


class LastBook:
    """Whoever holds `turn` is alone with journal and nonce; the engine does, at every head."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.book: MarketBook | None = None  # None: nothing is known, or a head is being dealt with

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the turn; until another book is set there is none."""
        with self.turn:
            self.book = None
            yield

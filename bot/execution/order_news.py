"""What is common to the private sockets of venues."""

from typing import Any, Protocol

from bot.domain.orders import Fill, OrderReport

News = OrderReport | Fill


class NewsRefused(Exception):
    """The venue does not let us listen; its words, without any secret."""


class NewsWords(Protocol):
    """The private socket of one venue, in its words."""

    silence_s: float  # a socket that says nothing for so long is dead

    async def subscribe(self) -> None:
        """Connect through ccxt, subscribe, and wait until that ends: by an error, whichever."""
        ...

    async def greet(self, socket: Any) -> None:
        """Say what keeps the socket talking; asked again every third of `silence_s`."""
        ...

    def read(self, frame: Any) -> list[News] | None:
        """Return what a frame tells, None: it is for ccxt.

        Raises:
            NewsRefused: we may not listen.
            one of `MISSHAPEN`: it cannot be read.
        """
        ...

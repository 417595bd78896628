"""Listens to a feed, keeps what it says and when, and waits for what is expected."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from bot.domain.ticks import Fault, FaultKind, Message, Restored, Tick
from bot.feeds.exchange_stream import ExchangeStream
from bot.sandbox.exchange.local_exchange import LocalExchange

Heard = tuple[float, Message]  # monotonic seconds


class StreamListener:
    def __init__(self, stream: ExchangeStream) -> None:
        self.stream = stream
        self.heard: list[Heard] = []
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async with aclosing(aiter(self.stream)) as messages:  # type: ignore[type-var]
            async for message in messages:
                self.heard.append((time.monotonic(), message))

    async def until(
        self, wanted: Callable[[Message], bool], *, since: int = 0, within_s: float = 20.0
    ) -> Heard:
        """The first message from number `since` on that is wanted; how long it may take is a bound
        against hanging, unless a test says otherwise."""
        deadline, seen = time.monotonic() + within_s, since
        while time.monotonic() < deadline:
            if self._task.done():
                self._task.result()
            while seen < len(self.heard):
                if wanted(self.heard[seen][1]):
                    return self.heard[seen]
                seen += 1
            await asyncio.sleep(0.01)
        said = [message for _, message in self.heard[since:] if not isinstance(message, Tick)]
        raise AssertionError(
            f"not heard within {within_s} s; faults and restorations: {said[-10:]}"
        )

    @property
    def faults(self) -> list[Fault]:
        return [message for _, message in self.heard if isinstance(message, Fault)]

    @property
    def ticks(self) -> list[Tick]:
        return [message for _, message in self.heard if isinstance(message, Tick)]

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def listening(stream: ExchangeStream) -> AsyncIterator[StreamListener]:
    listener = StreamListener(stream)
    try:
        yield listener
    finally:
        await listener.close()


@asynccontextmanager
async def moving(
    exchange: LocalExchange, venue: str, pair: str, every_s: float = 0.1
) -> AsyncIterator[None]:
    """Move a price up and down all the time."""

    async def move() -> None:
        step = 0
        while True:
            step += 1
            price = f"{0.99 + 0.0001 * (step % 40):.4f}"
            await asyncio.to_thread(exchange.set_price, venue, pair, price)
            await asyncio.sleep(every_s)

    task = asyncio.create_task(move())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def is_price(pair: str) -> Callable[[Any], bool]:
    return lambda message: isinstance(message, Tick) and message.pair == pair


def is_fault(what: FaultKind, pair: str) -> Callable[[Any], bool]:
    return lambda m: isinstance(m, Fault) and m.what is what and m.pair == pair


def is_restored(pair: str) -> Callable[[Any], bool]:
    return lambda message: isinstance(message, Restored) and message.pair == pair

"""Prices, redemption, oracles and supplies of every block, as one feed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Protocol

import msgspec
import structlog

from bot.chain.lens import Lens, Read
from bot.chain.rpc import RpcClient
from bot.domain.errors import NodeUnreachable, RepegError, RetryableError, SkipError
from bot.domain.messages import Head
from bot.domain.ticks import FaultKind, Message
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.block_feed import newest_of, parse_head
from bot.feeds.feed import Clock
from bot.feeds.pacing import Backoff
from bot.feeds.standings import Standings
from bot.market.book import MarketBook

log = structlog.get_logger()

_WHOLE_TRANSACTIONS = False
_AHEAD_S = 60.0  # by which a block may be ahead of our clock
_FIRST_RETRY_S, _LAST_RETRY_S = 0.5, 30.0


class Heads(Protocol):
    """New blocks of a node; raises NodeUnreachable when they end."""

    def __aiter__(self) -> AsyncIterator[Head]:
        """Begin to listen."""


class Markets(Protocol):
    """Reads the pools of a block."""

    def read(self, head: Head) -> MarketBook:
        """Return the market at the end of `head`.

        Raises:
            RetryableError, SkipError: not now.
        """


class BookReader(Protocol):
    """Says what a block's market means."""

    def messages(self, book: MarketBook, at: Nanos, seen_at: Nanos) -> Iterator[Message]:
        """Yield messages of a block of time `at`."""


class ViewReader(Protocol):
    """Asks views of contracts, and says what the answers mean."""

    @property
    def reads(self) -> Sequence[Read]:
        """What to ask at every block."""

    def messages(self, answers: Sequence[bytes], at: Nanos, seen_at: Nanos) -> Iterator[Message]:
        """Yield messages of a block of time `at` from the answers to `reads`."""


class ChainSources(msgspec.Struct, frozen=True, kw_only=True):
    """What of a chain is listened to; everything in it shares `standings`."""

    standings: Standings
    markets: Markets | None = None  # None: no pools, so no book readers are asked
    of_books: tuple[BookReader, ...] = ()
    of_views: tuple[ViewReader, ...] = ()
    max_lag_s: float = 90.0  # a newest block that is older: the node is behind


OpenSources = Callable[[], ChainSources]


class ChainFeed:
    """Every block once, the newest where the node is ahead of us; a lost node is a fault of all."""

    def __init__(
        self,
        rpc: RpcClient,
        heads: Heads,
        open_sources: OpenSources,
        clock: Clock,
        backoff: Backoff | None = None,
    ) -> None:
        """Prepare to listen; `open_sources` is called once the node answers."""
        self._rpc, self._heads, self._clock = rpc, heads, clock
        self._open_sources = open_sources
        self._sources = ChainSources(standings=Standings())
        self._lens = Lens(())
        self._is_open = False
        self._backoff = backoff or Backoff(_FIRST_RETRY_S, _LAST_RETRY_S)

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield messages for as long as they are taken; connects again for ever.

        Raises:
            HaltError: another chain, or one that is not as the tables say.
        """
        while True:
            try:
                async with aclosing(self._blocks()) as blocks:
                    async for messages in blocks:
                        self._backoff.reset()
                        for message in messages:
                            yield message
            except (RetryableError, SkipError) as error:
                log.warning("node_lost", reason=str(error))
                for fault in self._lost(error):
                    yield fault
            await asyncio.sleep(self._backoff.next_s())

    async def _blocks(self) -> AsyncGenerator[list[Message], None]:
        """Yield what each block says, until the node is lost."""
        if not self._is_open:
            await asyncio.to_thread(self._open)
        waiting: asyncio.Queue[Head] = asyncio.Queue()
        reader = asyncio.create_task(self._listen(waiting))
        try:
            waiting.put_nowait(await asyncio.to_thread(self._newest))
            while True:
                head = await newest_of(waiting, reader)
                yield await asyncio.to_thread(self._read, head)
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _listen(self, waiting: asyncio.Queue[Head]) -> None:
        async for head in self._heads:
            waiting.put_nowait(head)
        raise NodeUnreachable(self._rpc.url, "its heads ended")

    def _open(self) -> None:
        self._sources = self._open_sources()
        reads = [read for reader in self._sources.of_views for read in reader.reads]
        self._lens, self._is_open = Lens(reads), True

    def _newest(self) -> Head:
        """Return the node's newest block: the next one may be a slot away."""
        header = self._rpc.call("eth_getBlockByNumber", "latest", _WHOLE_TRANSACTIONS)
        try:
            return parse_head(header, self._clock.monotonic())
        except ValueError as error:
            raise NodeUnreachable(self._rpc.url, str(error)) from error

    def _read(self, head: Head) -> list[Message]:
        """Return what a block says, or the faults where it cannot be read."""
        sources, now = self._sources, self._clock.now()
        lag_s = now / NANOS_PER_S - head.timestamp_s
        if not -_AHEAD_S <= lag_s <= sources.max_lag_s:
            what = FaultKind.STALLED if lag_s > 0 else FaultKind.CLOCK
            detail = f"its newest block is {lag_s:.4g} s old"
            return list(sources.standings.all_ill(what, detail, now))
        try:
            return [*self._of_views(head), *self._of_books(head)]
        except NodeUnreachable:
            raise
        except (RetryableError, SkipError) as error:
            log.warning("block_unread", block=head.number, reason=str(error))
            return list(self._lost(error))

    def _of_views(self, head: Head) -> Iterator[Message]:
        readers = self._sources.of_views
        if not any(reader.reads for reader in readers):
            return
        at, seen_at = Nanos(head.timestamp_s * NANOS_PER_S), self._clock.now()
        answers = iter(self._lens.look(self._rpc, head.hash).data)
        for reader in readers:
            yield from reader.messages(list(islice(answers, len(reader.reads))), at, seen_at)

    def _of_books(self, head: Head) -> Iterator[Message]:
        if self._sources.markets is None:
            return
        book = self._sources.markets.read(head)
        at, seen_at = Nanos(head.timestamp_s * NANOS_PER_S), self._clock.now()
        for reader in self._sources.of_books:
            yield from reader.messages(book, at, seen_at)

    def _lost(self, error: RepegError) -> Iterator[Message]:
        yield from self._sources.standings.all_ill(
            FaultKind.DISCONNECTED, str(error), self._clock.now()
        )

"""Imports candles of any exchange into the history: page by page, and on from where it ended."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from bot.domain.candles import Candle
from bot.domain.errors import VenueUnavailable
from bot.domain.units import NANOS_PER_S, Nanos
from bot.feeds.candle_feed import CandleFeed, CandlePage, frame_nanos
from bot.history.candle_store import CandleStore, Series
from bot.history.spans import Span

_TRIES = 6  # of one page, before the import gives up; what it has is kept
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 300.0  # whoever bans us for longer is left alone
_JITTER = 1000

_T = TypeVar("_T")
Progress = Callable[[float, int], None]  # told the share that is done, and candles so far
Sleep = Callable[[float], Awaitable[None]]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did."""

    series: Series
    candles: int  # written
    pages: int  # asked for; 0: everything was there already
    unusable: int  # candles that no market can have made, left out
    unserved_s: int  # of the time asked for, of which the venue keeps no candles
    first: Nanos | None  # opening of the earliest one written
    last: Nanos | None


class CandleImport:
    """One import of one series."""

    def __init__(
        self, feed: CandleFeed, store: CandleStore, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._feed, self._store, self._sleep = feed, store, sleep
        self._series = Series(venue=feed.venue, pair=feed.pair, frame_s=feed.frame_s)
        self._length = frame_nanos(feed.frame_s)
        self._candles = self._pages = self._unusable = self._unserved = 0
        self._opens: list[Nanos] = []

    async def run(
        self, first: Nanos, until: Nanos, now: Nanos, progress: Progress | None = None
    ) -> Imported:
        """Import the candles that open in [first, until) and are over at `now`.

        Stretches that an earlier import covered are not asked for again; each page is written with
        what it covers in one transaction, so an import that ended anywhere goes on from there.

        Raises:
            BadConfiguration: the pair is not traded there.
            VenueUnavailable: no answer, however often it was asked; earlier pages are kept.
            VenueRefused: the venue answered with an error, or what cannot be read; likewise.
            HistoryUnusable: the database cannot be written; likewise.
        """
        until = Nanos(min(until, now - self._length + 1))  # a later one is not over
        spans = self._store.missing(self._series, first, until)
        to_do = sum(end - start for start, end in spans)
        done = 0
        for start, end in spans:
            cursor = start
            while cursor < end:
                step = await self._import_page((cursor, end))
                done, cursor = done + step - cursor, step
                if progress is not None:
                    progress(done / to_do, self._candles)
        return Imported(
            series=self._series,
            candles=self._candles,
            pages=self._pages,
            unusable=self._unusable,
            unserved_s=self._unserved // NANOS_PER_S,
            first=min(self._opens, default=None),
            last=max(self._opens, default=None),
        )

    async def _import_page(self, span: Span) -> int:
        """Import one page from the start of a span; return where to go on from.

        A page that has candles covers up to its last one, an empty one what a full one would have:
        exchanges differ in whether they look further for the next candle. Where the first candle is
        further off than a page reaches, the exchange may not keep what was asked for: that stretch
        is skipped, but does not count as covered.
        """
        first, end = span
        size = await self._persistently(self._feed.page_size)
        page = await self._persistently(lambda: self._feed.page(Nanos(first)))
        candles = [candle for candle in page.candles if candle.open_at < end]
        reach = first + size * self._length
        start = first
        if page.candles and page.candles[0].open_at > reach:
            start = min(end, page.candles[0].open_at)
        if len(candles) < len(page.candles):
            covered = end
        else:
            covered = min(end, candles[-1].open_at + self._length if candles else reach)
        self._store.add(self._series, candles, (start, covered))
        self._count(candles, page, start - first)
        return covered

    def _count(self, candles: Sequence[Candle], page: CandlePage, skipped: int) -> None:
        self._pages += 1
        self._candles += len(candles)
        self._unusable += page.unusable
        self._unserved += skipped
        self._opens += [candles[0].open_at, candles[-1].open_at] if candles else []

    async def _persistently(self, ask: Callable[[], Awaitable[_T]]) -> _T:
        wait_s = _FIRST_WAIT_S
        for _ in range(_TRIES - 1):
            try:
                return await ask()
            except VenueUnavailable:
                asked_s = self._feed.asked_to_wait_s
                if asked_s > _LONGEST_WAIT_S:
                    raise
                jitter = 1 + secrets.randbelow(_JITTER) / _JITTER
                await self._sleep(max(asked_s, wait_s * jitter))
                wait_s *= 2
        return await ask()

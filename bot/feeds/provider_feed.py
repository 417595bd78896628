"""Prices of market-data providers: who asks many places, and is asked again and again."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from bot.domain.errors import ProviderFailed
from bot.domain.ticks import FaultKind, Message, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, Nanos, Wad
from bot.feeds.chain_options import ProviderOptions
from bot.feeds.feed import Clock
from bot.feeds.pacing import Backoff, Pace
from bot.feeds.standings import Standings

_LEAST, _MOST = Wad(10**12), Wad(10**24)  # a millionth to a million of the currency
_STEP_BPS = 5.0  # a poll is due when the price is expected to have moved so far


class ProviderPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says one asset costs."""

    pair: str
    price: Wad  # currency per 1.0 asset; whatever it said, not checked
    at: Nanos  # by the provider's own clock


class PriceProvider(Protocol):
    """One provider, as `ProviderFeed` asks it."""

    @property
    def venue(self) -> str:
        """Its name in messages."""

    @property
    def pairs(self) -> Sequence[str]:
        """What it is asked for."""

    def open(self) -> AbstractAsyncContextManager[None]:
        """Hold what is needed to ask, for a with-block."""

    async def prices(self) -> Sequence[ProviderPrice]:
        """Return what it knows now; a pair may be missing.

        Raises:
            ProviderFailed: no answer, none that can be read, or the advice to wait.
        """


class ProviderFeed:
    """Polls one provider; what it says stands in for an oracle: it lags, and has no depth."""

    def __init__(self, provider: PriceProvider, options: ProviderOptions, clock: Clock) -> None:
        self._provider, self._options, self._clock = provider, options, clock
        self._standings = Standings()
        self._backoff = Backoff(options.fastest_s, options.last_retry_s)
        self._paces = {
            pair: Pace(options.fastest_s, options.slowest_s, _STEP_BPS) for pair in provider.pairs
        }

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield prices and faults for as long as they are taken."""
        async with self._provider.open():
            while True:
                try:
                    prices = await self._provider.prices()
                except ProviderFailed as failure:
                    for message in self._failed(failure):
                        yield message
                    pause_s = max(failure.wait_s, self._backoff.next_s())
                else:
                    for message in self._heard(prices):
                        yield message
                    self._backoff.reset()
                    pause_s = min(pace.interval_s for pace in self._paces.values())
                await asyncio.sleep(pause_s)

    def _failed(self, failure: ProviderFailed) -> Iterator[Message]:
        now = self._clock.now()
        for pair in self._provider.pairs:
            source = (self._provider.venue, pair)
            yield from self._standings.ill(source, failure.what, failure.reason, now)

    def _heard(self, prices: Sequence[ProviderPrice]) -> Iterator[Message]:
        now, said = self._clock.now(), {price.pair: price for price in prices}
        for pair in self._provider.pairs:
            source = (self._provider.venue, pair)
            wrong = self._flaw(said.get(pair), now)
            if wrong is not None:
                yield from self._standings.ill(source, *wrong, now)
                continue
            yield self._tick(said[pair], now)
            yield from self._standings.well(source, now)

    def _flaw(self, said: ProviderPrice | None, now: Nanos) -> tuple[FaultKind, str] | None:
        if said is None:
            return FaultKind.EMPTY, "it tells no price"
        if said.price <= 0:
            return FaultKind.NOT_A_NUMBER, f"price {said.price} wad"
        if not _LEAST <= said.price <= _MOST:
            return FaultKind.SHIFTED, f"price {said.price} wad"
        age_s = (now - said.at) / NANOS_PER_S
        if age_s < -self._options.max_skew_s:
            return FaultKind.CLOCK, f"its time is {-age_s:.0f} s ahead"
        if age_s > self._options.max_age_s:
            return FaultKind.STALLED, f"its price is {age_s:.0f} s old"
        return None

    def _tick(self, said: ProviderPrice, now: Nanos) -> Tick:
        self._paces[said.pair].hear(said.price, self._clock.monotonic())
        asset, _, currency = said.pair.partition("/")
        return Tick(
            venue=self._provider.venue,
            kind=SourceKind.ORACLE,
            asset=asset,
            currency=currency,
            bid=said.price,
            ask=said.price,
            at=said.at,
            seen_at=now,
        )

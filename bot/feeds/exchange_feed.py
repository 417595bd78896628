"""Top of book from centralised exchanges, over REST, through unmodified `ccxt`."""

import time
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

import msgspec

from bot.domain.errors import (
    BadQuote,
    RepegError,
    StaleQuote,
    VenueRefused,
    VenueUnavailable,
)
from bot.domain.quotes import Quote
from bot.domain.units import NANOS_PER_MS, NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.ccxt_modules import rest_class, rest_module
from bot.feeds.ccxt_questions import ask, check_markets
from bot.feeds.exchange_urls import moved_urls

_LEVELS = 100
_STAMPS_LEVELS = frozenset({"kraken"})  # a level's third entry is when it last changed, in seconds


class ExchangeOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one exchange is asked."""

    timeout_s: float  # of one whole request, name lookup to last byte
    max_age_s: float  # a book that says it is older is refused; so is one from the future
    url: str | None = None  # of a local stand-in, which is not paced; None: the exchange itself


class ExchangeFeed:
    """Quotes of some pairs of one venue; no key is needed. Use `async with`, or call `close`."""

    def __init__(self, venue: str, pairs: Sequence[str], options: ExchangeOptions) -> None:
        """Prepare to ask `venue`, a ccxt id, for `pairs` such as ``USDC/USD``.

        Raises:
            BadConfiguration: ccxt does not know the venue.
        """
        self.venue, self.pairs = venue, tuple(pairs)
        self._options = options
        self._ccxt = rest_module()
        self._client = rest_class(venue)({"timeout": round(self._options.timeout_s * 1e3)})
        self._client.has["fetchCurrencies"] = False  # one question less; prices need no networks
        self._is_open = False
        if self._options.url is not None:
            self._client.urls = moved_urls(self._client.urls, self._options.url)
            self._client.enableRateLimit = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop the connections."""
        await self._client.close()

    async def read(self) -> tuple[Quote | RepegError, ...]:
        """Return a quote per pair, in order, or what is wrong with that one.

        Raises:
            BadConfiguration: a pair is not traded there, or halted.
            VenueUnavailable: the list of markets could not be had.
            VenueRefused: the venue will not tell its markets.
        """
        await self._open()
        found: list[Quote | RepegError] = []
        for pair in self.pairs:
            try:
                found.append(await self.quote(pair))
            except (VenueUnavailable, VenueRefused, StaleQuote, BadQuote) as error:
                found.append(error)
        return tuple(found)

    async def quote(self, pair: str) -> Quote:
        """Return the pair's top of book, just asked for.

        Raises:
            BadConfiguration: the pair is not traded there, or halted.
            VenueUnavailable: no answer in time, or told to come back later.
            VenueRefused: the venue answered with an error.
            BadQuote: empty, crossed, or not numbers.
            StaleQuote: too old by the venue's own time.
        """
        await self._open()
        asked_at = Nanos(time.time_ns())
        book = await self._ask(self._client.fetch_order_book, pair, _LEVELS)
        observed_at = self._venue_time(book)
        age_s = (time.time_ns() - (observed_at or asked_at)) / NANOS_PER_S
        if abs(age_s) > self._options.max_age_s:
            raise StaleQuote(self.venue, pair, age_s, self._options.max_age_s)
        return self._quote(pair, book, observed_at or asked_at)

    async def _open(self) -> None:
        if self._is_open:
            return
        markets = await self._ask(self._client.load_markets)
        check_markets(self.venue, markets, self.pairs)
        self._client.number = Decimal  # books only: ccxt's market parser insists on floats
        self._is_open = True

    async def _ask(self, call: Any, *arguments: Any) -> Any:
        """Return ccxt's answer; every question here may be repeated, nothing is changed by it."""
        return await ask(self._ccxt, self._client, call, *arguments)

    def _quote(self, pair: str, book: dict[str, Any], observed_at: Nanos) -> Quote:
        if not book["bids"] or not book["asks"]:
            raise BadQuote(self.venue, pair, "a side is empty")
        top = [*book["bids"][0][:2], *book["asks"][0][:2]]
        if not all(isinstance(number, Decimal) and number.is_finite() for number in top):
            raise BadQuote(self.venue, pair, "its top is not made of numbers")
        bid, bid_size, ask, ask_size = top
        asset, _, currency = pair.partition("/")
        try:
            return Quote(
                venue=self.venue,
                asset=asset,
                currency=currency,
                bid=wad_down(bid),
                ask=wad_up(ask),
                bid_size=wad_down(bid_size),
                ask_size=wad_down(ask_size),
                observed_at=observed_at,
            )
        except ValueError as error:
            raise BadQuote(self.venue, pair, str(error)) from error

    def _venue_time(self, book: dict[str, Any]) -> Nanos | None:
        if book["timestamp"] is not None:
            return Nanos(book["timestamp"] * NANOS_PER_MS)
        if self.venue not in _STAMPS_LEVELS:
            return None
        stamps = [stamp for side in ("bids", "asks") for *_, stamp in book[side] if stamp]
        return Nanos(max(stamps) * NANOS_PER_S) if stamps else None


def wad_down(value: Decimal) -> Wad:
    """Return the decimal at 18 decimals, exactly but for digits beyond: for what we receive."""
    numerator, denominator = value.as_integer_ratio()
    return Wad(numerator * WAD // denominator)


def wad_up(value: Decimal) -> Wad:
    """Return the decimal at 18 decimals, digits beyond rounded up: for what we pay."""
    numerator, denominator = value.as_integer_ratio()
    return Wad(-(-numerator * WAD // denominator))

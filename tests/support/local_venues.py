"""Tests against one venue of the local exchange: its fixtures, and scripts run with its clients."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec
import pytest
from support.local_ccxt import pro_client, rest_client

from bot.domain.units import NANOS_PER_S, Nanos
from bot.sandbox.exchange.exchange_options import LocalExchangeOptions, VenueOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.sandbox.exchange.request_meter import RequestLimits

PATIENCE_S = 15.0
_PATIENT = RequestLimits(weight_per_minute=10**6, orders_per_ten_s=10**6)

Script = Callable[[Any], Awaitable[Any]]
RawScript = Callable[[Any, aiohttp.ClientSession, str], Awaitable[Any]]


def running_fixture(options: LocalExchangeOptions) -> Any:
    """Return a fixture: one exchange for all tests of a module."""

    @pytest.fixture(scope="module")
    def running() -> Iterator[LocalExchange]:
        with start_exchange(options) as exchange:
            yield exchange

    return running


def mended_fixture(venue: VenueOptions, pair: str) -> Any:
    """Return a fixture: `running`, whose `pair` stands at 0.9990 and trades, without mishaps."""
    market = next(market for market in venue.markets if market.pair == pair)

    @pytest.fixture
    def exchange(running: LocalExchange) -> Iterator[LocalExchange]:
        running.set_price(venue.venue, pair, "0.9990")
        yield running
        running.mend()
        running.set_market(venue.venue, market)

    return exchange


def ask(venue: str, exchange: LocalExchange, script: Script, *, timeout_ms: int = 5_000) -> Any:
    """Run a script with a REST client that has loaded its markets."""

    async def run() -> Any:
        client = rest_client(exchange, venue)
        client.timeout = timeout_ms
        try:
            await client.load_markets()
            return await script(client)
        finally:
            await client.close()

    return asyncio.run(run())


def watch(venue: str, exchange: LocalExchange, script: Script) -> Any:
    """Run a script with a WebSocket client that has loaded its markets."""

    async def run() -> Any:
        client = pro_client(exchange, venue)
        try:
            await client.load_markets()
            return await asyncio.wait_for(script(client), PATIENCE_S)
        finally:
            await client.close()

    return asyncio.run(run())


def ask_raw(venue: VenueOptions, script: RawScript) -> Any:
    """Run a script with a client for signing, a session and a URL, against an exchange of its own.

    It answers any number of requests.
    """
    patient = msgspec.structs.replace(venue, limits=_PATIENT)

    async def run() -> Any:
        async with aiohttp.ClientSession() as session:
            client = rest_client(exchange, venue.venue)
            try:
                return await script(client, session, exchange.url)
            finally:
                await client.close()

    with start_exchange(LocalExchangeOptions(venues=(patient,), breath_s=None)) as exchange:
        return asyncio.run(run())


def falling_prices(venue: str, pair: str) -> tuple[RecordedPrice, ...]:
    """Return three minutes from 2023-03-11 07:00 UTC on: bids of 0.99, 0.95 and 0.88."""
    return tuple(
        RecordedPrice(
            at=Nanos((1_678_518_000 + 60 * minute) * NANOS_PER_S),
            venue=venue,
            pair=pair,
            bid=Decimal(price),
            ask=Decimal(price) + Decimal("0.0003"),
        )
        for minute, price in enumerate(("0.9900", "0.9500", "0.8800"))
    )

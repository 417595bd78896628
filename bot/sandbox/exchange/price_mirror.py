"""Keeps local books where those of a real venue are: for trading on paper.

What is ordered here is matched here; the real venue is only listened to.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable

from bot.domain.errors import BadConfiguration
from bot.domain.ticks import Fault, Message, SourceKind, Tick
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.feed import Feed
from bot.feeds.stream_options import StreamOptions
from bot.sandbox.exchange.control import EmptyBook, Lever, SetPrice
from bot.sandbox.exchange.local_exchange import LocalExchange
from bot.sandbox.exchange.recorded_prices import decimal_of


async def mirror_all(
    exchange: LocalExchange, url: str | None, tell: Callable[[BadConfiguration], None]
) -> None:
    """Let every book follow the venue it is named for; `url`: of a stand-in.

    `tell` hears why a book cannot; that one stays empty. Returns only where none can.

    Raises:
        ChildFailed: the exchange is gone.
    """
    for venue in exchange.options.venues:
        exchange.pull(EmptyBook(venue=venue.venue))
    options = StreamOptions(url=url)
    async with asyncio.TaskGroup() as group:
        for venue in exchange.options.venues:
            for market in venue.markets:
                feed = ExchangeStream(venue.venue, [market.pair], options)
                group.create_task(_mirror_or_tell(feed, exchange, tell))


async def _mirror_or_tell(
    feed: Feed, exchange: LocalExchange, tell: Callable[[BadConfiguration], None]
) -> None:
    try:
        await mirror(feed, exchange)
    except BadConfiguration as error:
        tell(error)


async def mirror(feed: Feed, exchange: LocalExchange) -> None:
    """Let the books of the exchange follow a feed for as long as that speaks.

    Raises:
        BadConfiguration: the feed cannot be listened to, or speaks of what is not traded here.
        ChildFailed: the exchange is gone.
    """
    listening = feed.__aiter__()
    try:
        async for message in listening:
            lever = lever_of(message)
            if lever is not None:
                await asyncio.to_thread(exchange.pull, lever)
    finally:
        if isinstance(listening, AsyncGenerator):
            await listening.aclose()  # its connections end now, not when it is collected


def lever_of(message: Message) -> Lever | None:
    """Return what a message does to the local books: a price that is not trusted is no price."""
    if isinstance(message, Fault):
        return EmptyBook(venue=message.venue, pair=message.pair)
    if not isinstance(message, Tick) or message.kind is not SourceKind.CEX:
        return None
    depth = decimal_of(message.depth) if message.depth else None
    bid, ask = decimal_of(message.bid), decimal_of(message.ask)
    if bid == ask:
        return SetPrice(venue=message.venue, pair=message.pair, price=bid)
    return SetPrice(venue=message.venue, pair=message.pair, bid=bid, ask=ask, depth=depth)

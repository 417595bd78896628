"""Stand-ins speak only where those before them do not."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from bot.domain.errors import BadConfiguration
from bot.domain.ticks import Fault, FaultKind, Message, Restored, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.fallback_order import FallbackOrder
from bot.feeds.merged_feed import MergedFeed

TIERS = {"USDC": (("kraken", "coinbase"), ("provider",))}


def tick(venue: str, at_s: float, asset: str = "USDC") -> Tick:
    at = Nanos(int(at_s * NANOS_PER_S))
    return Tick(
        venue=venue,
        kind=SourceKind.CEX,
        asset=asset,
        currency="USD",
        bid=Wad(WAD),
        ask=Wad(WAD),
        at=at,
        seen_at=at,
    )


def fault(venue: str, at_s: float, pair: str = "USDC/USD") -> Fault:
    at = Nanos(int(at_s * NANOS_PER_S))
    return Fault(venue=venue, pair=pair, what=FaultKind.STALLED, at=at)


def order() -> FallbackOrder:
    return FallbackOrder(TIERS, silence_s=5)


def test_a_stand_in_is_held_back_while_any_venue_before_it_speaks() -> None:
    chosen = order()
    assert chosen.hear(tick("kraken", 1)) == (tick("kraken", 1),)
    assert chosen.hear(tick("provider", 2)) == ()
    assert chosen.hear(tick("coinbase", 3)) == (tick("coinbase", 3),)


def test_its_last_word_is_told_when_the_last_venue_before_it_fails() -> None:
    chosen = order()
    for said in (tick("kraken", 1), tick("coinbase", 1), tick("provider", 2)):
        chosen.hear(said)
    assert chosen.hear(fault("kraken", 3)) == (fault("kraken", 3),)
    assert chosen.hear(fault("coinbase", 3, "")) == (fault("coinbase", 3, ""), tick("provider", 2))
    assert chosen.hear(tick("provider", 4)) == (tick("provider", 4),)


def test_silence_is_as_good_as_a_fault() -> None:
    chosen = order()
    chosen.hear(tick("kraken", 1))
    assert chosen.hear(tick("provider", 6)) == ()
    assert chosen.hear(tick("provider", 6.1)) == (tick("provider", 6.1),)


def test_a_restored_venue_sends_the_stand_in_back() -> None:
    chosen = order()
    chosen.hear(tick("kraken", 1))
    chosen.hear(fault("kraken", 2))
    assert chosen.hear(tick("provider", 3)) == (tick("provider", 3),)
    chosen.hear(Restored(venue="kraken", pair="USDC/USD", at=Nanos(4 * NANOS_PER_S)))
    chosen.hear(tick("kraken", 4))
    assert chosen.hear(tick("provider", 5)) == ()


def test_assets_and_venues_without_an_order_pass() -> None:
    chosen = order()
    chosen.hear(tick("kraken", 1))
    assert chosen.hear(tick("binance", 1)) == (tick("binance", 1),)
    assert chosen.hear(tick("provider", 1, "DAI")) == (tick("provider", 1, "DAI"),)


class Said:
    """A feed of a list."""

    def __init__(self, messages: Sequence[Message], error: Exception | None = None) -> None:
        self._messages, self._error = messages, error
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[Message]:
        try:
            for message in self._messages:
                await asyncio.sleep(0)
                yield message
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


def test_merged_feeds_say_everything_and_end_with_the_last_of_them() -> None:
    feeds = [Said([tick("kraken", 1)]), Said([tick("binance", 1), tick("provider", 1, "DAI")])]

    async def script() -> list[Message]:
        return [message async for message in MergedFeed(feeds, order())]

    assert {m.venue for m in asyncio.run(script()) if isinstance(m, Tick)} == {
        "kraken",
        "binance",
        "provider",
    }


def test_a_feed_that_cannot_go_on_ends_all_and_closes_the_others() -> None:
    endless = Said([tick("kraken", second) for second in range(100_000)])
    failing = Said([], BadConfiguration("no such pair"))

    async def script() -> None:
        async for _ in MergedFeed([endless, failing]):
            pass

    with pytest.raises(BadConfiguration, match="no such pair"):
        asyncio.run(script())
    assert endless.closed


def test_what_the_listener_of_merged_feeds_raises_ends_all_and_closes_them() -> None:
    feeds = [Said([tick("kraken", second) for second in range(100_000)]) for _ in range(2)]

    def listener(_: Message) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(MergedFeed(feeds).tell(listener))
    assert all(feed.closed for feed in feeds)

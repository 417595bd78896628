"""The feed of an exchange against the local one, over real sockets, while that misbehaves."""

import asyncio
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from support.memory import resident_bytes
from support.stream_listener import (
    StreamListener,
    is_fault,
    is_price,
    is_restored,
    listening,
    moving,
)

from bot.domain.errors import BadConfiguration
from bot.domain.ticks import FaultKind, Message, Restored, SourceKind, Tick
from bot.domain.units import WAD
from bot.feeds.book_guard import BookForm
from bot.feeds.book_news import BookUpdate
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.stream_options import StreamOptions
from bot.rehearsal import stay_awake
from bot.sandbox.exchange.exchange_options import BINANCE, COINBASE, KRAKEN, LocalExchangeOptions
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.mishap import Mishap, MishapKind

pytestmark = pytest.mark.slow
VENUES = {"binance": BINANCE, "kraken": KRAKEN, "coinbase": COINBASE}
PAIRS = {
    "binance": ("USDC/USDT", "FDUSD/USDT"),
    "kraken": ("USDC/USD", "USDT/USD"),
    "coinbase": ("USDT/USD", "DAI/USD"),
}
PROMPT_S = 1.0


@pytest.fixture(scope="module", params=list(VENUES))
def venue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def running(venue: str) -> Iterator[LocalExchange]:
    with start_exchange(LocalExchangeOptions(venues=(VENUES[venue],))) as exchange:
        yield exchange


@pytest.fixture
def exchange(running: LocalExchange) -> Iterator[LocalExchange]:
    yield running
    running.mend()


def stream_of(exchange: LocalExchange, venue: str, **options: float) -> ExchangeStream:
    return ExchangeStream(
        venue,
        PAIRS[venue],
        StreamOptions(url=exchange.url, **options),  # type: ignore[arg-type]
    )


async def everything_told(listener: StreamListener, venue: str) -> int:
    """Wait for a price of every pair; returns how much was heard until then."""
    for pair in PAIRS[venue]:
        await listener.until(is_price(pair))
    await asyncio.sleep(0.3)
    return len(listener.heard)


async def state_is_the_venues(exchange: LocalExchange, venue: str, stream: ExchangeStream) -> None:
    """Compare the books that the socket made with those of the engine, once that holds still."""
    for pair in PAIRS[venue]:
        for _ in range(240):
            book = exchange.venue(venue).books[pair]
            truth = tuple(
                tuple((wads(p), wads(q)) for p, q in side) for side in (book.bids, book.asks)
            )
            ours = stream.pairs[pair].guard.book.levels(len(book.bids))
            if truth == ours and stream.pairs[pair].streams:
                break
            await asyncio.sleep(0.05)
        assert ours == truth, pair
        assert stream.pairs[pair].streams
        assert len(ours[0]) >= 10


def test_prices_are_the_books_with_the_venues_own_time(exchange: LocalExchange, venue: str) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue)) as listener:
            await everything_told(listener, venue)
            exchange.set_price(venue, pair, "0.9712")
            since = len(listener.heard)
            best = exchange.venue(venue).books[pair]
            _, tick = await listener.until(
                lambda m: isinstance(m, Tick) and m.pair == pair and m.bid < 972 * WAD // 1000,
                since=since,
            )
            assert isinstance(tick, Tick)
            assert tick.kind is SourceKind.CEX
            assert tick.bid == wads(best.bids[0][0]) < tick.ask == wads(best.asks[0][0])
            assert tick.depth > 0
            assert 0 <= tick.seen_at - tick.at < 2 * 10**9
            assert not listener.faults

    asyncio.run(script())


def wads(number: Decimal) -> int:
    return int(number * WAD)


def test_a_silent_stall_is_told_within_three_seconds(exchange: LocalExchange, venue: str) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue)) as listener, moving(exchange, venue, pair):
            since = await everything_told(listener, venue)
            exchange.misbehave(Mishap(kind=MishapKind.STALL, venue=venue))
            began = time.monotonic()
            told, _ = await listener.until(is_fault(FaultKind.STALLED, pair), since=since)
            assert told - began < 3.0
            exchange.mend()
            await asyncio.sleep(0.5)
            await listener.until(is_price(pair), since=len(listener.heard))
            assert listener.stream.pairs[pair].trust.fault is None

    asyncio.run(script())


BOOK_FAULTS = {
    MishapKind.CROSSED: {FaultKind.CROSSED, FaultKind.CHECKSUM},
    MishapKind.ZERO: {FaultKind.NOT_A_NUMBER},
    MishapKind.NEGATIVE: {FaultKind.NOT_A_NUMBER},
    MishapKind.NOT_A_NUMBER: {FaultKind.NOT_A_NUMBER, FaultKind.MALFORMED},
    MishapKind.SHIFTED: {FaultKind.SHIFTED, FaultKind.CROSSED, FaultKind.CHECKSUM},
    MishapKind.TRUNCATED: {FaultKind.MALFORMED},
    MishapKind.GAP: {FaultKind.GAP, FaultKind.CHECKSUM},
}


@pytest.mark.parametrize("kind", list(BOOK_FAULTS))
def test_a_false_message_puts_the_pair_out_of_trust_until_a_clean_snapshot(
    exchange: LocalExchange, venue: str, kind: MishapKind
) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue)) as listener:
            since = await everything_told(listener, venue)
            async with moving(exchange, venue, pair, every_s=0.2):
                began = time.monotonic()
                # a few may be made good by the next, which no checksum and nobody minds;
                # Binance would be silent for too long
                gaps = 3 if venue == "binance" else 12
                times = gaps if kind is MishapKind.GAP else 1
                exchange.misbehave(Mishap(kind=kind, venue=venue, pair=pair, times=times))
                told, fault = await listener.until(
                    lambda m: any(
                        is_fault(w, p)(m) for w in BOOK_FAULTS[kind] for p in PAIRS[venue]
                    ),
                    since=since,
                )
                assert told - began < PROMPT_S + 1.0  # until the next message, that is
                await listener.until(is_restored(fault.pair), since=since)  # type: ignore[union-attr]
            await state_is_the_venues(exchange, venue, listener.stream)

    asyncio.run(script())


def test_ten_thousand_hostile_frames_raise_nothing_and_cost_no_memory(
    exchange: LocalExchange, venue: str
) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        # making so many frames keeps the local exchange from its heartbeats for seconds
        async with listening(stream_of(exchange, venue, silence_s=30.0)) as listener:
            since = await everything_told(listener, venue)
            before, frames = resident_bytes(), listener.stream.frames
            began = time.monotonic()
            exchange.flood(venue, 20)
            told, _ = await listener.until(lambda m: not isinstance(m, Tick), since=since)
            assert told - began < PROMPT_S
            exchange.flood(venue, 10_000, seed=20)
            while listener.stream.frames < frames + 10_000:
                await asyncio.sleep(0.05)
                assert time.monotonic() - began < 60, listener.stream.flaws
            grown = resident_bytes() - before
            assert grown < 50 * 2**20
            async with moving(exchange, venue, pair):
                await listener.until(is_price(pair), since=len(listener.heard))
                await asyncio.sleep(1)
            await state_is_the_venues(exchange, venue, listener.stream)
            assert sum(listener.stream.flaws.values()) > 1_000

    asyncio.run(script())


def test_a_frame_larger_than_any_sense_is_told(exchange: LocalExchange, venue: str) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue)) as listener:
            since = await everything_told(listener, venue)
            giant = Mishap(kind=MishapKind.GIANT, venue=venue, times=1, amount=5_000_000)
            exchange.misbehave(giant)
            await listener.until(is_fault(FaultKind.OVERSIZED, pair), since=since)
            await listener.until(is_restored(pair), since=since)

    asyncio.run(script())


def test_a_wrong_clock_is_told_until_it_is_right_again(exchange: LocalExchange, venue: str) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue)) as listener:
            since = await everything_told(listener, venue)
            exchange.misbehave(Mishap(kind=MishapKind.SKEW, venue=venue, amount=3600))
            exchange.set_price(venue, pair, "0.9950")
            await listener.until(is_fault(FaultKind.CLOCK, pair), since=since)
            await asyncio.sleep(1.5)
            assert listener.stream.pairs[pair].trust.fault is not None
            exchange.mend()
            await listener.until(is_restored(pair), since=since)

    asyncio.run(script())


def test_killing_and_restarting_the_exchange_under_load_ends_in_its_own_state(venue: str) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        options = LocalExchangeOptions(venues=(VENUES[venue],))
        first = await asyncio.to_thread(start_exchange, options)
        port = int(first.url.rsplit(":", 1)[1])
        try:
            async with listening(stream_of(first, venue, last_retry_s=0.5)) as listener:
                async with moving(first, venue, pair, every_s=0.02):
                    since = await everything_told(listener, venue)
                    first.kill()
                    await listener.until(is_fault(FaultKind.DISCONNECTED, pair), since=since)
                again = LocalExchangeOptions(venues=(VENUES[venue],), port=port, breath_s=None)
                second = await asyncio.to_thread(start_exchange, again)
                try:
                    async with moving(second, venue, pair, every_s=0.02):
                        for name in PAIRS[venue]:
                            await listener.until(is_restored(name), since=since, within_s=60)
                        await asyncio.sleep(1)
                    await state_is_the_venues(second, venue, listener.stream)
                finally:
                    second.stop()
        finally:
            first.stop()

    asyncio.run(script())


def test_a_core_that_is_kept_awake_reads_again_without_any_trace(
    exchange: LocalExchange, venue: str
) -> None:
    async def script() -> None:
        pair, reread, often_enough = PAIRS[venue][0], 0, asyncio.Event()
        async with listening(stream_of(exchange, venue)) as listener:
            stream = listener.stream

            def rehearse() -> None:
                nonlocal reread
                reread += any(isinstance(news, BookUpdate) for news in stream._line.reread())
                stream.rehearse()
                if reread >= 30:
                    often_enough.set()

            await everything_told(listener, venue)
            awake = asyncio.create_task(stay_awake([rehearse], lambda: len(listener.heard)))
            async with moving(exchange, venue, pair, every_s=0.02), asyncio.timeout(60):
                await often_enough.wait()
            awake.cancel()
            await state_is_the_venues(exchange, venue, stream)
            assert not listener.faults
            assert not stream.flaws

    asyncio.run(script())


def test_a_quiet_market_is_no_fault_and_its_price_stays_fresh(venue: str) -> None:
    options = LocalExchangeOptions(venues=(VENUES[venue],), breath_s=None)

    async def script(exchange: LocalExchange) -> None:
        pair = PAIRS[venue][0]
        stream = stream_of(exchange, venue, audit_s=1.0)
        async with listening(stream) as listener:
            await everything_told(listener, venue)
            await asyncio.sleep(4)
            seen = [tick.seen_at for tick in listener.ticks if tick.pair == pair]
            assert max(seen) - min(seen) > 2 * 10**9
            assert not listener.faults

    with start_exchange(options) as exchange:
        asyncio.run(script(exchange))


def test_rest_stands_in_where_no_socket_can_be_had(venue: str) -> None:
    options = LocalExchangeOptions(venues=(VENUES[venue],))

    async def script(exchange: LocalExchange) -> None:
        pair = PAIRS[venue][0]
        async with listening(stream_of(exchange, venue, slowest_poll_s=0.5)) as listener:
            since = await everything_told(listener, venue)
            for _ in range(30):
                exchange.misbehave(Mishap(kind=MishapKind.DISCONNECT, venue=venue))
                await asyncio.sleep(0.1)
            prices = [m for _, m in listener.heard[since:] if isinstance(m, Tick)]
            assert any(m.pair == pair for m in prices)
            assert any(isinstance(m, Restored) for _, m in listener.heard[since:])

    with start_exchange(options) as exchange:
        asyncio.run(script(exchange))


@pytest.mark.parametrize("kind", [MishapKind.LIMITED, MishapKind.BANNED])
def test_a_venue_that_says_when_to_come_back_is_left_alone_until_then(
    venue: str, kind: MishapKind
) -> None:
    options = LocalExchangeOptions(venues=(VENUES[venue],), breath_s=None)

    async def script(exchange: LocalExchange) -> None:
        stream = stream_of(exchange, venue)
        exchange.misbehave(Mishap(kind=kind, venue=venue, amount=2, for_s=1.0))
        async with listening(stream) as listener:
            began = time.monotonic()
            await listener.until(is_fault(FaultKind.LIMITED, PAIRS[venue][0]))
            at, _ = await listener.until(is_price(PAIRS[venue][0]))
            assert at - began >= 2.0

    with start_exchange(options) as exchange:
        asyncio.run(script(exchange))


BAD_ANSWERS = (
    MishapKind.SERVER_ERROR,
    MishapKind.WEB_PAGE,
    MishapKind.TRUNCATED,
    MishapKind.GIANT,
    MishapKind.GARBAGE,
    MishapKind.HANG,
    MishapKind.CLOSE,
    MishapKind.DOWN,
)


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_no_answer_of_a_venue_ends_the_feed(
    exchange: LocalExchange, venue: str, kind: MishapKind
) -> None:
    async def script() -> None:
        pair = PAIRS[venue][0]
        stream = stream_of(exchange, venue, timeout_s=1.0, last_retry_s=0.5)
        exchange.misbehave(Mishap(kind=kind, venue=venue, amount=1_000, for_s=0.6))
        async with listening(stream) as listener:
            await asyncio.sleep(0.6)
            exchange.misbehave(Mishap(kind=MishapKind.DISCONNECT, venue=venue))
            exchange.misbehave(Mishap(kind=kind, venue=venue, amount=1_000, for_s=0.6))
            await asyncio.sleep(0.6)
            exchange.mend()
            await listener.until(is_price(pair), since=len(listener.heard))

    asyncio.run(script())


def test_a_venue_whose_words_we_do_not_speak_is_heard_through_ccxts_own_books() -> None:
    async def script(exchange: LocalExchange) -> None:
        stream = stream_of(exchange, "binance", audit_s=1.0)
        learn = stream._line.open

        async def without_words() -> None:
            await learn()
            stream._line.words = None
            stream._line.forms = dict.fromkeys(PAIRS["binance"], BookForm())

        stream._line.open = without_words  # type: ignore[method-assign]
        pair = PAIRS["binance"][0]
        async with listening(stream) as listener:
            since = await everything_told(listener, "binance")
            exchange.set_price("binance", pair, "0.9633")
            await listener.until(
                lambda m: isinstance(m, Tick) and m.pair == pair and m.bid < 964 * WAD // 1000,
                since=since,
            )
            exchange.flood("binance", 500)
            await asyncio.sleep(1)
            exchange.set_price("binance", pair, "0.9433")
            await listener.until(
                lambda m: isinstance(m, Tick) and m.pair == pair and m.bid < 944 * WAD // 1000,
                since=since,
            )

    with start_exchange(LocalExchangeOptions(venues=(BINANCE,))) as exchange:
        asyncio.run(script(exchange))


def test_what_a_listener_raises_over_a_price_ends_the_feed(
    exchange: LocalExchange, venue: str
) -> None:
    heard: list[Message] = []

    def listener(message: Message) -> None:
        heard.append(message)
        if len(heard) == 4:
            raise RuntimeError("no room")  # which ccxt's own errors are, too

    async def script() -> None:
        pair = PAIRS[venue][0]
        async with asyncio.timeout(20), moving(exchange, venue, pair):
            await stream_of(exchange, venue).tell(listener)

    with pytest.raises(RuntimeError, match="no room"):
        asyncio.run(script())
    assert len(heard) == 4


def test_a_pair_that_is_not_traded_ends_the_feed(exchange: LocalExchange, venue: str) -> None:
    async def script() -> None:
        stream = ExchangeStream(venue, ["USDC/DOGE"], StreamOptions(url=exchange.url))
        async for _ in stream:
            pass

    with pytest.raises(BadConfiguration, match="USDC/DOGE"):
        asyncio.run(script())


def test_an_unknown_venue_is_refused() -> None:
    with pytest.raises(BadConfiguration, match="nowhere"):
        ExchangeStream("nowhere", ["USDC/USD"])

"""From an exchange's message to a decision: three local exchanges, a thousand messages a second.

The exchanges run in a process of their own; feeds, consensus, detection and judgement in this one,
as `repeg monitor` runs them.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from decimal import Decimal
from random import Random
from statistics import linear_regression, mean, median, quantiles

from bot.bench.loop_turns import LoopTurns
from bot.bench.runner import Measured
from bot.bench.stolen_time import stolen_s, stolen_share
from bot.domain.ticks import Message, SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.feeds.book_burst import HeardBook
from bot.feeds.exchange_stream import ExchangeStream
from bot.feeds.feed import SystemClock
from bot.feeds.stream_options import StreamOptions
from bot.history.belief_file import read_model
from bot.monitor import Monitor
from bot.sandbox.exchange.exchange_options import VENUES, LocalExchangeOptions
from bot.sandbox.exchange.ladder import LadderShape
from bot.sandbox.exchange.local_exchange import LocalExchange, start_exchange
from bot.sandbox.exchange.recorded_prices import RecordedPrice
from bot.strategy.classification import OpportunityClassifier
from bot.strategy.judged_watch import JudgedWatch
from bot.strategy.price_watch import PriceWatch

_SECONDS, _WARM_UP_S, _CONNECTING_S = 60, 5, 3.0
_ROWS_PER_S = 345  # prices that change; with trades and beats a thousand messages in all
_BATCHED_S = 0.1  # one venue sends what changed in that time as one message
_MOST_STEP = 3  # of a price, in hundred thousandths
_SHAPES = ((5, 3), (10, 3), (10, 6), (20, 6), (40, 6), (40, 12))  # coins, venues
_HEARD = 2_000  # messages per shape


def run(seconds: int = _SECONDS) -> Measured:
    """Return milliseconds, messages and the growth of the cost with what is watched."""
    options = LocalExchangeOptions(breath_s=None, shape=LadderShape(levels=5))
    with start_exchange(options) as exchange:
        resting = asyncio.run(_listen(exchange, seconds, busy_poll=False))
        heard = asyncio.run(_listen(exchange, seconds, busy_poll=True))
    costs_of_rest = ("processor_share", "max_messages_per_s")
    heard |= {name: resting.pop(name) for name in costs_of_rest}
    costs = {shape: _microseconds(*shape) for shape in _SHAPES}
    sizes = [math.log(coins * venues) for coins, venues in costs]
    growth = linear_regression(sizes, [math.log(cost) for cost in costs.values()]).slope
    return Measured(
        figures={
            **heard,
            **{f"resting_{name}": value for name, value in resting.items()},
            "growth_exponent": round(growth, 3),
            **{f"hear_{c}x{v}_us": round(cost, 1) for (c, v), cost in costs.items()},
        },
        notes=(
            (
                "tick_to_decision: of every message about a book, from the reading of its bytes"
                " until consensus, detection and judgement are done with it, waiting behind other"
                " messages included; where the venue itself supersedes a book within a millisecond,"
                " until they are done with the one that includes it"
            ),
            (
                "tick_to_decision_at_most: the same from the earliest moment at which the bytes can"
                " have come: the last look at the sockets that did not find them"
            ),
            (
                "with busy_poll, as `repeg monitor` with `busy_poll = true`: the loop never sleeps;"
                " resting_...: without, as by default, where a processor has to wake up first"
            ),
            (
                "stolen_share: of one processor, what the host of a virtual machine kept for itself"
                " meanwhile: whatever waits for it is in the figures above"
            ),
            "queue_growth: messages waiting in the last third of the time, less those in the first",
            (
                "max_messages_per_s: one core's worth, by the processor time that a message took;"
                " it and processor_share without busy_poll"
            ),
            (
                "growth_exponent: of the cost of one message with coins times venues; below 1: less"
                " than in proportion"
            ),
        ),
    )


async def _listen(exchange: LocalExchange, seconds: int, *, busy_poll: bool) -> dict[str, float]:
    clock = SystemClock()
    watch = JudgedWatch(PriceWatch(), OpportunityClassifier(read_model()))
    feeds = [
        ExchangeStream(
            venue.venue,
            tuple(market.pair for market in venue.markets),
            StreamOptions(url=exchange.url, max_skew_s=2.0 * seconds),
            clock,
        )
        for venue in VENUES
    ]
    monitor = Monitor(feeds, watch, clock, busy_poll=busy_poll)
    meter = _Meter(feeds)
    listening = asyncio.create_task(_drain(monitor, meter))
    await asyncio.sleep(_CONNECTING_S)
    await asyncio.to_thread(exchange.play, _walk(seconds + _WARM_UP_S))
    await asyncio.sleep(_WARM_UP_S)
    meter.begin()
    await asyncio.sleep(seconds)
    figures = meter.figures()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    return figures


async def _drain(monitor: Monitor, meter: "_Meter") -> None:
    async for _ in monitor.changes(meter.decided):
        pass


class _Meter:
    """Times every message about a book, told or superseded, and counts those that wait."""

    def __init__(self, feeds: Sequence[ExchangeStream]) -> None:
        self._feeds = feeds
        for feed in feeds:
            feed.handed_over = self._handed_over
        self._undecided: list[Nanos] = []  # when the bytes were read of what is handed over
        self._turns = LoopTurns(asyncio.get_running_loop())
        self.begin()

    def begin(self) -> None:
        """Start anew."""
        self._delays: list[int] = []
        self._bounds: list[int] = []
        self._waiting: list[int] = []
        self._frames = sum(feed.frames for feed in self._feeds)
        self._wall, self._processor = time.perf_counter(), time.process_time()
        self._stolen_s = stolen_s()

    def _handed_over(self, heard: HeardBook, messages: Sequence[Message]) -> None:
        if messages:
            self._undecided += heard.arrivals
        else:  # nothing new: there is nothing to decide
            self._note(heard.arrivals)

    def decided(self, _: Message) -> None:
        """Take note that all that was handed over is decided upon."""
        if self._undecided:
            self._note(self._undecided)
            self._undecided.clear()
            self._waiting.append(sum([feed.backlog for feed in self._feeds]))

    def _note(self, arrivals: list[Nanos]) -> None:
        now = time.time_ns()
        self._delays += [now - arrived for arrived in arrivals]
        self._bounds += [now - self._turns.since(arrived) for arrived in arrivals]

    def figures(self) -> dict[str, float]:
        """Return what was measured since the beginning."""
        wall = time.perf_counter() - self._wall
        processor = time.process_time() - self._processor
        third = max(len(self._waiting) // 3, 1)
        count = sum(feed.frames for feed in self._feeds) - self._frames
        return {
            "messages_per_s": round(count / wall, 1),
            "prices_per_s": round(len(self._delays) / wall, 1),
            "tick_to_decision_ms_p50": _ms(median(self._delays)),
            "tick_to_decision_ms_p99": _ms(quantiles(self._delays, n=100)[98]),
            "tick_to_decision_at_most_ms_p50": _ms(median(self._bounds)),
            "tick_to_decision_at_most_ms_p99": _ms(quantiles(self._bounds, n=100)[98]),
            "queue_growth": round(mean(self._waiting[-third:]) - mean(self._waiting[:third]), 3),
            "most_waiting": max(self._waiting),
            "processor_share": round(processor / wall, 3),
            "max_messages_per_s": round(count / processor, 1),
            **stolen_share(self._stolen_s, wall),
        }


def _walk(seconds: int) -> Sequence[RecordedPrice]:
    """Return random prices of all markets, dated from now on, so many a second in all.

    Each market moves for itself, at random times; Binance, which sends its news by the tenth of a
    second, once in each.
    """
    random, now = Random(1), time.time_ns()
    markets = [(v.venue, m.pair) for v in VENUES for m in v.markets]
    batched = [one for one in markets if one[0] == "binance"]
    others = [one for one in markets if one[0] != "binance"]
    at_once = _ROWS_PER_S - len(batched) / _BATCHED_S
    rows = []
    for chosen, pause_s in ((batched, _BATCHED_S), (others, len(others) / at_once)):
        for venue, pair in chosen:
            level = 100_000 if "EUR" not in pair else 108_000
            at_s = 0.0
            while (at_s := at_s + _pause_s(random, pause_s)) < seconds:
                level += (
                    random.randint(-_MOST_STEP, _MOST_STEP) + (level < 99_950) - (level > 108_050)
                )
                price = Decimal(level) / 100_000
                when = Nanos(now + int(at_s * NANOS_PER_S))
                rows.append(RecordedPrice(at=when, venue=venue, pair=pair, bid=price, ask=price))
    return sorted(rows, key=lambda row: row.at)


def _pause_s(random: Random, mean_s: float) -> float:
    return mean_s if mean_s == _BATCHED_S else random.expovariate(1 / mean_s)


def _microseconds(coins: int, venues: int) -> float:
    """Return the processor time of one message where so much is watched."""
    random, watch = Random(1), PriceWatch()
    sources = [(f"C{c}", f"V{v}") for c in range(coins) for v in range(venues)]
    said = [*sources, *(random.choice(sources) for _ in range(_HEARD))]
    ticks = [_tick(*source, at, random) for at, source in enumerate(said)]
    for tick in ticks[: len(sources)]:
        watch.hear(tick)
    started = time.process_time()
    for tick in ticks[len(sources) :]:
        watch.hear(tick)
    return (time.process_time() - started) / _HEARD * 1e6


def _tick(coin: str, venue: str, at: int, random: Random) -> Tick:
    price = Wad(WAD + random.randrange(-WAD // 10_000, WAD // 10_000))
    when = Nanos(NANOS_PER_S * 1_700_000_000 + at * 1_000_000)
    return Tick(
        venue=venue,
        kind=SourceKind.CEX,
        asset=coin,
        currency="USD",
        bid=price,
        ask=Wad(price + WAD // 100_000),
        depth=Wad(1_000_000 * WAD),
        at=when,
        seen_at=when,
    )


def _ms(nanos: float) -> float:
    return round(nanos / 1e6, 3)

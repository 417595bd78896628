"""What is remembered of prices, and that memory stays within its bounds."""

import tracemalloc
from itertools import pairwise
from random import Random

import pytest

from bot.domain.ticks import SourceKind, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos, Wad
from bot.domain.views import AssetView
from bot.market.price_history import CONSENSUS, PriceHistory, PriceHistoryParameters

DAY = 1_678_492_800  # 2023-03-11 00:00 UTC
CENT = WAD // 100


def tick(
    second: float, price: int, *, venue: str = "kraken", depth: int = 0, half_spread: int = 0
) -> Tick:
    at = Nanos(int((DAY + second) * NANOS_PER_S))
    return Tick(
        venue=venue,
        kind=SourceKind.CEX,
        asset="USDC",
        currency="USD",
        bid=Wad(price - half_spread),
        ask=Wad(price + half_spread),
        depth=Wad(depth),
        at=at,
        seen_at=at,
    )


def heard(*ticks: Tick) -> PriceHistory:
    history = PriceHistory()
    for one in ticks:
        history.hear(one)
    return history


def at(second: float) -> Nanos:
    return Nanos(int((DAY + second) * NANOS_PER_S))


def test_a_minute_opens_with_its_first_price_and_closes_with_its_last() -> None:
    prices = [(0, 99), (10, 97), (59.9, 98), (60, 95)]
    history = heard(*(tick(second, cents * CENT) for second, cents in prices))
    first, second = history.candles("kraken", "USDC/USD", 60)
    assert (first.open, first.high, first.low, first.close) == tuple(
        Wad(cents * CENT) for cents in (99, 99, 97, 98)
    )
    assert first.open_at == at(0)
    assert (second.open_at, second.open, second.close) == (at(60), 95 * CENT, 95 * CENT)


@pytest.mark.parametrize("frame_s", [1, 60, 3_600, 86_400])
def test_candles_of_every_length_are_those_of_all_prices_within_them(frame_s: int) -> None:
    random = Random(frame_s)  # noqa: S311 - a repeatable walk
    seconds = sorted(random.uniform(0, 200_000) for _ in range(2_000))
    ticks = [tick(second, random.randrange(90, 110) * CENT) for second in seconds]
    history = PriceHistory(PriceHistoryParameters(seconds=2_000, minutes=2_000))
    for one in ticks:
        history.hear(one)
    expected: dict[int, list[int]] = {}
    for one in ticks:
        expected.setdefault(one.at // NANOS_PER_S // frame_s * frame_s, []).append(one.bid)
    found = history.candles("kraken", "USDC/USD", frame_s)
    assert [(c.open_at // NANOS_PER_S, c.open, c.high, c.low, c.close) for c in found] == [
        (s, p[0], max(p), min(p), p[-1]) for s, p in expected.items()
    ]


def test_only_the_newest_candles_are_kept_in_their_order() -> None:
    history = PriceHistory(PriceHistoryParameters(seconds=3))
    for second in range(10):
        history.hear(tick(second, (second + 1) * CENT))
    found = history.candles("kraken", "USDC/USD", 1)
    assert [candle.open_at for candle in found] == [at(7), at(8), at(9)]
    assert [candle.close for candle in found] == [8 * CENT, 9 * CENT, 10 * CENT]
    assert history.candles("kraken", "USDC/USD", 1, since=at(9)) == found[-1:]


def test_a_price_older_than_the_newest_changes_nothing() -> None:
    history = heard(tick(100, 98 * CENT), tick(50, 10 * CENT))
    assert [c.close for c in history.candles("kraken", "USDC/USD", 60)] == [98 * CENT]


def test_candles_of_a_length_that_is_not_kept_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="candles of 5 s are not kept"):
        heard(tick(0, WAD)).candles("kraken", "USDC/USD", 5)


def test_of_an_unknown_source_there_are_no_candles_and_no_average() -> None:
    history = heard(tick(0, WAD))
    assert history.candles("okx", "USDC/USD", 60) == ()
    assert history.average("okx", "USDC/USD", at(0), at(60)) is None


def test_a_price_counts_in_the_average_until_the_next_one() -> None:
    history = heard(tick(0, 100 * CENT), tick(30, 90 * CENT))
    assert history.average("kraken", "USDC/USD", at(0), at(40)) == Wad(975 * CENT // 10)
    assert history.average("kraken", "USDC/USD", at(20), at(40)) == Wad(95 * CENT)
    assert history.average("kraken", "USDC/USD", at(31), at(40)) == Wad(90 * CENT)


def test_an_average_over_days_is_told_from_longer_candles() -> None:
    history = PriceHistory(PriceHistoryParameters(seconds=60))
    for minute in range(2_000):
        price = (100 if minute < 1_000 else 90) * CENT
        history.hear(tick(60 * minute, price))
    found = history.average("kraken", "USDC/USD", at(0), at(120_000))
    assert found is not None
    assert abs(found - 95 * CENT) < CENT // 2  # it fell within an hour


def test_liquidity_names_the_deepest_source_first_with_its_spread() -> None:
    shallow = tick(5, WAD, venue="okx", depth=10 * WAD, half_spread=WAD // 10_000)
    history = heard(shallow, tick(5, WAD, depth=20 * WAD))
    deep, other = history.liquidity("USDC")
    assert (deep.venue, deep.depth) == ("kraken", 20 * WAD)
    assert (other.venue, other.spread_bps) == ("okx", pytest.approx(2.0))
    assert history.liquidity("DAI") == ()


def test_the_typical_depth_of_an_hour_outlives_one_thin_moment() -> None:
    history = heard(*(tick(60 * minute, WAD, depth=100 * WAD) for minute in range(60)))
    history.hear(tick(3_600, WAD, depth=0))
    (found,) = history.liquidity("USDC")
    assert found.depth == 0
    assert found.typical_depth == pytest.approx(100 * WAD, rel=0.02)


def test_the_consensus_is_remembered_as_a_source_of_its_own() -> None:
    history = PriceHistory()
    view = AssetView(
        asset="EURC",
        at=at(1),
        price=Wad(98 * CENT),
        off_bps=-200.0,
        average=Wad(98 * CENT),
        depth=Wad(0),
        venues=(),
    )
    history.hear_view(view)
    assert [c.close for c in history.candles(CONSENSUS, "EURC/EUR", 60)] == [98 * CENT]
    assert history.liquidity("EURC") == ()


def test_the_source_that_was_silent_longest_is_forgotten_first() -> None:
    history = PriceHistory(PriceHistoryParameters(most_sources=2))
    for second, venue in enumerate(("a", "b", "a", "c")):
        history.hear(tick(second, WAD, venue=venue))
    assert [venue for venue, _ in history.sources] == ["a", "c"]
    assert [one.venue for one in history.liquidity("USDC")] == ["a", "c"]


def test_a_price_too_large_to_keep_leaves_the_candles_as_they_were() -> None:
    history = heard(tick(0, WAD), tick(1, 10**40))
    assert [c.close for c in history.candles("kraken", "USDC/USD", 60)] == [WAD]


def test_memory_stops_growing_once_the_rings_are_full() -> None:
    small = PriceHistoryParameters(seconds=100, minutes=50, hours=10, days=10)
    history = PriceHistory(small)
    marks = []
    tracemalloc.start()
    try:
        for number in range(12_000):
            history.hear(tick(number, WAD + number))
            if number % 4_000 == 3_999:
                marks.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert all(after - before < 2_000 for before, after in pairwise(marks))

from collections.abc import Callable, Iterable

import pytest
from support.price_messages import SECOND, fault, redemption, restored, seconds, tick, wads

from bot.domain.depegs import DepegChange, Side, Turn
from bot.domain.ticks import Message, Tick
from bot.domain.units import Nanos
from bot.domain.views import AssetView, NoView
from bot.market.consensus import Consensus
from bot.market.consensus_parameters import ConsensusParameters
from bot.strategy.detection import DepegDetector
from bot.strategy.price_watch import PriceWatch

VENUES = ("kraken", "okx", "bitstamp")


def watch_of(**parameters: object) -> PriceWatch:
    return PriceWatch(Consensus(ConsensusParameters(**parameters)))


def said(prices: Iterable[str], start: float = 1, step: float = 1) -> list[Tick]:
    """All venues say the same prices, one after the other."""
    return [
        tick(f"{venue} USDC/USD", price, start + i * step)
        for i, price in enumerate(prices)
        for venue in VENUES
    ]


def hear_all(watch: PriceWatch, messages: Iterable[Message]) -> list[DepegChange]:
    return [change for message in messages for change in watch.hear(message)]


def course(watch: PriceWatch, messages: Iterable[Message]) -> list[tuple[Turn, Nanos, float]]:
    return [(c.turn, c.at, c.depeg.trough_bps) for c in hear_all(watch, messages)]


FALL = ["1.0"] * 5 + ["0.99"] * 40 + ["0.97"] * 40 + ["1.0"] * 1_000


def test_a_fall_on_three_venues_is_one_depeg_from_start_to_end() -> None:
    watch = watch_of()
    turns = [change.turn for change in hear_all(watch, said(FALL))]
    assert turns[:2] == [Turn.STARTED, Turn.CONFIRMED]
    assert turns[-1] is Turn.RESOLVED
    assert watch.active == ()


def test_a_depeg_is_active_while_it_lasts() -> None:
    watch = watch_of()
    hear_all(watch, said(FALL[:80]))
    (depeg,) = watch.active
    assert (depeg.asset, depeg.side, depeg.trough_bps) == ("USDC", Side.DISCOUNT, 300.0)


def test_a_recording_played_again_at_any_speed_turns_at_the_same_times() -> None:
    messages = said(FALL)
    expected = course(watch_of(), messages)
    for speed in (1, 7, 60):
        again = [replayed(m, lambda at: 10**18 + at // speed) for m in messages]  # noqa: B023 -- called at once
        assert course(watch_of(), again) == expected


def replayed(message: Tick, clock: Callable[[int], int]) -> Tick:
    return Tick(
        venue=message.venue,
        kind=message.kind,
        asset=message.asset,
        currency=message.currency,
        bid=message.bid,
        ask=message.ask,
        at=message.at,
        seen_at=Nanos(clock(message.at)),
    )


def test_what_is_rehearsed_between_messages_changes_nothing() -> None:
    messages: list[Message] = [
        *said(FALL[:60]),
        tick("kraken USDT/USD", "1.001", 62),
        tick("binance USDC/USDT", "0.98", 62),
        fault("okx", at=63),
        restored("okx", at=64),
        *said(FALL[60:200], start=65),
    ]
    plain, rehearsing = watch_of(cex_max_age_s=30.0), watch_of(cex_max_age_s=30.0)
    rehearsing.rehearse()
    for message in messages:
        expected = plain.hear(message)
        rehearsing.rehearse()
        assert rehearsing.hear(message) == expected
        rehearsing.rehearse()
        assert rehearsing.views == plain.views
        assert rehearsing.active == plain.active
    late = seconds(400)
    assert rehearsing.advance(late) == plain.advance(late)
    assert rehearsing.views == plain.views
    assert any(isinstance(view, NoView) for view in plain.views.values())


def test_silence_of_all_feeds_is_no_depeg_and_ends_none() -> None:
    watch = watch_of(cex_max_age_s=5.0)
    hear_all(watch, said(FALL[:60]))
    assert len(watch.active) == 1
    assert watch.advance(seconds(600)) == ()
    assert isinstance(watch.views["USDC"], NoView)
    assert len(watch.active) == 1


def test_faults_of_all_venues_are_no_depeg() -> None:
    watch = watch_of()
    hear_all(watch, said(["1.0"] * 30))
    broken: list[Message] = [fault(venue, at=31) for venue in VENUES]
    broken += said(["0.5"] * 60, start=32)
    assert hear_all(watch, broken) == []
    assert isinstance(watch.views["USDC"], NoView)


def test_a_price_after_a_fault_counts_once_it_is_restored() -> None:
    watch = watch_of()
    hear_all(watch, said(["1.0"] * 30))
    hear_all(watch, [fault(venue, at=31) for venue in VENUES])
    hear_all(watch, [restored(venue, at=40) for venue in VENUES])
    turns = [change.turn for change in hear_all(watch, said(["0.9"] * 30, start=41))]
    assert Turn.CONFIRMED in turns


class NotingDetector(DepegDetector):
    """Remembers when it was first shown that nothing is known."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown_at: dict[str, Nanos] = {}

    def step(self, view: AssetView | NoView, now: Nanos) -> tuple[DepegChange, ...]:
        if isinstance(view, NoView):
            self.unknown_at.setdefault(view.asset, now)
        return super().step(view, now)


@pytest.mark.parametrize("by_message", [True, False])
def test_sources_go_stale_at_their_own_time_however_seldom_anyone_asks(*, by_message: bool) -> None:
    detector = NotingDetector()
    watch = PriceWatch(Consensus(ConsensusParameters(cex_max_age_s=5.0)), detector)
    hear_all(watch, said(["1.0"] * 10))
    if by_message:
        watch.hear(tick("kraken DAI/USD", "1.0", 400))
    else:
        watch.advance(seconds(400))
    assert detector.unknown_at == {"USDC": seconds(15) + 1}
    assert watch.event_time == seconds(400)


def test_advancing_more_often_changes_nothing() -> None:
    messages = said(FALL)
    watch, changes = watch_of(), list[DepegChange]()
    for message in messages:
        changes += watch.advance(Nanos(message.seen_at - SECOND // 3))
        changes += watch.advance(message.seen_at)
        changes += watch.hear(message)
    assert [(c.turn, c.at, c.depeg.trough_bps) for c in changes] == course(watch_of(), messages)


@pytest.mark.parametrize("at_once", [2, 3])
def test_prices_that_come_together_tell_the_same_as_one_by_one(at_once: int) -> None:
    messages = said(FALL)
    together, changes = watch_of(), list[DepegChange]()
    for first in range(0, len(messages), at_once):
        changes += together.hear(*messages[first : first + at_once])
    alone = watch_of()
    expected = course(alone, messages)
    assert together.views == alone.views
    assert together.event_time == alone.event_time
    assert [change.turn for change in changes] == [turn for turn, _, _ in expected]
    late = [c.at - at for c, (_, at, _) in zip(changes, expected, strict=True)]
    assert all(0 <= one <= SECOND for one in late), "no later than those that came with it"


def test_what_goes_stale_before_prices_that_come_together_does_so_at_its_own_time() -> None:
    detector = NotingDetector()
    watch = PriceWatch(Consensus(ConsensusParameters(cex_max_age_s=5.0)), detector)
    hear_all(watch, said(["1.0"] * 10))
    watch.hear(tick("kraken DAI/USD", "1.0", 400), tick("okx DAI/USD", "1.0", 401))
    assert detector.unknown_at == {"USDC": seconds(15) + 1}
    assert watch.event_time == seconds(401)


def test_order_of_venues_within_one_second_is_nothing() -> None:
    messages = said(FALL)
    backwards = sorted(messages, key=lambda message: (message.at, -VENUES.index(message.venue)))
    assert [m.venue for m in backwards[:3]] == [*reversed(VENUES)]
    expected = course(watch_of(), messages)
    assert course(watch_of(), backwards) == expected


def test_a_venue_whose_clock_is_ahead_dates_nothing() -> None:
    watch = watch_of()
    hear_all(watch, said(["1.0"] * 3))
    watch.hear(tick("fast USDC/USD", "1.0", 9_000, seen=4))
    assert watch.event_time == seconds(4)


def test_evidence_values_a_rail_by_what_its_currency_is_worth() -> None:
    watch = watch_of()
    hear_all(watch, said(["0.9"]))
    watch.hear(redemption("psm DAI/USDC", 1))
    (rail,) = watch.evidence("DAI").rails
    assert rail.is_open
    view = watch.views["DAI"]
    assert isinstance(view, AssetView)
    assert view.price == wads("0.9")


@pytest.mark.parametrize("asset", ["USDC", "DAI"])
def test_views_are_those_of_the_newest_messages(asset: str) -> None:
    watch = watch_of()
    hear_all(watch, said(["1.0", "0.98"]))
    watch.hear(tick("kraken DAI/USD", "0.98", 3))
    view = watch.views[asset]
    assert isinstance(view, AssetView)
    assert view.price == wads("0.98")

"""When a socket is believed, when REST stands in, and when it is asked."""

from bot.domain.ticks import Fault, FaultKind, Message, Restored, Tick
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.book_guard import BookForm
from bot.feeds.book_news import BookUpdate, Flaw, Print
from bot.feeds.pair_trust import PairTrust
from bot.feeds.pair_watch import Moment, PairWatch
from bot.feeds.stream_options import StreamOptions

EPOCH = 1_678_500_000 * NANOS_PER_S
OPTIONS = StreamOptions(first_retry_s=1, last_retry_s=8)
BID, ASK = WAD - 10**14, WAD + 10**14


def when(seconds: float) -> Moment:
    passed = int(seconds * NANOS_PER_S)
    return Moment(now=Nanos(EPOCH + passed), monotonic=Nanos(10**12 + passed))


def said(
    bid: int = BID,
    ask: int = ASK,
    *,
    whole: bool = False,
    numbers: tuple[int, int] = (0, 0),
    at: Nanos | None = None,
) -> BookUpdate:
    return BookUpdate(
        pair="USDC/USD",
        bids=[(bid, WAD)],
        asks=[(ask, WAD)],
        whole=whole,
        first=numbers[0],
        last=numbers[1],
        at=at,
    )


def watch(*, numbers: bool = False) -> PairWatch:
    return PairWatch(PairTrust("venue", "USDC/USD", 0.25), BookForm(numbers=numbers), OPTIONS)


def streaming(*, numbers: bool = False) -> PairWatch:
    """Return a watch whose socket told a snapshot (by REST, where it numbers) at 0 s."""
    pair = watch(numbers=numbers)
    pair.link(when(0))
    if numbers:
        assert pair.due(when(0)) == 1000
        pair.asked(1000, when(0))
        assert kinds(pair.hear_rest(said(whole=True, numbers=(0, 10)), when(0))) == [Tick]
    else:
        assert kinds(pair.hear(said(whole=True), when(0))) == [Tick]
    assert pair.streams
    return pair


def kinds(messages: tuple[Message, ...]) -> list[type]:
    return [type(message) for message in messages]


def fault_of(messages: tuple[Message, ...]) -> FaultKind | None:
    return messages[0].what if messages and isinstance(messages[0], Fault) else None


GAP = Flaw(what=FaultKind.GAP)


def test_a_tick_carries_the_venues_time_and_ours() -> None:
    pair = streaming()
    (tick,) = pair.hear(said(BID - 5, at=Nanos(when(1).now - 7)), when(1))
    assert isinstance(tick, Tick)
    assert (tick.at, tick.seen_at) == (when(1).now - 7, when(1).now)


def test_a_book_without_a_time_is_dated_as_late_as_the_venue_was() -> None:
    pair = streaming()
    pair.hear(said(at=Nanos(when(1).now - 7)), when(1))
    (tick,) = pair.hear(said(BID - 5), when(3))
    assert isinstance(tick, Tick)
    assert tick.at == when(3).now - 7


def test_an_unchanged_price_is_told_four_times_a_second_at_most() -> None:
    pair = streaming()
    assert pair.hear(said(), when(0.2)) == ()
    assert kinds(pair.hear(said(), when(0.3))) == [Tick]
    assert kinds(pair.hear(said(BID - 10**14, BID), when(0.31))) == [Tick]


def test_a_fault_is_told_once_and_restored_before_the_next_price() -> None:
    pair = streaming()
    assert fault_of(pair.lose(GAP, when(1))) is FaultKind.GAP
    assert pair.lose(GAP, when(1.1)) == ()
    assert pair.hear(said(), when(1.2)) == ()
    assert kinds(pair.hear(said(whole=True), when(1.3))) == [Restored, Tick]


def test_a_new_snapshot_is_asked_for_after_a_wait_that_grows_with_every_loss() -> None:
    pair = streaming()
    pair.lose(GAP, when(1))
    assert not pair.wants_again(when(1.4))
    assert pair.wants_again(when(2))
    assert not pair.wants_again(when(2.1))  # it was asked for
    pair.hear(said(whole=True), when(2.2))
    pair.lose(GAP, when(2.3))
    assert not pair.wants_again(when(3.2))
    assert pair.wants_again(when(4.4))


def test_noise_does_not_put_the_snapshot_off() -> None:
    pair = streaming()
    pair.lose(GAP, when(1))
    for tenth in range(1, 50):
        pair.lose(Flaw(what=FaultKind.MALFORMED), when(1 + tenth / 50))
    assert pair.wants_again(when(2.01))


def test_rest_stands_in_until_the_socket_is_whole_again() -> None:
    pair = streaming()
    pair.lose(GAP, when(1))
    assert pair.due(when(1)) == 100
    pair.asked(100, when(1))
    assert kinds(pair.hear_rest(said(whole=True), when(1.1))) == [Restored, Tick]
    assert not pair.streams
    assert pair.due(when(1.2)) == 0
    assert pair.due(when(6.2)) == 100  # slowest poll, nothing moves
    assert kinds(pair.hear(said(BID - 9, whole=True), when(6.3))) == [Tick]
    assert pair.streams


def test_a_crossed_book_of_rest_is_not_told() -> None:
    pair = streaming()
    pair.lose(GAP, when(1))
    pair.asked(100, when(1))
    assert pair.hear_rest(said(ASK + 1, ASK, whole=True), when(1.1)) == ()
    assert pair.trust.fault is not None


def test_a_silent_socket_is_asked_after_and_a_quiet_market_told_again() -> None:
    pair = streaming(numbers=True)
    assert pair.due(when(0.9)) == 0
    assert pair.due(when(1.1)) == 100
    pair.asked(100, when(1.1))
    assert kinds(pair.hear_rest(said(whole=True, numbers=(0, 10)), when(1.2))) == [Tick]
    assert not pair.stalled(when(9))


def test_a_socket_that_still_lags_rest_after_the_grace_has_stalled() -> None:
    pair = streaming(numbers=True)
    pair.asked(100, when(1.1))
    assert pair.hear_rest(said(BID - 9, whole=True, numbers=(0, 11)), when(1.2)) == ()
    assert not pair.stalled(when(1.6))
    assert pair.stalled(when(1.8))


def test_a_socket_that_comes_after_rest_within_the_grace_has_not() -> None:
    pair = streaming(numbers=True)
    pair.asked(100, when(1.1))
    pair.hear_rest(said(BID - 9, whole=True, numbers=(0, 11)), when(1.2))
    pair.hear(said(BID - 9, numbers=(11, 11)), when(1.4))
    assert not pair.stalled(when(1.8))


def test_after_a_stall_only_the_socket_itself_is_proof_that_it_speaks() -> None:
    pair = streaming(numbers=True)
    pair.lose(Flaw(what=FaultKind.STALLED), when(1))
    pair.link(when(1.5))
    pair.asked(1000, when(1.5))
    assert kinds(pair.hear_rest(said(whole=True, numbers=(0, 12)), when(1.6))) == [Restored, Tick]
    assert not pair.streams
    pair.hear(said(BID - 9, numbers=(13, 13)), when(1.7))
    assert pair.streams


def test_after_a_wrong_clock_a_book_without_a_time_is_no_proof() -> None:
    pair = streaming(numbers=True)
    late = said(numbers=(11, 11), at=Nanos(when(-60).now))
    assert fault_of(pair.hear(late, when(1))) is FaultKind.CLOCK
    pair.asked(100, when(1))
    assert pair.hear_rest(said(whole=True, numbers=(0, 12)), when(1.1)) == ()
    pair.asked(100, when(2))
    right = said(whole=True, numbers=(0, 12), at=when(2).now)
    assert kinds(pair.hear_rest(right, when(2))) == [Restored, Tick]


def test_after_a_wrong_clock_a_snapshot_without_a_time_waits_for_one_that_has_it() -> None:
    pair = streaming()
    pair.hear(said(at=Nanos(when(60).now)), when(1))
    assert pair.hear(said(whole=True), when(2)) == ()
    assert kinds(pair.hear(said(at=when(3).now), when(3))) == [Restored, Tick]


def test_a_snapshot_from_before_we_listened_is_asked_for_again_without_a_fault() -> None:
    pair = watch(numbers=True)
    pair.link(when(0))
    pair.hear(said(numbers=(20, 21)), when(0.1))
    pair.asked(1000, when(0.1))
    assert pair.hear_rest(said(whole=True, numbers=(0, 10)), when(0.2)) == ()
    assert pair.trust.fault is None
    assert pair.due(when(1.3)) == 1000


def test_silence_that_nobody_can_explain_is_a_stall() -> None:
    pair = streaming(numbers=True)
    refused = Flaw(what=FaultKind.DISCONNECTED, detail="no answer")
    assert pair.rest_failed(refused, when(1.5)) == ()
    assert fault_of(pair.rest_failed(refused, when(2.1))) is FaultKind.STALLED


def test_trades_far_from_a_book_that_does_not_move_show_that_it_is_frozen() -> None:
    pair = streaming()
    near = Print(pair="USDC/USD", price=BID - 10**14, size=WAD, at=when(2).now)
    far = Print(pair="USDC/USD", price=WAD * 98 // 100, size=WAD, at=when(2).now)
    for _ in range(5):
        assert pair.hear_print(near, when(2)) == ()
        assert pair.hear_print(far, when(0.5)) == ()  # the book moved just now
    assert pair.hear_print(far, when(2)) == ()
    assert pair.hear_print(far, when(2.1)) == ()
    assert fault_of(pair.hear_print(far, when(2.2))) is FaultKind.FROZEN

"""Which books are believed."""

import pytest

from bot.domain.ticks import FaultKind
from bot.domain.units import NANOS_PER_S, WAD, Nanos
from bot.feeds.book_guard import BookForm, BookGuard
from bot.feeds.book_news import BookUpdate, Level
from bot.feeds.order_book import OrderBook
from bot.feeds.stream_options import StreamOptions

NOW = Nanos(1_678_500_000 * NANOS_PER_S)
MONOTONIC = Nanos(7 * NANOS_PER_S)
BID, ASK = 9999 * WAD // 10_000, 10_001 * WAD // 10_000
NUMBERED = BookForm(numbers=True)


def said(
    bids: list[Level] | None = None,
    asks: list[Level] | None = None,
    *,
    whole: bool = False,
    numbers: tuple[int, int] = (0, 0),
    at: Nanos | None = None,
    checksum: int | None = None,
) -> BookUpdate:
    return BookUpdate(
        pair="USDC/USD",
        bids=bids or [],
        asks=asks or [],
        whole=whole,
        first=numbers[0],
        last=numbers[1],
        at=at,
        checksum=checksum,
    )


def begun(form: BookForm | None = None, **options: int) -> BookGuard:
    """Return a guard that has a book and a price it trusts."""
    guard = BookGuard(form or BookForm(), StreamOptions(**options))  # type: ignore[arg-type]
    snapshot = said([(BID, WAD)], [(ASK, WAD)], whole=True, numbers=(0, 10))
    assert guard.hear(snapshot, NOW, MONOTONIC) is None
    guard.checks.trust(WAD, MONOTONIC)
    return guard


def heard(guard: BookGuard, update: BookUpdate) -> FaultKind | None:
    flaw = guard.hear(update, NOW, MONOTONIC)
    return None if flaw is None else flaw.what


def test_changes_before_a_snapshot_make_no_book() -> None:
    guard = BookGuard(BookForm(), StreamOptions())
    assert heard(guard, said([(BID, WAD)], [(ASK, WAD)])) is None
    assert not guard.whole


def test_numbered_changes_wait_for_the_snapshot_and_old_ones_are_dropped() -> None:
    guard = BookGuard(NUMBERED, StreamOptions())
    heard(guard, said([(BID, 5 * WAD)], numbers=(8, 10)))  # older than the snapshot
    heard(guard, said([(BID, 3 * WAD)], numbers=(11, 12)))
    snapshot = said([(BID, WAD)], [(ASK, WAD)], whole=True, numbers=(0, 10))
    assert guard.hear_snapshot(snapshot, NOW, MONOTONIC) is None
    assert guard.book.levels(1)[0] == ((BID, 3 * WAD),)
    assert guard.last == 12


def test_a_first_change_that_overlaps_the_snapshot_is_no_gap() -> None:
    guard = begun(NUMBERED)
    assert heard(guard, said([(BID, 2 * WAD)], numbers=(5, 11))) is None
    assert heard(guard, said([(BID, 2 * WAD)], numbers=(12, 12))) is None


def test_a_missing_number_is_a_gap_and_the_book_is_lost() -> None:
    guard = begun(NUMBERED)
    assert heard(guard, said([(BID, 2 * WAD)], numbers=(12, 13))) is FaultKind.GAP
    assert not guard.whole
    assert guard.book.top is None


def test_a_change_that_was_heard_already_changes_nothing() -> None:
    guard = begun(NUMBERED)
    assert heard(guard, said([(BID, 0)], numbers=(9, 10))) is None
    assert guard.book.top == (BID, ASK)


@pytest.mark.parametrize(
    ("update", "what"),
    [
        (said([(ASK + 1, WAD)]), FaultKind.CROSSED),
        (said([(BID, 0)]), FaultKind.EMPTY),
        (said([(0, WAD)]), FaultKind.NOT_A_NUMBER),
        (said([(-1, WAD)]), FaultKind.NOT_A_NUMBER),
        (said([(BID, -1)]), FaultKind.NOT_A_NUMBER),
        (said([(BID // 10, WAD)]), FaultKind.SHIFTED),
        (said([], [(ASK * 100, WAD)]), FaultKind.SHIFTED),
        (said([(BID // 10, WAD)], [(ASK // 10, WAD)], whole=True), FaultKind.SHIFTED),
        (said([(BID, WAD)], at=Nanos(NOW + 11 * NANOS_PER_S)), FaultKind.CLOCK),
        (said([(BID, WAD)], at=Nanos(NOW - 11 * NANOS_PER_S)), FaultKind.CLOCK),
    ],
)
def test_what_no_sane_venue_says_loses_the_book(update: BookUpdate, what: FaultKind) -> None:
    guard = begun()
    assert heard(guard, update) is what
    assert not guard.whole


@pytest.mark.parametrize(
    "update",
    [
        said([(ASK, WAD)]),  # locked, not crossed
        said([(BID // 2, WAD)]),  # low, but by no power of ten
        said([(BID // 10, WAD), (BID - WAD // 100, WAD)]),  # one level near: a dream order beside
        said([(BID, WAD)], at=Nanos(NOW + 9 * NANOS_PER_S)),
        said([(BID - 1, 0)]),  # takes away what is not there
    ],
)
def test_what_is_only_unusual_is_believed(update: BookUpdate) -> None:
    guard = begun()
    assert heard(guard, update) is None
    assert guard.whole


def test_a_real_crash_is_no_shift_of_decimals() -> None:
    guard = begun()
    for cents in (88, 60, 35, 20, 12, 7):
        price = cents * WAD // 100
        crashed = said([(price, WAD)], [(price + 10**14, WAD)], whole=True)
        assert heard(guard, crashed) is None, cents
        guard.checks.trust(price, MONOTONIC)


def test_a_tenth_is_believed_when_no_price_was_trusted_for_long() -> None:
    guard = begun()
    tenth = said([(BID // 10, WAD)], [(ASK // 10, WAD)], whole=True)
    later = Nanos(MONOTONIC + 601 * NANOS_PER_S)
    assert guard.hear(tenth, NOW, later) is None


def test_a_book_whose_sum_is_not_the_venues_is_lost() -> None:
    form = BookForm(units=(10**14, 10**10), depth=10)
    truth = OrderBook()
    truth.bids.reset([(BID, 2 * WAD)])
    truth.asks.reset([(ASK, WAD)])
    right = truth.checksum(10**14, 10**10)
    assert heard(begun(form), said([(BID, 2 * WAD)], checksum=right)) is None
    assert heard(begun(form), said([(BID, 3 * WAD)], checksum=right)) is FaultKind.CHECKSUM


def test_levels_beyond_the_depth_fall_out_without_a_word() -> None:
    guard = begun(BookForm(depth=2))
    heard(guard, said([(BID - 3, WAD), (BID - 2, WAD), (BID - 1, WAD)]))
    assert [price for price, _ in guard.book.levels(9)[0]] == [BID, BID - 1]


def test_a_book_of_endless_levels_is_refused() -> None:
    guard = begun(max_levels=100)
    flood: list[Level] = [(BID - step, WAD) for step in range(101)]
    assert heard(guard, said(flood)) is FaultKind.OVERSIZED

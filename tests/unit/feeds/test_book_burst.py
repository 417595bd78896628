"""Books of one burst: what the venue superseded at once is not told, everything else is."""

from bot.domain.units import NANOS_PER_MS, Nanos
from bot.feeds.book_burst import BookBurst, HeardBook
from bot.feeds.book_news import BookUpdate
from bot.feeds.pair_watch import Moment


class Burst:
    """A burst, and what it tells."""

    def __init__(self) -> None:
        self.told: list[HeardBook] = []
        self._burst = BookBurst(self.told.append)
        self.end = self._burst.end

    def hear(self, pair: str, at: float | None, arrived: int) -> None:
        """Apply an update of the venue's time `at`, in milliseconds."""
        time = None if at is None else Nanos(int(at * NANOS_PER_MS))
        update = BookUpdate(pair=pair, bids=[], asks=[], whole=False, at=time)
        self._burst.make_way(update)
        self._burst.add(update, Moment(now=Nanos(arrived), monotonic=Nanos(arrived)))

    @property
    def found(self) -> list[tuple[str, list[int]]]:
        return [(book.pair, [int(arrived) for arrived in book.arrivals]) for book in self.told]


def test_a_book_that_is_superseded_within_a_millisecond_is_told_once_about_both() -> None:
    burst = Burst()
    burst.hear("USDC/USD", 7.0, 1)
    burst.hear("USDC/USD", 7.9, 2)
    assert burst.found == []
    burst.end()
    assert burst.found == [("USDC/USD", [1, 2])]
    assert burst.told[0].when.now == 2
    burst.end()
    assert len(burst.told) == 1


def test_a_book_that_held_for_a_millisecond_is_told() -> None:
    burst = Burst()
    burst.hear("USDC/USD", 7.0, 1)
    burst.hear("USDC/USD", 8.0, 2)
    assert burst.found == [("USDC/USD", [1])]
    burst.end()
    assert burst.found == [("USDC/USD", [1]), ("USDC/USD", [2])]


def test_where_the_venue_tells_no_time_or_an_earlier_one_nothing_is_left_out() -> None:
    burst = Burst()
    for arrived, at in enumerate((None, None, 5.0, 4.9)):
        burst.hear("USDC/USD", at, arrived)
    burst.end()
    assert burst.found == [("USDC/USD", [arrived]) for arrived in range(4)]


def test_several_pairs_are_told_in_the_order_of_their_newest_word() -> None:
    burst = Burst()
    burst.hear("USDC/USD", 7.0, 1)
    burst.hear("DAI/USD", 7.0, 2)
    burst.hear("USDC/USD", 7.1, 3)
    burst.end()
    assert burst.found == [("DAI/USD", [2]), ("USDC/USD", [1, 3])]
